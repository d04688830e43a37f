"""`/metrics` for Prometheus, and what the control plane tells there."""

import datetime as dt
import ipaddress
import time
import typing
from collections.abc import Iterator

import falcon
import peewee
import psycopg
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from karvo.config import IPNetwork, config
from karvo.kit import clock, ended, metrics, probe
from karvo.kit.dialects import Dialect
from karvo.kit.errors import RateLimited
from karvo.kit.http import Endpoint, Resource
from karvo.kit.log import log
from karvo.kit.metrics import Depth
from karvo.kit.origin import FORWARDED
from karvo.se_erp import error
from tenants.access import authenticate, client_ip, is_within
from tenants.models import STATUSES, control
from tenants.scopes import PLATFORM

SECONDS = 1.0  #: for each statement, once the database has answered
LOCAL: list[IPNetwork] = [ipaddress.ip_network('127.0.0.0/8'), ipaddress.ip_network('::1')]

TENANTS = 'SELECT status, count(*) FROM control.tenant GROUP BY status'
NEWS = """
SELECT count(*), coalesce(extract(epoch FROM now() - min(created_at)), 0)
FROM control.pending_news"""
#: `{}` is this moment on our own clock: the times were made by it.
WORK = """
SELECT count(*), coalesce(extract(epoch FROM '{}'::timestamptz - min(w.due)), 0)
FROM control.company_work w WHERE w.held_until IS NULL AND w.due < '{}'"""
WAITING = """
SELECT key, sum(value::bigint) FROM control.company_work w, jsonb_each_text(w.waiting)
GROUP BY key"""
JOBS = """
SELECT job, count(*) FROM control.job_run WHERE state = 'failed' AND started_at > '{}'
GROUP BY job"""
LATELY = dt.timedelta(days=1)

monitoring = Dialect(
    name='monitoring',
    prefix='',
    title='KARVO',
    error=error,
    credentials=('api_key', 'application_password'),
)


class Metrics(Resource):
    """What Prometheus reads; no operation of any API."""

    dialect = monitoring

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Metrics of this machine's web processes, in Prometheus' text format."""
        if not may_read(req):
            _require_platform(req)
        ended.count()
        resp.data = metrics.exposition(families())
        resp.content_type = CONTENT_TYPE_LATEST

    on_get.endpoint = Endpoint(scope=None, is_platform=True)  # type: ignore[attr-defined]


def may_read(req: falcon.Request) -> bool:
    """Without a key: a process of this machine, or one of a network that was allowed.

    Who comes through a proxy is whom the proxy names, if that is trusted; else he is nobody.
    """
    peer = req.remote_addr
    if not any(req.get_header(name) for name in FORWARDED):
        return is_within(peer, [*LOCAL, *config.metrics_networks])
    is_told = req.get_header('X-Forwarded-For') and is_within(peer, config.proxy_networks)
    return bool(is_told) and is_within(client_ip(req), config.metrics_networks)


def _require_platform(req: falcon.Request) -> None:
    actor, verdict = authenticate(req, monitoring, clock.epoch())
    if not verdict.allowed:
        raise RateLimited('Rate limit exceeded', verdict.retry_after)
    actor.require(PLATFORM)


def families() -> Iterator[Metric]:
    """The database and what it holds; only that it is down when it gives no answer in time."""
    up = GaugeMetricFamily('karvo_database_up', 'Whether the database answers: 1 or 0.')
    started = time.monotonic()
    try:
        rows = probe.ask(control, TENANTS)
    except (psycopg.Error, peewee.PeeweeException):
        up.add_metric([], 0)
        yield up
        return
    up.add_metric([], 1)
    yield up
    latency = GaugeMetricFamily(
        'karvo_database_answer_seconds', 'How long the database took to answer this scrape.'
    )
    latency.add_metric([], time.monotonic() - started)
    yield latency
    yield _tenants(rows)
    yield from metrics.queue_families()
    yield from _carried()


def _tenants(rows: probe.Rows) -> Metric:
    counted = dict.fromkeys(STATUSES, 0)
    counted |= {_text(status): int(_text(count)) for status, count in rows}
    family = GaugeMetricFamily('karvo_tenants', 'Tenants by status.', labels=['status'])
    for status, count in counted.items():
        family.add_metric([status], count)
    return family


def _carried() -> Iterator[Metric]:
    """What workers saw waiting in companies, and jobs that failed; one statement each."""
    waiting = GaugeMetricFamily(
        'karvo_waiting', 'What waits in all companies, as workers last saw it.', labels=['what']
    )
    failed = GaugeMetricFamily(
        'karvo_jobs_failed', 'Runs of jobs that failed in the last 24 hours.', labels=['job']
    )
    since = (clock.now() - LATELY).isoformat()
    for family, sql in ((waiting, WAITING), (failed, JOBS.format(since))):
        try:
            for name, count in probe.ask(control, sql, SECONDS):
                family.add_metric([_text(name)], int(_text(count)))
        except (psycopg.Error, peewee.PeeweeException) as error:
            log.warning('not measured', family=family.name, error=str(error))
            continue
        yield family


def _text(value: bytes | None) -> str:
    return (value or b'').decode()


def _pending_news() -> Depth:
    [(size, oldest)] = probe.ask(control, NEWS, SECONDS)
    return Depth(int(_text(size)), float(_text(oldest)))


def _company_work() -> Depth:
    """Companies that are due and that no worker has taken: late, where workers are too few."""
    now = clock.now().isoformat()
    [(size, oldest)] = probe.ask(control, WORK.format(now, now), SECONDS)
    return Depth(int(_text(size)), float(_text(oldest)))


metrics.watch_queue('control.pending_news', _pending_news)
metrics.watch_queue('control.company_work', _company_work)

routes: list[tuple[str, typing.Any]] = [('/metrics', Metrics())]
