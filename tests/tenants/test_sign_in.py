"""Signing in with a log-in password, and weak forms that are replaced when it is right."""

import hashlib

import pytest

from karvo.kit import clock, ids
from tenants.models import Membership, Tenant, User
from tenants.secrets import is_password, password_hash
from tenants.sign_in import sign_in
from tests.tenants.test_secrets import LOGINS, argon2, bcrypted, phpass


def add_person(api, stored, **values):
    """A person of the tenant with this stored password."""
    uid = ids.uuid7()
    now = clock.now()
    filled = {'login': f'p{uid.hex[-10:]}', 'email': f'{uid.hex[-10:]}@p.example'} | values
    user = User.create(
        uid=uid,
        display_name='P',
        password_hash=stored,
        created_at=now,
        updated_at=now,
        **filled,
    )
    Membership.create(user=user, tenant=api.tenant.tenant_id, role='editor', created_at=now)
    return user


class TestSignIn:
    def test_by_login_or_e_mail_letter_case_aside(self, api):
        tenant = api.tenant
        user = add_person(api, password_hash('Right-1!'))
        for name in (user.login, user.login.upper(), user.email, f' {user.email.upper()}\t'):
            assert sign_in(name, 'Right-1!').id == user.id
        assert sign_in(tenant.username, tenant.password).login == tenant.username

    def test_wrong_ones(self, api):
        user = add_person(api, password_hash('Right-1!'))
        for name, password in (
            (user.login, 'right-1!'),
            (user.login, ''),
            (user.login, 'x' * 5000),
            (user.login, '\ud800'),
            (user.login + 'x', 'Right-1!'),
            ('', 'Right-1!'),
            ('a\0b', 'Right-1!'),
            ('x' * 5000, 'Right-1!'),
            (api.tenant.username, api.tenant.application_password),
        ):
            assert sign_in(name, password) is None

    def test_two_tenants_people_of_one_e_mail_each_get_themselves(self, api, other):
        one = add_person(
            api, password_hash('One-1!'), email=f'same{api.tenant.tenant_id}@x.example'
        )
        two = add_person(other, password_hash('Two-2!'), email=one.email.upper())
        assert sign_in(one.email, 'One-1!').id == one.id
        assert sign_in(one.email, 'Two-2!').id == two.id
        assert sign_in(one.email, 'Three-3!') is None

    def test_a_login_that_is_anothers_e_mail_shuts_nobody_out(self, api, other):
        one = add_person(api, password_hash('One-1!'))
        two = add_person(other, password_hash('Two-2!'), login=one.email)
        assert sign_in(one.email, 'One-1!').id == one.id
        assert sign_in(one.email, 'Two-2!').id == two.id

    @pytest.mark.parametrize('status, may', [('suspended', True), ('archived', False)])
    def test_a_tenant_that_is_no_more(self, api, status, may):
        Tenant.update(status=status).where(Tenant.id == api.tenant.tenant_id).execute()
        assert (sign_in(api.tenant.username, api.tenant.password) is not None) is may

    def test_a_person_of_no_tenant(self, api):
        user = add_person(api, password_hash('One-1!'))
        Membership.delete().where(Membership.user == user).execute()
        assert sign_in(user.login, 'One-1!') is None


class TestBetterForm:
    @pytest.mark.parametrize(
        'stored',
        [phpass('Weak-1!', 'B'), hashlib.md5(b'Weak-1!').hexdigest(), bcrypted('Weak-1!')]
        + [argon2('Weak-1!')],
        ids=['phpass', 'md5', 'bcrypt 4', 'argon2'],
    )
    def test_a_weak_one_is_replaced_at_the_first_right_sign_in(self, api, stored):
        user = add_person(api, stored)
        assert sign_in(user.login, 'weak-1!') is None
        assert User.get_by_id(user.id).password_hash == stored
        assert sign_in(user.login, 'Weak-1!').id == user.id
        better = User.get_by_id(user.id).password_hash
        assert better.startswith('$wp$2y$10$')
        assert is_password('Weak-1!', better)
        assert sign_in(user.login, 'Weak-1!').id == user.id
        assert User.get_by_id(user.id).password_hash == better

    def test_a_slashed_one_is_stored_as_it_was_typed(self, api):
        user = add_person(api, phpass("it\\'s", '7'))
        assert sign_in(user.login, "it's").id == user.id
        assert is_password("it's", User.get_by_id(user.id).password_hash)
        assert sign_in(user.login, "it's").id == user.id

    @pytest.mark.parametrize('stored', [LOGINS[0][1], bcrypted(LOGINS[0][0], cost=10)])
    def test_a_good_one_stays(self, api, stored):
        user = add_person(api, stored)
        assert sign_in(user.login, LOGINS[0][0]).id == user.id
        assert User.get_by_id(user.id).password_hash == stored

    def test_one_that_trimming_would_change_stays(self, api):
        stored = hashlib.md5(b' blank ').hexdigest()
        user = add_person(api, stored)
        assert sign_in(user.login, ' blank ').id == user.id
        assert User.get_by_id(user.id).password_hash == stored
        assert sign_in(user.login, ' blank ').id == user.id

    def test_one_changed_meanwhile_is_not_overwritten(self, api, monkeypatch):
        user = add_person(api, hashlib.md5(b'Weak-1!').hexdigest())
        newer = password_hash('Newer-1!')

        def hashed_meanwhile(password):
            User.update(password_hash=newer).where(User.id == user.id).execute()
            return password_hash(password)

        monkeypatch.setattr('tenants.sign_in.password_hash', hashed_meanwhile)
        assert sign_in(user.login, 'Weak-1!').id == user.id
        assert User.get_by_id(user.id).password_hash == newer
