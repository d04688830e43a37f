"""/metrics: who may read it, and that it tells the truth about this process and its database."""

import time
import typing
from collections.abc import Iterator

import falcon
import msgspec
import psycopg
import pytest

from karvo import config as configuration
from karvo.app import document_of, routes
from karvo.kit import clock, probe
from karvo.kit.db import url_of
from karvo.kit.http import endpoints
from tenants import access, monitoring
from tenants.credentials import NewKey, insert_key
from tenants.models import Company, PendingNews, Tenant, control
from tests.conftest import INVOICE, Api
from tests.kit.test_metrics import read

AWAY = {'REMOTE_ADDR': '203.0.113.9'}


@pytest.fixture
def platform(app: falcon.App) -> str:
    asked = NewKey(scopes=['platform:admin'], rate_limit=1_000_000)
    return insert_key(asked, tenant_id=None, company_id=None).api_key


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> typing.Callable[..., None]:
    """Sets members of the configuration where they are read."""

    def change(**values: tuple[str, ...]) -> None:
        changed = msgspec.structs.replace(configuration.config, **values)
        for module in (monitoring, access):
            monkeypatch.setattr(module, 'config', changed)

    return change


def scrape(api: Api, peer: str = '127.0.0.1', **headers: str):
    extras = {'REMOTE_ADDR': peer}
    named = {name.replace('_', '-'): value for name, value in headers.items()}
    return api.client.simulate_get('/metrics', headers=named, extras=extras)


def told(api: Api) -> dict[tuple[str, ...], float]:
    answer = scrape(api)
    assert answer.status_code == 200
    assert answer.headers['content-type'].startswith('text/plain; version=')
    return read(answer.text)


class TestWhoMayRead:
    @pytest.mark.parametrize('peer', ['127.0.0.1', '127.3.2.1', '::1', '::ffff:127.0.0.1'])
    def test_this_machine(self, api: Api, peer: str) -> None:
        assert scrape(api, peer).status_code == 200

    @pytest.mark.parametrize('peer', ['203.0.113.9', '10.0.0.1', '::ffff:10.0.0.1', '', 'odd'])
    def test_nobody_else_without_a_key(self, api: Api, peer: str) -> None:
        answer = scrape(api, peer)
        assert answer.status_code == 401
        assert answer.json['code'] == 'erp_invalid_key'
        assert answer.json['data'] == {'status': 401}

    @pytest.mark.parametrize('name', ['X_Forwarded_For', 'Forwarded', 'X_Real_IP', 'Via'])
    def test_not_who_comes_through_a_proxy_of_this_machine(self, api: Api, name: str) -> None:
        assert scrape(api, **{name: '127.0.0.1'}).status_code == 401

    def test_a_platform_key_from_anywhere(self, api: Api, platform: str) -> None:
        assert scrape(api, '203.0.113.9', X_SE_ERP_Key=platform).status_code == 200

    def test_no_tenants_key(self, api: Api) -> None:
        answer = scrape(api, '203.0.113.9', X_SE_ERP_Key=api.key)
        assert (answer.status_code, answer.json['code']) == (403, 'rest_forbidden')

    def test_allowed_networks(self, api: Api, allow) -> None:
        allow(metrics_allow_cidrs=('203.0.113.0/24', '2001:db8::/32'))
        assert scrape(api, '203.0.113.9').status_code == 200
        assert scrape(api, '2001:db8::7').status_code == 200
        assert scrape(api, '203.0.114.9').status_code == 401
        assert scrape(api, '203.0.113.9', X_Forwarded_For='203.0.113.8').status_code == 401

    def test_allowed_networks_behind_a_trusted_proxy(self, api: Api, allow) -> None:
        allow(metrics_allow_cidrs=('203.0.113.0/24',), trusted_proxies=('10.0.0.0/8',))
        assert scrape(api, '10.0.0.1', X_Forwarded_For='203.0.113.8').status_code == 200
        assert scrape(api, '10.0.0.1', X_Forwarded_For='198.51.100.1').status_code == 401
        spoofed = '203.0.113.8, 198.51.100.1'
        assert scrape(api, '10.0.0.1', X_Forwarded_For=spoofed).status_code == 401
        assert scrape(api, '10.0.0.1', Forwarded='for=203.0.113.8').status_code == 401

    def test_wrong_networks_are_refused_at_the_start(self) -> None:
        with pytest.raises(configuration.BadConfig, match='KARVO_METRICS_ALLOW_CIDRS'):
            configuration.read({'KARVO_METRICS_ALLOW_CIDRS': '10.0.0.0/99'})

    def test_only_reading(self, api: Api) -> None:
        answer = api.client.simulate_post('/metrics')
        assert (answer.status_code, answer.json['code']) == (404, 'rest_no_route')


class TestWhatItTells:
    def test_requests_by_route_never_by_record(self, api: Api) -> None:
        base = '/wp-json/se-erp/v2'
        rows = {
            ('GET', f'{base}/invoices/{{id}}', '200'): 2,
            ('GET', f'{base}/invoices/{{id}}', '404'): 1,
            ('POST', f'{base}/invoices', '201'): 1,
            ('PATCH', f'{base}/invoices', '404'): 1,
            ('PUT', f'{base}/invoices/{{id}}', '200'): 1,
            ('GET', 'none', '404'): 1,
        }
        before = told(api)
        made = api.post('/invoices', INVOICE).json['id']
        for path in (f'/invoices/{made}', f'/invoices/{made}', '/invoices/777777', '/nothing'):
            api.get(path)
        api.ask('PATCH', '/invoices', {})
        api.post(f'/invoices/{made}', {}, headers={'X-HTTP-Method-Override': 'PUT'})
        after = told(api)
        for labels, count in rows.items():
            name = ('karvo_http_requests_total', *labels)
            assert after[name] - before.get(name, 0) == count, labels
        assert not any('777777' in part for key in after for part in key)
        seconds = 'karvo_http_request_duration_seconds_count'
        key = (seconds, 'GET', f'{base}/invoices/{{id}}')
        assert after[key] - before.get(key, 0) == 3

    def test_the_database_and_its_connections(self, api: Api) -> None:
        shown = told(api)
        assert shown['karvo_database_up',] == 1
        assert 0 < shown['karvo_database_answer_seconds',] < 3
        assert shown['karvo_database_connections',] >= 2

    def test_tenants_by_status(self, api: Api) -> None:
        shown = told(api)
        for status in ('provisioning', 'active', 'suspended', 'archived', 'failed'):
            counted = Tenant.select().where(Tenant.status == status).count()
            assert shown['karvo_tenants', status] == counted
        assert shown['karvo_tenants', 'active'] > 0

    def test_news_that_wait(self, api: Api) -> None:
        before = told(api)['karvo_queue_size', 'control.pending_news']
        row = PendingNews.create(
            company=Company.get(Company.uid == api.tenant.company_id),
            type='tenant.suspended',
            resource_id=1,
            object={},
            actor_name='test',
            created_at=clock.now() - clock.dt.timedelta(minutes=90),
        )
        shown = told(api)
        row.delete_instance()
        assert shown['karvo_queue_size', 'control.pending_news'] == before + 1
        assert shown['karvo_queue_oldest_seconds', 'control.pending_news'] == pytest.approx(
            5400, abs=5
        )

    def test_belongs_to_no_api(self, api: Api) -> None:
        assert not any(path.endswith('/metrics') for path, *_ in endpoints(routes))


@pytest.fixture
def locked(app: falcon.App) -> Iterator[psycopg.Connection]:
    """Somebody holds the tenants' table: a statement that reads it hangs."""
    with psycopg.connect(url_of('main')) as connection:
        connection.execute('LOCK TABLE control.tenant')
        yield connection
        connection.rollback()


class TestHangingDatabase:
    @pytest.mark.wall_clock
    def test_is_said_in_time_and_forgotten_after(
        self, api: Api, locked: psycopg.Connection
    ) -> None:
        started = time.monotonic()
        answer = scrape(api)
        assert time.monotonic() - started < 3.3
        shown = read(answer.text)
        assert shown['karvo_database_up',] == 0
        assert not any(name == 'karvo_tenants' for name, *_ in shown)
        locked.rollback()
        assert told(api)['karvo_database_up',] == 1


class TestPing:
    def test_says_how_fast_the_database_answers(self, api: Api) -> None:
        shown = api.get('/ping').json
        assert (shown['status'], shown['database']) == ('ok', 'ok')
        assert 0 <= shown['database_ms'] < 3000

    def test_a_database_that_is_away_is_a_503(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise psycopg.OperationalError('no answer in time')

        monkeypatch.setattr(probe, 'ask', refuse)
        answer = api.get('/ping')
        assert (answer.status_code, answer.json['code']) == (503, 'erp_unavailable')
        described = document_of()['paths']['/ping']['get']['responses']
        assert '503' in described

    def test_a_connection_that_was_cut_is_replaced(self, api: Api) -> None:
        [(pid,)] = probe.ask(control, 'SELECT pg_backend_pid()')
        with psycopg.connect(url_of('main'), autocommit=True) as other:
            other.execute('SELECT pg_terminate_backend(%s)', [int(pid)])
        assert api.get('/ping').json['database'] == 'ok'

    @pytest.mark.wall_clock
    def test_a_statement_that_hangs_is_given_up(self, api: Api) -> None:
        started = time.monotonic()
        with pytest.raises(psycopg.OperationalError, match='no answer in time'):
            probe.ask(control, 'SELECT pg_sleep(5)', 0.3)
        assert time.monotonic() - started < 1
        assert probe.ask(control, 'SELECT 1') == [(b'1',)]

    def test_an_error_of_the_statement_is_raised(self, api: Api) -> None:
        with pytest.raises(psycopg.errors.UndefinedTable):
            probe.ask(control, 'SELECT 1 FROM nowhere')
