"""Usage: counted in memory, written every few seconds by a thread of its own."""

import collections
import datetime as dt
import os
import threading

import peewee
import psycopg

from karvo.kit.actor import Actor
from karvo.kit.later import Later
from karvo.kit.log import log
from tenants.models import control

INTERVAL = 3.0  #: seconds between flushes
MOST_CALLS = 1000  #: that are not added up yet

ADD = """
INSERT INTO control.usage AS u (tenant_id, day, api_calls, rate_limited_calls)
SELECT tenant_id, day, calls, limited FROM unnest(%(tenants)s::bigint[], %(days)s::date[],
  %(calls)s::bigint[], %(limited)s::bigint[]) AS t(tenant_id, day, calls, limited)
  ORDER BY tenant_id, day
ON CONFLICT (tenant_id, day) DO UPDATE SET api_calls = u.api_calls + excluded.api_calls,
  rate_limited_calls = u.rate_limited_calls + excluded.rate_limited_calls"""
SEEN = """
UPDATE control.api_key k SET last_used_at = s.at, last_ip = s.ip
FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[], %(ips)s::text[]) AS s(id, at, ip)
WHERE k.id = s.id AND (k.last_used_at IS NULL OR k.last_used_at < s.at)"""

#: at most once in 24 hours, as WordPress has it
PASSWORD_SEEN = """
UPDATE control.application_password p SET last_used_at = s.at, last_ip = s.ip
FROM unnest(%(ids)s::bigint[], %(ats)s::timestamptz[], %(ips)s::text[]) AS s(id, at, ip)
WHERE p.id = s.id AND (p.last_used_at IS NULL OR p.last_used_at <= s.at - interval '24 hours')"""


Calls = dict[tuple[int, int], list[int]]  #: tenant, day since 1970 → calls, those over the limit
Seen = dict[int, tuple[float, str]]  #: id of a credential → when (epoch), from which address
DAY = 86_400  #: seconds
FIRST_DAY = dt.date(1970, 1, 1).toordinal()


class _Counters:
    """This process's counts since the last flush, but for the last `_calls`."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.calls: Calls = {}
        self.seen: Seen = {}
        self.passwords: Seen = {}


_counters = _Counters()
#: who called when, and whether that was over the limit: added up many at a time, which costs each
#: of them less
_calls: collections.deque[tuple[Actor, float, bool]] = collections.deque()


def _begin_anew() -> None:
    """A child counts for itself."""
    global _counters
    _counters = _Counters()
    _calls.clear()


os.register_at_fork(after_in_child=_begin_anew)


def count(actor: Actor, now: float, *, is_limited: bool) -> None:
    """One call of this tenant."""
    _calls.append((actor, now, is_limited))
    _later.ask()
    if len(_calls) >= MOST_CALLS:
        _sum_up()


def _sum_up() -> None:
    with _counters.lock:
        for _ in range(len(_calls)):
            actor, now, is_limited = _calls.popleft()
            cell = _counters.calls.setdefault((actor.tenant_id, int(now // DAY)), [0, 0])
            cell[0] += 1
            cell[1] += is_limited
            if actor.kind == 'key':
                _counters.seen[actor.id] = (now, actor.ip)
            elif actor.password_id:
                _counters.passwords[actor.password_id] = (now, actor.ip)


def _write() -> bool:
    """What was counted; on failure it is kept for the next time."""
    _sum_up()
    with _counters.lock:
        calls, _counters.calls = _counters.calls, {}
        seen, _counters.seen = _counters.seen, {}
        passwords, _counters.passwords = _counters.passwords, {}
    try:
        _write_calls(calls)
        _write_seen(SEEN, seen)
        _write_seen(PASSWORD_SEEN, passwords)
    except (psycopg.Error, peewee.PeeweeException) as error:
        log.warning('usage not written, kept', error=str(error))
        return False
    finally:
        _put_back(calls)
    return True


def _write_calls(calls: Calls) -> None:
    counted = {key: cell for key, cell in sorted(calls.items()) if key[0]}
    if counted:
        control.run(
            ADD,
            {
                'tenants': [tenant for tenant, _ in counted],
                'days': [dt.date.fromordinal(FIRST_DAY + day) for _, day in counted],
                'calls': [cell[0] for cell in counted.values()],
                'limited': [cell[1] for cell in counted.values()],
            },
        )
    # Written: a failure from here on must not count them twice.
    calls.clear()


def _write_seen(sql: str, seen: Seen) -> None:
    if seen:
        ats = [dt.datetime.fromtimestamp(at, dt.UTC) for at, _ in seen.values()]
        control.run(sql, {'ids': list(seen), 'ats': ats, 'ips': [ip for _, ip in seen.values()]})


def _put_back(calls: Calls) -> None:
    """What was not written."""
    with _counters.lock:
        for key, cell in calls.items():
            kept = _counters.calls.setdefault(key, [0, 0])
            kept[0] += cell[0]
            kept[1] += cell[1]


_later = Later('usage', _write, gather=INTERVAL, again=INTERVAL)
flush = _later.flush
