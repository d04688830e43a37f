"""Levels, letters, overdue invoices and aging snapshots, each in one statement."""

import datetime as dt
import importlib.resources
import typing

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.receivables.schemas import DunningRead, Level, Overdue

LEAST = 10  #: dollars; for less nobody is written to (AR-7)
LEVELS = """
SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
  SELECT level, days, fee, sets_hold, is_collections, name_fr, name_en, text_fr, text_en
  FROM @dunning_level ORDER BY level) x"""


def read_levels() -> list[Level]:
    """The company's levels, by rising number and days; the defaults where it set none."""
    return _levels(database.json(LEVELS) or b'[]') or default_levels()


def default_levels() -> list[Level]:
    """AR-7: 5, 20, 45 and 75 days."""
    return _levels(importlib.resources.files(__package__).joinpath('levels.json').read_bytes())


_levels = msgspec.json.Decoder(list[Level], strict=False).decode

#: Whether an invoice may be asked for on the day (AR-7); a promise binds until its day is over.
MAY_ASK = f"""d.type = 'invoice' AND d.state = 'posted' AND d.balance >= {LEAST}
  AND d.deleted_at IS NULL AND NOT d.is_disputed AND d.due_date < %(day)s AND d.date <= %(day)s
  AND (d.promise_to_pay IS NULL OR d.promise_to_pay < %(day)s)"""
# A later due date makes it another debt: what was asked for the old one does not count.
_OVERDUE = f"""
  SELECT d.id, d.party_id, d.number, d.date, d.due_date, %(day)s::date - d.due_date AS days,
    coalesce((SELECT max(v.level) FROM unnest(%(levels)s::int[], %(days)s::int[]) v(level, days)
      WHERE v.days <= %(day)s::date - d.due_date), 0) AS level,
    coalesce((SELECT max(l.level) FROM @dunning_line l
      WHERE l.document_id = d.id AND l.due_date = d.due_date), 0) AS asked, d.total, d.balance
  FROM @document d JOIN @party p ON p.id = d.party_id
  WHERE {MAY_ASK} AND NOT p.dunning_excluded AND p.deleted_at IS NULL"""
PARTIES = f"""
SELECT o.party_id FROM ({_OVERDUE} AND d.party_id > %(after)s) o
WHERE o.level > o.asked AND NOT EXISTS (SELECT 1 FROM @dunning n
  WHERE n.party_id = o.party_id AND n.run_on = %(day)s)
GROUP BY o.party_id ORDER BY o.party_id LIMIT %(most)s"""
LINES = f"""
SELECT coalesce(json_agg(row_to_json(o) ORDER BY o.due_date, o.id), '[]')::text
FROM ({_OVERDUE} AND d.party_id = ANY(%(parties)s::bigint[])) o"""


def _named(day: dt.date, levels: list[Level]) -> dict[str, typing.Any]:
    named = {'day': day, 'levels': [one.level for one in levels]}
    return named | {'days': [one.days for one in levels]}


def parties_to_ask(day: dt.date, levels: list[Level], after: int, most: int) -> list[int]:
    """Customers after that id with an invoice that reached a level nobody asked at yet."""
    named = _named(day, levels) | {'after': after, 'most': most}
    return [row[0] for row in database.run(PARTIES, named).fetchall()]


def overdue_lines(
    day: dt.date, levels: list[Level], parties: list[int]
) -> dict[int, list[Overdue]]:
    """{customer: every invoice that may be asked for on the day, the oldest first}."""
    body = database.json(LINES, _named(day, levels) | {'parties': parties})
    found: dict[int, list[Overdue]] = {}
    for line in msgspec.json.decode(body or b'[]', type=list[Overdue]):
        found.setdefault(line.party_id, []).append(line)
    return found


OPEN_LINES = f"""
SELECT d.id, d.balance FROM @dunning_line l JOIN @document d ON d.id = l.document_id
WHERE l.dunning_id = %(id)s AND {MAY_ASK} ORDER BY d.id"""
# Settled: nothing is owed on any line.
SETTLED = """
SELECT n.id FROM @dunning n WHERE n.state IN ('draft', 'sent') AND {0} AND NOT EXISTS (
  SELECT 1 FROM @dunning_line l JOIN @document d ON d.id = l.document_id
  WHERE l.dunning_id = n.id AND d.state = 'posted' AND d.balance > 0) ORDER BY n.id"""
OF_INVOICE = """n.id IN (SELECT l.dunning_id FROM @dunning_line l
  WHERE l.document_id = %(document)s)"""


def settled_letters(document_id: int | None = None) -> list[int]:
    """Letters whose invoices are all settled; those about one invoice, or all."""
    if document_id is None:
        rows = database.run(SETTLED.format('true'), {}).fetchall()
    else:
        rows = database.run(SETTLED.format(OF_INVOICE), {'document': document_id}).fetchall()
    return [row[0] for row in rows]


LETTERS = Listing(
    columns="""n.id, n.uid, n.party_id AS customer_id, p.code AS customer_code,
      p.name AS customer_name, n.state AS status, n.level, n.name_fr AS level_name_fr,
      n.name_en AS level_name_en, n.run_on AS date, n.currency, n.total, n.fee, n.interest,
      n.total + n.fee + n.interest AS total_due,
      coalesce((SELECT json_agg(row_to_json(y)) FROM (SELECT l.document_id AS invoice_id,
        l.number AS invoice_no, l.date, l.due_date, l.days AS days_past_due, l.level, l.total,
        l.balance FROM @dunning_line l WHERE l.dunning_id = n.id
        ORDER BY l.due_date, l.document_id) y), '[]') AS lines,
      n.sent_at, n.sent_to, n.resolved_at, n.cancelled_at, n.reason, n.version, n.created_at,
      n.updated_at""",
    source='@dunning n',
    joins='JOIN @party p ON p.id = n.party_id',
    filters={
        'id': 'n.id = %(id)s',
        'status': 'n.state = ANY(%(status)s)',
        'level': 'n.level = %(level)s',
        'customer_code': """n.party_id = (SELECT p.id FROM @party p
          WHERE p.code = upper(%(customer_code)s))""",
        'invoice_no': """n.id IN (SELECT l.dunning_id FROM @dunning_line l
          WHERE l.document_id = (SELECT d.id FROM @document d
            WHERE d.type = 'invoice' AND upper(d.number) = upper(%(invoice_no)s)))""",
        'date_from': 'n.run_on >= %(date_from)s',
        'date_to': 'n.run_on <= %(date_to)s',
        'updated_since': 'n.updated_at >= %(updated_since)s',
    },
    orders={'date': 'n.run_on', 'level': 'n.level', 'total': 'n.total', 'created_at': 'n.id'},
    default=('date', 'desc'),
    tiebreak='n.id',
)


def read_letter(letter_id: int) -> DunningRead | None:
    rows, _ = LETTERS.read(DunningRead, {'id': letter_id}, Slice(limit=1))
    return rows[0] if rows else None


SNAPSHOTS = Listing(
    columns="""t.day, t.currency, t.customers, t.current, t.days_30, t.days_60, t.days_90,
      t.days_90_plus, t.total, t.disputed, t.unapplied_credits, t.net, t.invoice_count,
      t.taken_at""",
    source='@ar_aging_total t',
    filters={
        'from_date': 't.day >= %(from_date)s',
        'to_date': 't.day <= %(to_date)s',
        'updated_since': 't.taken_at >= %(updated_since)s',
    },
    orders={'day': 't.day'},
    default=('day', 'desc'),
    tiebreak='t.id',
)
