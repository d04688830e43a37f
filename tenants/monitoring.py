"""`/metrics` for Prometheus, and what the control plane tells there."""

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
from karvo.kit import metrics, probe
from karvo.kit.errors import RateLimited
from karvo.kit.http import Dialect, Endpoint, Resource
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

monitoring = Dialect(name='monitoring', prefix='', title='KARVO', error=error, credentials=())


class Metrics(Resource):
    """What Prometheus reads; no operation of any API."""

    dialect = monitoring

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Metrics of this machine's web processes, in Prometheus' text format."""
        if not may_read(req):
            _require_platform(req)
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
    actor, verdict = authenticate(req)
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


def _tenants(rows: probe.Rows) -> Metric:
    counted = dict.fromkeys(STATUSES, 0)
    counted |= {_text(status): int(_text(count)) for status, count in rows}
    family = GaugeMetricFamily('karvo_tenants', 'Tenants by status.', labels=['status'])
    for status, count in counted.items():
        family.add_metric([status], count)
    return family


def _text(value: bytes | None) -> str:
    return (value or b'').decode()


def _pending_news() -> Depth:
    [(size, oldest)] = probe.ask(control, NEWS, SECONDS)
    return Depth(int(_text(size)), float(_text(oldest)))


metrics.watch_queue('control.pending_news', _pending_news)

routes: list[tuple[str, typing.Any]] = [('/metrics', Metrics())]
