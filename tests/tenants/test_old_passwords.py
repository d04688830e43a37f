"""Application passwords that WordPress hashed before 6.8: they open the API at once, and once."""

import pytest

from karvo.kit import clock, ids
from tenants import old_passwords
from tenants.models import ApplicationPassword, Company, Tenant
from tenants.old_passwords import renew
from tests.conftest import Api
from tests.tenants.test_keys import basic
from tests.tenants.test_secrets import APPLICATIONS, bcrypted
from tests.tenants.test_sign_in import add_person

OLD = APPLICATIONS[3:]


def add_old(api, user, digest, name='old'):
    return ApplicationPassword.create(
        uid=ids.uuid7(),
        user=user,
        company=Company.get(Company.uid == api.tenant.company_id),
        name=name,
        digest=digest,
        created_at=clock.now(),
    )


def ask_again():
    """As if the minute for which the most is remembered were over."""
    old_passwords._memory.until = 0.0


@pytest.fixture
def user(api):
    user = add_person(api, '!')
    for _, digest in OLD:
        add_old(api, user, digest)
    ask_again()
    yield user
    ApplicationPassword.delete().where(ApplicationPassword.user == user).execute()
    ask_again()


class TestOpensTheApi:
    def test_by_login_and_e_mail_whatever_stands_between_the_letters(self, api, user):
        nobody = Api(api.client.app, None)
        for (password, _), name in zip(
            OLD, (user.login, user.email, user.login.upper()), strict=True
        ):
            spaced = ' '.join(password[n : n + 4] for n in range(0, 24, 4))
            assert nobody.get('/customers', headers=basic(name, spaced)).status_code == 200

    def test_the_row_is_renewed_and_only_that_one(self, api, user):
        nobody = Api(api.client.app, None)
        headers = basic(user.login, OLD[1][0])
        assert [nobody.get('/customers', headers=headers).status_code for _ in range(2)] == [
            200,
            200,
        ]
        rows = ApplicationPassword.select().where(ApplicationPassword.user == user)
        digests = [row.digest for row in rows.order_by(ApplicationPassword.id)]
        assert [digest[:3] for digest in digests] == ['$P$', '$ge', '$P$']
        assert not renew(user.login, OLD[1][0])

    def test_wrong_ones(self, api, user):
        nobody = Api(api.client.app, None)
        stranger = add_person(api, '!')
        for login, password in (
            (user.login, OLD[0][0].swapcase()),
            (user.login, OLD[0][0][:-1]),
            (user.login, ''),
            (user.login, '- -'),
            (user.login, 'x' * 5000),
            (stranger.login, OLD[0][0]),
            ('nobody', OLD[0][0]),
            ('', OLD[0][0]),
        ):
            assert nobody.get('/customers', headers=basic(login, password)).status_code == 401
        assert {row.digest[:3] for row in ApplicationPassword.select().where(
            ApplicationPassword.user == user)} == {'$P$'}  # fmt: skip

    @pytest.mark.parametrize('cost', [4, 6])
    def test_bcrypt_too(self, api, user, cost):
        add_old(api, user, bcrypted('abcd1234', cost=cost))
        ask_again()
        nobody = Api(api.client.app, None)
        assert nobody.get('/customers', headers=basic(user.login, 'abcd 1234')).status_code == 200
        assert renew(user.login, 'abcd 1234') is False

    @pytest.mark.parametrize('status, answer', [('suspended', 200), ('archived', 401)])
    def test_a_tenant_that_is_no_more(self, api, user, status, answer):
        Tenant.update(status=status).where(Tenant.id == api.tenant.tenant_id).execute()
        ask_again()
        nobody = Api(api.client.app, None)
        assert nobody.get('/customers', headers=basic(user.login, OLD[0][0])).status_code == answer

    def test_a_suspended_tenants_people_may_not_write(self, api, user):
        Tenant.update(status='suspended').where(Tenant.id == api.tenant.tenant_id).execute()
        ask_again()
        nobody = Api(api.client.app, None)
        headers = basic(user.email, OLD[2][0])
        assert nobody.post('/customers', {'name': 'x'}, headers=headers).status_code == 403

    def test_at_once_though_none_were_known_a_moment_ago(self, api, user):
        old_passwords._memory.most = old_passwords.NONE
        nobody = Api(api.client.app, None)
        assert nobody.get('/customers', headers=basic(user.login, OLD[0][0])).status_code == 200


class TestCost:
    def checks(self, monkeypatch, name, password):
        """How many slow checks a call makes."""
        made = []
        fits = old_passwords.wp_hashes.fits
        monkeypatch.setattr(
            'tenants.wp_hashes.fits', lambda *given: (made.append(given[1]), fits(*given))[1]
        )
        assert not renew(name, password)
        monkeypatch.undo()
        return len([digest for digest in made if digest.startswith('$P$')])

    def test_a_miss_costs_the_same_whoever_is_named(self, api, user, monkeypatch):
        few, none = add_person(api, '!'), add_person(api, '!')
        add_old(api, few, OLD[0][1])
        ask_again()
        names = (user.login, few.login, none.email, 'nobody', '')
        assert [self.checks(monkeypatch, name, 'wrong') for name in names] == [3] * 5
        ApplicationPassword.delete().where(ApplicationPassword.user == few).execute()

    def test_nothing_where_there_are_none(self, api, user, monkeypatch):
        ApplicationPassword.delete().where(ApplicationPassword.user == user).execute()
        ask_again()
        assert self.checks(monkeypatch, api.tenant.username, 'wrong') == 0

    def test_a_right_one_in_the_fast_form_is_never_tried_slowly(self, api, user, monkeypatch):
        monkeypatch.setattr('tenants.grants.renew', lambda *_: pytest.fail('the slow way'))
        nobody, tenant = Api(api.client.app, None), api.tenant
        headers = basic(tenant.username, tenant.application_password)
        assert nobody.get('/customers', headers=headers).status_code == 200
