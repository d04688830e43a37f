"""Keeping what was owed on a day (AR-1 to AR-3)."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.billing.reads import AMOUNTS, WHOLE, read_aging
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.work import Work, atomic
from karvo.receivables.schemas import AgingSnapshotTaken
from karvo.settings.reads import read_settings

_NAMES = ', '.join(AMOUNTS)
_TYPED = ', '.join(f'{name} numeric' for name in AMOUNTS)
TOTAL = f"""
INSERT INTO @ar_aging_total (day, currency, customers, {_NAMES}, invoice_count, taken_at)
SELECT %(day)s::date, %(currency)s, %(customers)s::int, {_NAMES}, invoice_count, %(at)s::timestamptz
FROM json_to_record(%(sums)s::json) AS x({_TYPED}, invoice_count int)
ON CONFLICT (day) DO NOTHING RETURNING id"""
ROWS = f"""
INSERT INTO @ar_aging_snapshot (day, party_id, {_NAMES}, oldest_due_date, invoice_count)
SELECT %(day)s::date, p.id, {', '.join(f'x.{name}' for name in AMOUNTS)}, x.oldest_due_date,
  x.invoice_count
FROM json_to_recordset(%(rows)s::json) AS x(customer_code text, {_TYPED}, oldest_due_date date,
  invoice_count int) JOIN @party p ON p.code = x.customer_code ORDER BY p.id"""


def take_snapshot(day: dt.date, *, actor: Actor) -> int | None:
    """What each customer owed as of the day; how many there are, None where it was taken before.

    All of it or nothing is kept, and what was kept once stands.
    """
    with atomic() as work:
        found = read_aging(day, 'due_date', None, False, WHOLE)
        named = {'day': day, 'at': work.at, 'customers': found.total}
        named |= {'currency': read_settings().currency, 'sums': found.summary.decode()}
        row = database.run(TOTAL, named).fetchone()
        if row is None:
            return None
        database.run(ROWS, {'day': day, 'rows': found.rows.decode()})
        _announce(row[0], day, found.summary, work, actor)
    return found.total


def _announce(total_id: int, day: dt.date, summary: bytes, work: Work, actor: Actor) -> None:
    sums = msgspec.json.decode(summary, type=dict[str, Decimal])
    shot = {'id': total_id, 'day': day} | {name: sums[name] for name in AMOUNTS}
    work.record(AgingSnapshotTaken(id=total_id, uid='', object=shot), actor)
