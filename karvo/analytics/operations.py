"""Keeping how customers fare: each night all of them, each week the fit of the chance of loss."""

import datetime as dt
import typing

import msgspec

from karvo.analytics.calibration import calibrate
from karvo.analytics.customers import Customers, read_customers, read_orders
from karvo.analytics.health import Facts, Health, health_of
from karvo.analytics.schemas import CustomerHealthChanged
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.work import Work, atomic

DAYS = 7  #: between two fits
KEPT = """
SELECT coalesce(json_object_agg(h.party_id, json_build_object('score', h.score, 'label', h.label,
  'risk', h.risk)), '{}')::text FROM @customer_health h"""
KEEP = """
INSERT INTO @customer_health AS h (party_id, score, label, risk, probability, as_of, changed_on,
  updated_at)
SELECT x.id, x.score, x.label, x.risk, x.probability, %(day)s::date, %(day)s::date,
  %(at)s::timestamptz
FROM json_to_recordset(%(rows)s::json) AS x(id bigint, score int, label text, risk text,
  probability numeric) ORDER BY x.id
ON CONFLICT (party_id) DO UPDATE SET score = excluded.score, label = excluded.label,
  risk = excluded.risk, probability = excluded.probability, as_of = excluded.as_of,
  updated_at = excluded.updated_at,
  changed_on = CASE WHEN (h.label, h.risk) IS DISTINCT FROM (excluded.label, excluded.risk)
    THEN excluded.changed_on ELSE h.changed_on END"""
GONE = """
DELETE FROM @customer_health h USING @party c
WHERE c.id = h.party_id AND (c.deleted_at IS NOT NULL OR NOT c.is_customer)"""
FITTED = """
INSERT INTO @health_calibration (fitted_on, k, outcomes, brier, created_at)
VALUES (%(day)s, %(k)s, %(count)s, %(brier)s, %(at)s) ON CONFLICT (fitted_on) DO NOTHING"""
LATEST = 'SELECT max(c.fitted_on)::text FROM @health_calibration c'


class _Kept(msgspec.Struct, kw_only=True):
    score: int | None
    label: str
    risk: str | None


def refresh_health(day: dt.date, *, actor: Actor) -> tuple[int, int]:
    """Look at every customer as of the day: (how many there are, how many changed).

    Four statements and the events. A change of label or risk is announced once; the first look at
    a customer is no change.
    """
    with atomic() as work:
        before = msgspec.json.decode(database.json(KEPT) or b'{}', type=dict[int, _Kept])
        found = read_customers(day)
        rows = [_row(facts, health_of(facts, day, found.factor)) for facts in found.customers]
        named = {'day': day, 'at': work.at, 'rows': msgspec.json.encode(rows).decode()}
        database.run(KEEP, named)
        database.run(GONE)
        changed = _announce(found, rows, before, day, work, actor)
    return len(rows), changed


def _row(facts: Facts, health: Health | None) -> dict[str, typing.Any]:
    if health is None:
        nothing = dict.fromkeys(('score', 'risk', 'probability'))
        return {'id': facts.id, 'label': 'no_orders'} | nothing
    names = ('score', 'label', 'risk', 'probability')
    return {'id': facts.id} | {name: getattr(health, name) for name in names}


def _announce(
    found: Customers,
    rows: list[dict[str, typing.Any]],
    before: dict[int, _Kept],
    day: dt.date,
    work: Work,
    actor: Actor,
) -> int:
    changed = 0
    for facts, row in zip(found.customers, rows, strict=True):
        old = before.get(facts.id)
        if old is None or (old.label, old.risk) == (row['label'], row['risk']):
            continue
        changed += 1
        shown = row | {'code': facts.code, 'name': facts.name, 'as_of': day}
        work.record(
            CustomerHealthChanged(
                id=facts.id, uid=facts.uid, object=shown, previous=msgspec.structs.asdict(old)
            ),
            actor,
        )
    return changed


def refit_health(day: dt.date, *, actor: Actor) -> bool:
    """Fit the chance of loss to what came of customers, once a week; whether it was fitted."""
    latest = database.values(LATEST)[0]
    if latest and (day - dt.date.fromisoformat(latest.decode())).days < DAYS:
        return False
    fitted = calibrate(read_orders(day), day)
    if fitted is None:
        return False
    with atomic() as work:
        named = {'day': day, 'at': work.at, 'k': fitted.k, 'count': fitted.count}
        database.run(FITTED, named | {'brier': round(fitted.brier, 4)})
    return True
