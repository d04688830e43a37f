"""Users of a tenant: who may make, change and remove whom, and what nobody is ever told."""

import datetime as dt
import re
import threading

import msgspec
import pytest

from karvo.kit import db
from karvo.kit.db import company_place
from karvo.kit.errors import Conflict, Forbidden, Invalid, NotFound
from karvo.kit.paging import Slice
from tenants import people
from tenants.grants import standing_of
from tenants.models import ApiKey, ApplicationPassword, Membership, Session, User, control
from tenants.passwords import check_password, common_passwords
from tenants.people import NewUser, UserChange, change_user, create_user, remove_user
from tenants.people_reads import get_user, list_users
from tenants.secrets import digest
from tenants.sign_in import sign_in
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import password_hash
from tests.tenants.people import Person, add_member, basic, company_of, join, person

FAR = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)
SAMPLE = {
    'name': 'Admin User',
    'email': 'admin@example.com',
    'password': 'securepassword',
    'role': 'administrator',
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(people, 'password_hash', password_hash)


@pytest.fixture(scope='module')
def shop(app):
    """A tenant for all tests; each makes people of its own."""
    return new_tenant(name='Shop')


@pytest.fixture
def boss(shop):
    return acting(shop, User.get(User.login == shop.username))


def acting(tenant, user):
    """The user as an actor."""
    return standing_of('user', user.id, company_of(tenant).id)


def new(name, role='sales', **values):
    asked = {'name': name.title(), 'email': f'{name}@shop.example', 'password': 'Correct-horse-9'}
    return msgspec.convert(asked | {'role': role} | values, NewUser)


def events_of(tenant, user_id):
    with db.company(company_place(int(tenant.schema.removeprefix('c_')))):
        sql = 'SELECT type, object FROM @event WHERE resource = %(r)s AND resource_id = %(id)s'
        return db.database.run(f'{sql} ORDER BY seq', {'r': 'user', 'id': user_id}).fetchall()


class TestCreate:
    def test_the_sample_of_the_api_text(self, shop, boss):
        made = create_user(msgspec.convert(SAMPLE, NewUser), actor=boss)
        assert (made.name, made.email, made.role) == (
            'Admin User',
            'admin@example.com',
            'administrator',
        )
        assert 'securepassword' not in str(msgspec.to_builtins(made))
        assert sign_in('ADMIN@example.com', 'securepassword').id == made.id
        stored = User.get_by_id(made.id).password_hash
        assert stored.startswith('$wp$2y$')
        told = events_of(shop, made.id)
        assert [(kind, sorted(object_)) for kind, object_ in told] == [
            ('user.created', ['email', 'id', 'login', 'name', 'role'])
        ]
        assert 'password' not in str(told)
        assert stored not in str(told)

    def test_with_the_tenants_first_key(self, shop):
        """Which is an administrator's; a key with `read-write` alone is not."""
        row = company_of(shop)
        first = standing_of('key', _key_id(shop.api_key), row.id)
        made = create_user(new('firstling', 'administrator'), actor=first)
        assert made.role == 'administrator'
        plain = standing_of('key', _key_id(wide_key(shop)), row.id)
        with pytest.raises(Forbidden, match='Insufficient scope'):
            create_user(new('plain'), actor=plain)

    @pytest.mark.parametrize('role', ['manager', 'accountant', 'sales', 'support', 'readonly'])
    def test_no_other_role_may(self, shop, role):
        actor = acting(shop, add_member(shop, f'no_{role}', role))
        with pytest.raises(Forbidden):
            create_user(new('nobody'), actor=actor)
        with pytest.raises(Forbidden):
            remove_user(actor.id, actor=actor)

    def test_nobody_mightier_than_himself(self, shop):
        narrow = wide_key(shop, scopes=['users:write', 'users:read', 'read-only'])
        actor = standing_of('key', _key_id(narrow), company_of(shop).id)
        made = create_user(new('weak', 'readonly'), actor=actor)
        for role in ('administrator', 'manager', 'accountant', 'sales'):
            with pytest.raises(Forbidden):
                create_user(new('strong', role), actor=actor)
            with pytest.raises(Forbidden):
                change_user(made.id, UserChange(role=role), actor=actor)
        chief = add_member(shop, 'chief', 'administrator')
        with pytest.raises(Forbidden):
            change_user(chief.id, UserChange(password='Correct-horse-9'), actor=actor)
        with pytest.raises(Forbidden):
            remove_user(chief.id, actor=actor)

    def test_one_email_letter_case_aside(self, shop, boss):
        create_user(new('rita'), actor=boss)
        for email in ('rita@shop.example', 'RITA@Shop.Example', ' rita@shop.example '):
            with pytest.raises(Conflict) as refusal:
                create_user(new('else', email=email), actor=boss)
            assert 'email' in refusal.value.fields
        with pytest.raises(Invalid) as bad:
            create_user(new('else', email='no address'), actor=boss)
        assert 'email' in bad.value.fields

    def test_the_same_person_of_another_tenant_is_another_user(self, app, shop, boss):
        theirs = new_tenant()
        chief = acting(theirs, User.get(User.login == theirs.username))
        ours = create_user(new('shared'), actor=boss)
        other = create_user(new('shared', password='Another-one-77'), actor=chief)
        assert (ours.id, ours.login) != (other.id, other.login)
        assert sign_in('shared@shop.example', 'Another-one-77').id == other.id
        for act in (
            lambda: get_user(other.id, actor=boss),
            lambda: change_user(other.id, UserChange(name='x'), actor=boss),
            lambda: remove_user(other.id, actor=boss),
            lambda: get_user(2**63 + 5, actor=boss),
        ):
            with pytest.raises(NotFound, match='User not found'):
                act()

    def test_logins_do_not_collide(self, shop, boss):
        first = create_user(new('x', email='same.name@one.example'), actor=boss)
        second = create_user(new('x', email='Same.Name@two.example'), actor=boss)
        assert first.login == f'{shop.slug}_same.name'
        assert second.login == f'{shop.slug}_same.name2'

    def test_the_plan_limits_those_who_see_books(self, app):
        tenant = new_tenant(plan='free')
        chief = acting(tenant, User.get(User.login == tenant.username))
        add_member(tenant, 'subscriber', 'subscriber')
        create_user(new('second'), actor=chief)
        with pytest.raises(Forbidden, match='the plan allows 2 users') as refusal:
            create_user(new('third'), actor=chief)
        assert refusal.value.code == 'erp_plan_limit'
        guest = User.get(User.login == f'{tenant.slug}_subscriber')
        with pytest.raises(Forbidden, match='the plan allows'):
            change_user(guest.id, UserChange(role='sales'), actor=chief)

    def test_two_at_once_take_one_email_once(self, shop, boss):
        outcomes = []

        def make():
            try:
                outcomes.append(create_user(new('racer'), actor=boss).email)
            except Conflict as refusal:
                outcomes.append(refusal.code)
            finally:
                db.close_all()
                control.close()

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ['erp_duplicate'] * 3 + ['racer@shop.example']


class TestPasswords:
    @pytest.mark.parametrize(
        'password', ['', 'short', 'ninechars', ' ninechars ', 'password123', 'Qwertyuiop', '1' * 12]
    )
    def test_refused(self, password):
        with pytest.raises(Invalid) as refusal:
            check_password(password)
        assert list(refusal.value.fields) == ['password']
        assert password.strip() not in refusal.value.message or not password

    @pytest.mark.parametrize('password', ['securepassword', 'Correct-horse-9', 'été à Québec'])
    def test_taken(self, password):
        check_password(password)

    def test_the_list_holds_what_can_be_chosen_only(self):
        listed = common_passwords()
        assert len(listed) > 1000
        assert all(len(password) >= 10 and password == password.lower() for password in listed)


class TestChange:
    def test_what_is_given_changes(self, shop, boss):
        made = create_user(new('carl'), actor=boss)
        seen = change_user(
            made.id, UserChange(name='Carl  C.', email='Carl.C@shop.example'), actor=boss
        )
        assert (seen.name, seen.email, seen.role) == ('Carl C.', 'Carl.C@shop.example', 'sales')
        assert sign_in('carl.c@shop.example', 'Correct-horse-9').id == made.id
        moved = change_user(made.id, UserChange(role='support'), actor=boss)
        assert moved.role == 'support'
        assert moved.updated_at > seen.updated_at
        again = change_user(made.id, UserChange(name=seen.name, role='support'), actor=boss)
        assert again.updated_at == moved.updated_at
        told = events_of(shop, made.id)
        assert [kind for kind, _ in told] == ['user.created', 'user.updated', 'user.updated']
        assert told[-1][1]['role'] == 'support'
        assert change_user(made.id, UserChange(), actor=boss) == get_user(made.id, actor=boss)
        assert len(events_of(shop, made.id)) == 3

    def test_a_new_password_signs_out_and_the_old_one_is_over(self, shop, boss):
        made = create_user(new('dora'), actor=boss)
        Session.create(digest='d', user=made.id, created_at=made.created_at, expires_at=FAR)
        change_user(made.id, UserChange(password='Brand-new-secret'), actor=boss)
        assert sign_in('dora@shop.example', 'Correct-horse-9') is None
        assert sign_in('dora@shop.example', 'Brand-new-secret').id == made.id
        assert not Session.select().where(Session.user == made.id).exists()
        for _, object_ in events_of(shop, made.id):
            assert not re.search('secret|hash|password', str(object_))
        with pytest.raises(Invalid):
            change_user(made.id, UserChange(password='password123'), actor=boss)

    def test_a_new_role_counts_at_once(self, app, shop, boss):
        user = add_member(shop, 'eve', 'sales')
        eve = Api(app, shop, ' ')
        basic = person(app, shop, user)
        asked = {'headers': _basic(basic), 'json': {'name': 'Rita'}}
        path = '/wp-json/se-erp/v2/customers'
        assert eve.client.simulate_post(path, **asked).status_code == 201
        change_user(user.id, UserChange(role='readonly'), actor=boss)
        assert eve.client.simulate_post(path, **asked).status_code == 403

    def test_who_belongs_to_others_too_is_changed_by_himself_only(self, shop, boss):
        theirs = new_tenant()
        user = add_member(theirs, 'both', 'administrator')
        join(shop, user, 'sales')
        for change in (UserChange(password='Taken-over-123'), UserChange(email='x@evil.example')):
            with pytest.raises(Conflict, match='only he himself'):
                change_user(user.id, change, actor=boss)
        assert change_user(user.id, UserChange(role='support'), actor=boss).role == 'support'
        himself = acting(theirs, user)
        assert change_user(user.id, UserChange(name='Both'), actor=himself).name == 'Both'
        remove_user(user.id, actor=boss)
        assert User.get_by_id(user.id).email == user.email
        assert Membership.get(Membership.user == user).tenant_id == theirs.tenant_id


class TestRemove:
    def test_nothing_of_his_opens_a_door(self, app, shop, boss):
        made = create_user(new('frank', 'manager'), actor=boss)
        him = person(app, shop, User.get_by_id(made.id))
        assert him.get('/users/me').status_code == 200
        remove_user(made.id, actor=boss)
        assert him.get('/users/me').status_code == 401
        assert sign_in('frank@shop.example', 'Correct-horse-9') is None
        assert not ApplicationPassword.select().where(ApplicationPassword.user == made.id).exists()
        assert [kind for kind, _ in events_of(shop, made.id)] == ['user.created', 'user.removed']
        with pytest.raises(NotFound):
            get_user(made.id, actor=boss)
        assert create_user(new('frank'), actor=boss).login == made.login

    def test_the_last_administrator_stays_one(self, app):
        tenant = new_tenant()
        chief = User.get(User.login == tenant.username)
        actor = acting(tenant, chief)
        with pytest.raises(Conflict, match='last administrator'):
            remove_user(chief.id, actor=actor)
        with pytest.raises(Conflict, match='last administrator'):
            change_user(chief.id, UserChange(role='manager'), actor=actor)
        second = create_user(new('second', 'administrator'), actor=actor)
        remove_user(chief.id, actor=actor)
        with pytest.raises(NotFound):
            get_user(chief.id, actor=acting(tenant, User.get_by_id(second.id)))
        assert (
            Person(app, tenant.username, tenant.application_password).get('/users/me').status_code
            == 401
        )


class TestList:
    def test_pages_search_and_order(self, app):
        tenant = new_tenant()
        actor = acting(tenant, User.get(User.login == tenant.username))
        for name in ('anna', 'berta', 'carla'):
            create_user(new(name), actor=actor)
        rows, total = list_users('', Slice(limit=2), actor=actor)
        assert (len(rows), total) == (2, 4)
        rest, _ = list_users('', Slice(limit=2, offset=2), actor=actor)
        assert [row.id for row in rows + rest] == sorted(row.id for row in rows + rest)
        assert [row.name for row in list_users('BERTA', Slice(), actor=actor)[0]] == ['Berta']
        assert list_users('shop.example', Slice(), actor=actor)[1] == 3
        assert list_users('%', Slice(), actor=actor)[1] == 0
        backwards, _ = list_users('', Slice(orderby='name', order='desc'), actor=actor)
        assert [row.name for row in backwards] == ['Carla', 'Berta', 'Anna', 'Acme']
        with pytest.raises(Invalid, match='orderby'):
            list_users('', Slice(orderby='password_hash'), actor=actor)
        assert 'hash' not in str(msgspec.to_builtins(rows))

    def test_needs_users_read(self, shop):
        key = wide_key(shop, scopes=['customers:read'])
        actor = standing_of('key', _key_id(key), company_of(shop).id)
        with pytest.raises(Forbidden):
            list_users('', Slice(), actor=actor)


def _key_id(secret):
    return ApiKey.get(ApiKey.digest == digest(secret)).id


def _basic(client):
    return basic(client.login, client.password)
