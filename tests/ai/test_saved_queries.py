"""Saved queries: kept, shared, run on demand and by the clock, always with the runner's scopes."""

import datetime as dt
import typing

import falcon
import pytest

from karvo.ai import jobs
from karvo.ai.compute import next_run
from karvo.kit import clock
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from tenants.models import ApiKey, Company, Membership, User
from tests.conftest import Api, new_tenant, wide_key
from tests.invoicing import created, refused
from tests.tenants.people import basic

TODAY = dt.date(2026, 8, 20)  #: a Thursday
MONDAY = dt.date(2026, 8, 24)


def saved(api: Api, **values: typing.Any) -> dict[str, typing.Any]:
    body = {'name': 'Sales', 'query': 'Revenue all time'} | values
    made = api.post('/ai/saved-queries', body)
    assert made.status_code == 201, made.text
    return made.json


def run_day(api: Api, day: dt.date) -> dict[str, typing.Any]:
    with api.company():
        company = Company.get(Company.uid == api.tenant.company_id)
        actor: Actor = system_actor('test', current_place(), company_id=company.id)
        return jobs.rerun(actor, day)


def ran(api: Api) -> list[dict[str, typing.Any]]:
    events = api.get('/events?type=ai.query_ran').json['data']
    return [event['data']['object'] for event in events]


def keyed(app: falcon.App, api: Api, *scopes: str) -> tuple[Api, ApiKey]:
    """A key of its own: its client and its row."""
    client = Api(app, api.tenant, wide_key(api.tenant, scopes=list(scopes)))
    return client, ApiKey.select().order_by(ApiKey.id.desc()).get()


class TestSaving:
    def test_a_question_or_a_query(self, api: Api) -> None:
        created(api)
        question = saved(api, schedule='weekly', visibility='company')
        assert (question['query'], question['schedule']) == ('Revenue all time', 'weekly')
        assert (question['is_mine'], question['last_status']) == (True, None)
        query = api.post(f'/ai/saved-queries/{question["id"]}/run').json['query']
        exact = saved(api, name='Exact', query=query)
        assert exact['query'] == query and exact['next_run_on'] is None
        listed = api.get('/ai/saved-queries').json
        assert [one['name'] for one in listed['data']] == ['Exact', 'Sales']
        assert api.get('/ai/saved-queries?schedule=weekly&search=sal').json['total'] == 1
        assert api.get('/ai/saved-queries?visibility=company').json['total'] == 1

    @pytest.mark.parametrize(
        ('body', 'field'),
        [
            ({'query': 'Revenue'}, 'name'),
            ({'name': '', 'query': 'Revenue'}, 'name'),
            ({'name': 'x'}, 'query'),
            ({'name': 'x', 'query': ' '}, 'query'),
            ({'name': 'x', 'query': 'blah frobnicate'}, 'query'),
            ({'name': 'x', 'query': 'x' * 4001}, 'query'),
            ({'name': 'x', 'query': {'metrics': ['salaries']}}, 'metrics'),
            ({'name': 'x', 'query': {'metrics': []}}, 'query.metrics'),
            ({'name': 'x', 'query': 'Revenue', 'schedule': 'hourly'}, 'schedule'),
            ({'name': 'x', 'query': 'Revenue', 'visibility': 'world'}, 'visibility'),
        ],
    )
    def test_what_cannot_be_answered_is_not_kept(
        self, api: Api, body: dict[str, typing.Any], field: str
    ) -> None:
        refused(api.post('/ai/saved-queries', body), field)
        assert api.get('/ai/saved-queries').json['total'] == 0

    def test_a_name_is_one_owners_once(self, app: falcon.App, api: Api) -> None:
        first = saved(api)
        twice = api.post('/ai/saved-queries', {'name': 'SALES', 'query': 'Overdue'})
        assert (twice.status_code, twice.json['code']) == (422, 'erp_duplicate')
        saved(keyed(app, api, 'read-write')[0])
        second = saved(api, name='Other')
        clash = api.put(f'/ai/saved-queries/{second["id"]}', {'name': 'sales'})
        assert clash.status_code == 422
        same = api.put(f'/ai/saved-queries/{first["id"]}', {'name': 'sales'})
        assert (same.status_code, same.json['name']) == (200, 'sales')

    def test_sent_twice_under_one_key_is_saved_once(self, api: Api) -> None:
        body = {'name': 'Sales', 'query': 'Revenue all time'}
        sent = {'headers': {'Idempotency-Key': 'k1'}}
        first, again = (api.post('/ai/saved-queries', body, **sent) for _ in range(2))
        assert (first.status_code, again.json) == (201, first.json)
        assert again.headers['Idempotency-Replayed'] == 'true'
        changed = api.put(f'/ai/saved-queries/{first.json["id"]}', {'query': 'Overdue'}, **sent)
        assert (changed.status_code, changed.json['query']) == (200, 'Overdue')

    def test_another_question_forgets_the_old_result(self, api: Api) -> None:
        created(api)
        one = saved(api, schedule='daily')
        path = f'/ai/saved-queries/{one["id"]}'
        api.post(f'{path}/run')
        assert api.get(path).json['last_result']['rows'] == [{'revenue': 1250}]
        changed = api.put(path, {'query': 'Overdue', 'schedule': None})
        assert (changed.json['version'], changed.json['last_result']) == (2, None)
        assert (changed.json['next_run_on'], changed.json['last_status']) == (None, None)
        stale = api.put(path, {'name': 'x'}, headers={'If-Match': '"1"'})
        assert stale.status_code == 412
        assert api.delete(path).json == {'deleted': True, 'id': one['id']}
        assert api.get(path).status_code == 404


class TestSharing:
    def test_others_run_it_with_their_own_scopes_and_see_no_result_of_its_owner(
        self, app: falcon.App, api: Api, other: Api
    ) -> None:
        created(api)
        private, shared = saved(api), saved(api, name='Shared', visibility='company')
        path = f'/ai/saved-queries/{shared["id"]}'
        assert api.post(f'{path}/run').json['rows'] == [{'revenue': 1250}]
        clerk, _ = keyed(app, api, 'ai:read', 'ai:write')
        seen = clerk.get(path).json
        assert (seen['is_mine'], seen['last_result'], seen['last_row_count']) == (False, None, None)
        run = clerk.post(f'{path}/run')
        assert (run.status_code, run.json['kind'], run.json['rows']) == (200, 'refusal', [])
        reader, _ = keyed(app, api, 'read-only')
        assert reader.post(f'{path}/run').json['rows'] == [{'revenue': 1250}]
        assert [one['id'] for one in reader.get('/ai/saved-queries').json['data']] == [shared['id']]
        assert clerk.put(path, {'name': 'mine'}).status_code == 403
        assert clerk.delete(path).status_code == 403
        assert clerk.get(f'/ai/saved-queries/{private["id"]}').status_code == 404
        assert clerk.put(f'/ai/saved-queries/{private["id"]}', {'name': 'x'}).status_code == 404
        assert other.get(path).status_code == 404
        assert other.post(f'{path}/run').status_code == 404
        assert other.get('/ai/saved-queries').json['total'] == 0
        assert len(ran(api)) == 1  # runs of others are no news

    def test_what_one_may_not_see_one_cannot_save(self, app: falcon.App, api: Api) -> None:
        clerk, _ = keyed(app, api, 'ai:read', 'ai:write')
        for query in ('Revenue all time', {'metrics': ['revenue']}):
            answer = clerk.post('/ai/saved-queries', {'name': 'x', 'query': query})
            assert answer.status_code == 403, answer.text


class TestByTheClock:
    @pytest.fixture(autouse=True)
    def still(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clock, 'today', lambda _zone: TODAY)

    def test_on_its_days_once_and_told_without_figures(self, api: Api) -> None:
        created(api, date='2026-08-01', due_date='2026-08-31')
        one = saved(api, schedule='weekly')
        assert one['next_run_on'] == '2026-08-24'
        assert run_day(api, TODAY) == {}
        assert [run_day(api, MONDAY), run_day(api, MONDAY)] == [{'ran': 1}, {}]
        seen = api.get(f'/ai/saved-queries/{one["id"]}').json
        assert (seen['last_status'], seen['last_row_count']) == ('ran', 1)
        assert (seen['next_run_on'], seen['version']) == ('2026-08-31', 1)
        assert seen['last_result']['rows'] == [{'revenue': 1250}]
        shown = {'id': one['id'], 'row_count': 1, 'status': 'ran', 'trigger': 'schedule'}
        assert ran(api) == [shown]

    def test_a_missed_day_is_made_up_for_once(self, api: Api) -> None:
        one = saved(api, schedule='monthly', query='How many customers do we have?')
        assert one['next_run_on'] == '2026-09-01'
        assert run_day(api, dt.date(2026, 11, 5)) == {'ran': 1}
        assert api.get(f'/ai/saved-queries/{one["id"]}').json['next_run_on'] == '2026-12-01'

    def test_with_the_scopes_that_its_owner_has_by_then(self, app: falcon.App, api: Api) -> None:
        created(api)
        client, key = keyed(app, api, 'ai:read', 'ai:write', 'invoices:read')
        one = saved(client, schedule='daily')
        path, day = f'/ai/saved-queries/{one["id"]}', TODAY + dt.timedelta(days=1)
        assert run_day(api, day) == {'ran': 1}
        for scopes in (['ai:read', 'ai:write'], ['invoices:read']):
            ApiKey.update(scopes=scopes).where(ApiKey.id == key.id).execute()
            day += dt.timedelta(days=1)
            assert run_day(api, day) == {'no_scope': 1}
        ApiKey.update(scopes=['read-only']).where(ApiKey.id == key.id).execute()
        seen = client.get(path).json
        assert (seen['last_status'], seen['last_row_count']) == ('no_scope', None)
        assert '1250' not in str(seen['last_result']) and len(ran(api)) == 1
        assert run_day(api, day + dt.timedelta(days=1)) == {'ran': 1}

    @pytest.mark.parametrize('how', ['revoked_at', 'expires_at'])
    def test_of_a_key_that_is_gone_nothing_runs_any_more(
        self, app: falcon.App, api: Api, how: str
    ) -> None:
        client, key = keyed(app, api, 'read-write')
        one = saved(client, schedule='daily', visibility='company')
        ApiKey.update({how: clock.now()}).where(ApiKey.id == key.id).execute()
        day = TODAY + dt.timedelta(days=1)
        assert [run_day(api, day), run_day(api, day + dt.timedelta(days=1))] == [
            {'no_owner': 1},
            {},
        ]
        seen = api.get(f'/ai/saved-queries/{one["id"]}').json
        assert (seen['last_status'], seen['next_run_on']) == ('no_owner', None)
        assert ran(api) == []

    def test_of_a_person_by_his_role(self, app: falcon.App) -> None:
        tenant = new_tenant()
        headers = basic(tenant.username, tenant.application_password)
        api = Api(app, tenant, wide_key(tenant))
        body = {'name': 'x', 'query': 'How many customers do we have?', 'schedule': 'daily'}
        made = Api(app, None).post('/ai/saved-queries', body, headers=headers)
        assert (made.status_code, made.json['owner']) == (201, tenant.username)
        assert run_day(api, TODAY + dt.timedelta(days=1)) == {'ran': 1}
        user = User.get(User.login == tenant.username)
        member = Membership.select().where(Membership.user == user.id)
        member = member.where(Membership.tenant == tenant.tenant_id).get()
        member.role = 'subscriber'
        member.save()
        assert run_day(api, TODAY + dt.timedelta(days=2)) == {'no_scope': 1}
        member.delete_instance()
        assert run_day(api, TODAY + dt.timedelta(days=3)) == {'no_owner': 1}


class TestNextRun:
    def test_is_always_later_and_on_its_day(self) -> None:
        for n in range(800):
            day = TODAY + dt.timedelta(days=n)
            assert next_run('daily', day) == day + dt.timedelta(days=1)
            week, month = next_run('weekly', day), next_run('monthly', day)
            assert week is not None and week.weekday() == 0 and 1 <= (week - day).days <= 7
            assert month is not None and month.day == 1 and 1 <= (month - day).days <= 31
        assert next_run(None, TODAY) is None
