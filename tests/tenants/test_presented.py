"""A credential that nobody remembers is found in one statement, with whose it is."""

import datetime as dt

from karvo.kit import clock, db, ids
from tenants.models import ApiKey, ApplicationPassword, Membership, User
from tenants.presented import key_of, key_with, password_of
from tenants.secrets import digest


class TestKey:
    def test_with_its_company_and_tenant_in_one_statement(self, api):
        before = db.statement_count()
        found = key_of(digest(api.key))
        assert db.statement_count() - before == 1
        row = ApiKey.get(ApiKey.digest == digest(api.key))
        assert (found.id, found.name, found.scopes) == (row.id, row.name, row.scopes)
        assert (found.rate_limit, found.ip_allow) == (row.rate_limit, row.ip_allow)
        assert (found.company.uid, found.company.key) == (str(row.company.uid), row.company.key)
        assert found.tenant.slug == api.tenant.slug
        assert key_with(row.id) == found

    def test_none_that_is_unknown_or_revoked(self, api):
        assert key_of(digest('se_' + 'x' * 40)) is None
        ApiKey.update(revoked_at=clock.now()).where(ApiKey.digest == digest(api.key)).execute()
        assert key_of(digest(api.key)) is None

    def test_its_forerunner_as_long_as_that_holds(self, api):
        own, old = digest(api.key), digest('se_' + 'o' * 40)
        for seconds, holds in ((60, True), (-60, False)):
            until = clock.now() + dt.timedelta(seconds=seconds)
            changed = ApiKey.update(previous_digest=old, previous_expires_at=until)
            changed.where(ApiKey.digest == own).execute()
            assert (key_of(old) is not None) is holds
            assert key_of(own) is not None

    def test_its_secret_and_its_end_as_they_are_kept(self, api):
        end = clock.now() + dt.timedelta(days=1)
        changed = ApiKey.update(signing_secret=b'\x00sealed\xff', expires_at=end)
        changed.where(ApiKey.digest == digest(api.key)).execute()
        found = key_of(digest(api.key))
        assert bytes.fromhex(found.signing_secret) == b'\x00sealed\xff'
        assert found.expires_at == end


def password(api, login: str, hashed: str, email: str = 'shared@x.ca') -> ApplicationPassword:
    """Of a new person, who manages the tenant."""
    company = ApiKey.get(ApiKey.digest == digest(api.key)).company
    now = clock.now()
    user = User.create(
        uid=ids.uuid7(),
        login=login,
        email=email,
        display_name=login,
        password_hash='',
        created_at=now,
        updated_at=now,
    )
    Membership.create(tenant=company.tenant, user=user, role='manager', created_at=now)
    return ApplicationPassword.create(
        uid=ids.uuid7(), user=user, company=company, name='till', digest=hashed, created_at=now
    )


class TestPassword:
    def test_by_login_or_email_in_any_case_in_one_statement(self, api):
        name, hashed = ids.random_key(), ids.random_key()
        row = password(api, name, hashed, f'{name}@x.ca')
        before = db.statement_count()
        found = password_of(name.upper(), hashed)
        assert db.statement_count() - before == 1
        assert (found.id, found.user_id, found.login) == (row.id, row.user_id, name)
        assert (found.role, found.tenant.slug) == ('manager', api.tenant.slug)
        assert password_of(f'{name}@X.ca', hashed) == found

    def test_no_others_and_with_no_other_hash(self, api):
        name, hashed = ids.random_key(), ids.random_key()
        password(api, name, hashed)
        assert password_of('nobody', hashed) is None
        assert password_of(name, ids.random_key()) is None

    def test_of_two_with_one_email_and_password_the_older(self, api):
        hashed, email = ids.random_key(), f'{ids.random_key()}@x.ca'
        older = password(api, ids.random_key(), hashed, email)
        password(api, ids.random_key(), hashed, email)
        assert password_of(email, hashed).id == older.id

    def test_who_left_the_tenant_has_none(self, api):
        name, hashed = ids.random_key(), ids.random_key()
        row = password(api, name, hashed)
        Membership.delete().where(Membership.user == row.user_id).execute()
        assert password_of(name, hashed) is None
