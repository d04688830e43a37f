"""Payments, what settled an invoice, and aging, each in one statement."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.billing.schemas import AgingRow, Payment
from karvo.invoices.reads import STATUS
from karvo.kit import clock
from karvo.kit.db import database
from karvo.kit.folded import holds
from karvo.kit.outbox import as_json
from karvo.kit.paging import Listing, Slice
from karvo.settings.reads import SETTINGS_JSON, TODAY, business_date, today_params
from karvo.settings.schemas import Settings

PAYMENT_LIST = Listing(
    columns=f"""p.id, p.uid, p.key, p.number AS payment_no, p.state AS status,
      p.party_id AS customer_id, c.code AS customer_code, c.name AS customer_name, p.date,
      p.amount, p.unallocated, p.currency, p.method, p.reference, p.notes, p.external_id,
      p.metadata, p.version, p.created_at, p.updated_at,
      (SELECT coalesce(sum(r.amount), 0.00) FROM @refund r WHERE r.payment_id = p.id) AS refunded,
      coalesce((SELECT json_agg(row_to_json(y)) FROM (
        SELECT d.id AS invoice_id, d.key AS invoice_key, d.number AS invoice_no, s.amount,
          d.balance, {STATUS} AS status
        FROM (SELECT a.invoice_id, sum(a.amount) AS amount FROM @allocation a
          WHERE a.payment_id = p.id GROUP BY a.invoice_id HAVING sum(a.amount) <> 0) s
        JOIN @document d ON d.id = s.invoice_id ORDER BY d.id) y), '[]') AS allocations""",
    source='@payment p',
    joins=f"""JOIN @party c ON c.id = p.party_id
      CROSS JOIN (SELECT {TODAY} AS today) t""",
    filters={
        'id': 'p.id = %(id)s',
        'customer_code': """p.party_id = (SELECT c.id FROM @party c
          WHERE c.code = upper(%(customer_code)s))""",
        'status': 'p.state = ANY(%(status)s)',
        'method': 'p.method = ANY(%(method)s)',
        'date_from': 'p.date >= %(date_from)s',
        'date_to': 'p.date <= %(date_to)s',
        'invoice_no': """EXISTS (SELECT 1 FROM @allocation a JOIN @document d ON d.id = a.invoice_id
          WHERE a.payment_id = p.id AND upper(d.number) = upper(%(invoice_no)s))""",
        'invoice_id': """EXISTS (SELECT 1 FROM @allocation a
          WHERE a.payment_id = p.id AND a.invoice_id = ANY(%(invoice_id)s))""",
        'search': holds('p.number', 'p.reference', 'p.notes'),
        'updated_since': 'p.updated_at >= %(updated_since)s',
    },
    orders={'date': 'p.date', 'amount': 'p.amount', 'created_at': 'p.id'},
    default=('date', 'desc'),
    tiebreak='p.id',
)


def list_payments(filters: dict[str, typing.Any], part: Slice) -> tuple[list[Payment], int]:
    """(rows, total), one statement; the filters are those of PAYMENT_LIST, `search` by `like`."""
    return PAYMENT_LIST.read(Payment, {**filters, **today_params()}, part)


def read_payment(payment_id: int) -> Payment | None:
    rows, _ = list_payments({'id': payment_id}, Slice(limit=1))
    return rows[0] if rows else None


# AR-1: what was open on the date = what is open now + what was taken since. So a report on a date
# after which nothing happened (today's) reads one index of open invoices, and one on another date
# adds what happened after it. Sums are made per customer and bucket first, names joined last
# (measured: a fifth of the time).
#: Whether something happened after the date that was to be undone. By the ends of four indexes:
#: EXISTS would read the whole tables where nothing did.
IS_PAST = """coalesce(greatest(
  (SELECT max(date) FROM @allocation), (SELECT max(date) FROM @refund),
  (SELECT max(voided_on) FROM @document), (SELECT max(voided_on) FROM @payment)
) > %(as_of)s, false)"""
LATER = """
later AS MATERIALIZED (
  SELECT a.invoice_id, a.payment_id, a.credit_note_id, a.amount FROM @allocation a
  WHERE a.date > %(as_of)s),
by_invoice AS (SELECT invoice_id AS id, sum(amount) AS amount FROM later GROUP BY invoice_id),
by_payment AS (
  SELECT id, sum(amount) AS amount FROM (
    SELECT payment_id AS id, amount FROM later
    UNION ALL SELECT payment_id, amount FROM @refund WHERE date > %(as_of)s) x GROUP BY id),
by_credit AS (
  SELECT credit_note_id AS id, sum(amount) AS amount FROM later GROUP BY credit_note_id),"""
#: Documents of one type that are open now.
OPEN_NOW = """
  SELECT {columns}, d.balance AS open FROM @document d
    WHERE d.type = '{type}' AND d.state = 'posted' AND d.balance > 0 AND d.date <= %(as_of)s"""
#: Those that were open on a date after which something was taken of them, or they were voided.
OPEN_THEN = """
  SELECT {columns}, d.balance + coalesce(k.amount, 0) AS open
    FROM @document d LEFT JOIN {later} k ON k.id = d.id
    WHERE d.type = '{type}' AND d.state = 'posted' AND d.balance > 0 AND d.date <= %(as_of)s
  UNION ALL SELECT {columns}, k.amount FROM {later} k JOIN @document d ON d.id = k.id
    WHERE d.balance = 0 AND d.state IN ('posted', 'written_off') AND d.date <= %(as_of)s
  UNION ALL SELECT {columns}, d.total - coalesce((SELECT sum(a.amount) FROM @allocation a
      WHERE a.{own} = d.id AND a.date <= %(as_of)s), 0)
    FROM @document d
    WHERE d.voided_on > %(as_of)s AND d.type = '{type}' AND d.date <= %(as_of)s"""
UNAPPLIED_NOW = """
  SELECT p.party_id, p.unallocated AS open FROM @payment p
    WHERE p.unallocated > 0 AND p.date <= %(as_of)s"""
UNAPPLIED_THEN = """
  SELECT p.party_id, p.unallocated + coalesce(k.amount, 0) AS open
    FROM @payment p LEFT JOIN by_payment k ON k.id = p.id
    WHERE p.unallocated > 0 AND p.date <= %(as_of)s
  UNION ALL SELECT p.party_id, k.amount FROM by_payment k JOIN @payment p ON p.id = k.id
    WHERE p.unallocated = 0 AND p.state = 'posted' AND p.date <= %(as_of)s
  UNION ALL SELECT p.party_id, p.amount - coalesce((SELECT sum(a.amount) FROM @allocation a
      WHERE a.payment_id = p.id AND a.date <= %(as_of)s), 0)
    FROM @payment p WHERE p.voided_on > %(as_of)s AND p.date <= %(as_of)s
  UNION ALL SELECT party_id, -open FROM open WHERE open < 0"""
# OFFSET 0: names by the customers' index, however many customers there are.
AGING = """WITH {later}
owed AS (SELECT y.*, {total} AS total FROM ({bucketed}) y WHERE {is_asked}),
credits AS (
  SELECT party_id, sum(open) AS amount FROM ({unapplied} UNION ALL {credits}) x
  GROUP BY party_id HAVING sum(open) <> 0),
r AS (
  SELECT c.id, c.code AS customer_code, c.name AS customer_name,
    coalesce(o.current, 0.00) AS current, coalesce(o.days_30, 0.00) AS days_30,
    coalesce(o.days_60, 0.00) AS days_60, coalesce(o.days_90, 0.00) AS days_90,
    coalesce(o.days_90_plus, 0.00) AS days_90_plus, coalesce(o.total, 0.00) AS total,
    coalesce(o.disputed, 0.00) AS disputed, coalesce(k.amount, 0.00) AS unapplied_credits,
    coalesce(o.total, 0.00) - coalesce(k.amount, 0.00) AS net, o.oldest_due_date,
    coalesce(o.invoice_count, 0) AS invoice_count
  FROM owed o FULL JOIN credits k ON k.party_id = o.party_id
  CROSS JOIN LATERAL (SELECT c.id, c.code, c.name FROM @party c
    WHERE c.id = coalesce(o.party_id, k.party_id) OFFSET 0) c
  WHERE %(customer_code)s::text IS NULL OR c.code = upper(%(customer_code)s))
SELECT (SELECT count(*) FROM r), coalesce((SELECT json_agg(row_to_json(p)) FROM (
    SELECT {columns} FROM r ORDER BY r.customer_name, r.id
    LIMIT %(limit)s OFFSET %(offset)s) p), '[]')::text, {settings}::text,
  (SELECT row_to_json(s)::text FROM (SELECT {sums},
    coalesce(sum(invoice_count), 0) AS invoice_count FROM r) s), {is_past}"""
BUCKETS = ('current', 'days_30', 'days_60', 'days_90', 'days_90_plus')
# In the order of the index: ten thousand rows pass through no hash (a quarter of the time).
BUCKETED = """
  SELECT party_id, sum(open) FILTER (WHERE {base} >= %(as_of)s) AS current,
    sum(open) FILTER (WHERE {base} < %(as_of)s AND {base} >= %(before_30)s) AS days_30,
    sum(open) FILTER (WHERE {base} < %(before_30)s AND {base} >= %(before_60)s) AS days_60,
    sum(open) FILTER (WHERE {base} < %(before_60)s AND {base} >= %(before_90)s) AS days_90,
    sum(open) FILTER (WHERE {base} < %(before_90)s) AS days_90_plus,
    sum(open) FILTER (WHERE is_disputed) AS disputed, min(due_date) AS oldest_due_date,
    count(*) AS invoice_count
  FROM ({open}) x WHERE open > 0 GROUP BY party_id"""
TOTAL = ' + '.join(f'coalesce({name}, 0.00)' for name in BUCKETS)
AMOUNTS = (*BUCKETS, 'total', 'disputed', 'unapplied_credits', 'net')
ROW = ', '.join(['r.customer_code', 'r.customer_name', *(f'r.{name}' for name in AMOUNTS)])
ROW += ', r.oldest_due_date, r.invoice_count'
DOCUMENTS = """coalesce((SELECT json_agg(json_build_object('invoice_id', n.id,
    'invoice_no', n.number, 'date', n.date, 'due_date', n.due_date, 'total', n.total,
    'open', w.open, 'days_past_due', %(as_of)s::date - n.{column}) ORDER BY n.due_date, n.id)
  FROM open w JOIN @document n ON n.id = w.id WHERE w.party_id = r.id AND w.open > 0), '[]')
  AS documents"""
BASES = {'due_date': 'due_date', 'invoice_date': 'date'}


def _aging_sql(column: str, has_detail: bool, is_past: bool) -> str:
    """`is_past`: of a date after which something happened; what is not of one finds out whether it
    should have been, before it reads any document."""
    columns = 'd.id, d.party_id, d.due_date, d.date, d.is_disputed'
    invoices = {'columns': columns, 'type': 'invoice', 'later': 'by_invoice', 'own': 'invoice_id'}
    credit = {'columns': 'd.party_id', 'type': 'credit_note', 'later': 'by_credit'}
    credit['own'] = 'credit_note_id'
    found = OPEN_THEN if is_past else OPEN_NOW
    open = found.format(**invoices)
    # One by one: for DOCUMENTS, and for what was overpaid then, since a payment was voided later.
    each = f'open AS ({open}),' if has_detail or is_past else ''
    return AGING.format(
        later=(LATER if is_past else f'past AS MATERIALIZED (SELECT {IS_PAST} AS is_past),') + each,
        bucketed=BUCKETED.format(base=column, open='TABLE open' if is_past else open),
        total=TOTAL,
        is_asked='true' if is_past else 'NOT (SELECT is_past FROM past)',
        unapplied=UNAPPLIED_THEN if is_past else UNAPPLIED_NOW,
        credits=found.format(**credit),
        settings=SETTINGS_JSON,
        columns=f'{ROW}, {DOCUMENTS.format(column=column)}' if has_detail else ROW,
        sums=', '.join(f'coalesce(sum({name}), 0.00) AS {name}' for name in AMOUNTS),
        is_past='0' if is_past else '(SELECT is_past::int FROM past)',
    )


_AGING = {
    (basis, has_detail, is_past): _aging_sql(column, has_detail, is_past)
    for basis, column in BASES.items()
    for has_detail in (False, True)
    for is_past in (False, True)
}


USUAL = Settings()


class AgingAnswer(typing.NamedTuple):
    """Rows of the page and the sums over all, as JSON; `total` counts the customers."""

    as_of: dt.date
    settings: Settings
    total: int
    rows: bytes
    summary: bytes


def read_aging(
    as_of: dt.date | None, basis: str, customer_code: str | None, detail: bool, part: Slice
) -> AgingAnswer:
    """A row for each customer with something open on the date (None: today), by name (BIL-1).

    One statement; two where something happened after that date.
    """
    named: dict[str, typing.Any] = {'customer_code': customer_code}
    named |= {'limit': part.limit, 'offset': part.offset}
    # Which day it is for the company, its settings say, and those come with the report; so it is
    # asked for the day that it most likely is, and once more where it was not.
    found = _aging(as_of or clock.today(USUAL.timezone), basis, detail, named)
    today = business_date(found.settings)
    return found if found.as_of == (as_of or today) else _aging(today, basis, detail, named)


def _aging(
    as_of: dt.date, basis: str, has_detail: bool, named: dict[str, typing.Any]
) -> AgingAnswer:
    days = {f'before_{days}': _before(as_of, days) for days in (30, 60, 90)}
    named = {**named, **days, 'as_of': as_of}
    *found, is_past = database.values(_AGING[basis, has_detail, False], named)
    if is_past == b'1':
        *found, _ = database.values(_AGING[basis, has_detail, True], named)
    total, rows, settings, summary = found
    known = msgspec.json.decode(settings or b'{}', type=Settings)
    return AgingAnswer(as_of, known, int(total or 0), rows or b'[]', summary or b'{}')


def _before(date: dt.date, days: int) -> dt.date:
    """So many days before, or the first day of all."""
    return dt.date.fromordinal(max(1, date.toordinal() - days))


def read_outstanding(as_of: dt.date) -> Decimal:
    """What all customers owed on their invoices on the date; credits not applied are not taken off.

    AR-1: what was paid later was still owed.
    """
    found = read_aging(as_of, 'due_date', None, False, Slice(limit=0))
    return msgspec.json.decode(found.summary, type=dict[str, Decimal])['total']


def netted(row: AgingRow) -> AgingRow:
    """Unapplied credits taken off the oldest bucket first (AR-3)."""
    left = row.unapplied_credits
    values: dict[str, typing.Any] = {}
    for bucket in reversed(BUCKETS):
        amount: Decimal = getattr(row, bucket)
        taken = min(left, amount)
        values[bucket], left = amount - taken, left - taken
    total = sum(values.values(), Decimal(0))
    return msgspec.structs.replace(row, **values, total=total, unapplied_credits=left)


WHOLE = Slice(limit=1_000_000)  #: netting needs every customer, its sums are over all


def netted_aging(found: AgingAnswer, part: Slice) -> AgingAnswer:
    """The report of `WHOLE` with credits taken off, cut to a page."""
    rows = [netted(row) for row in msgspec.json.decode(found.rows, type=list[AgingRow])]
    sums: dict[str, typing.Any] = {
        n: sum((getattr(row, n) for row in rows), Decimal('0.00')) for n in AMOUNTS
    }
    sums['invoice_count'] = sum(row.invoice_count for row in rows)
    shown = rows[part.offset : part.offset + part.limit]
    return found._replace(
        total=len(rows), rows=as_json(shown).encode(), summary=as_json(sums).encode()
    )


SUBLEDGER = """
SELECT
  (SELECT coalesce(sum(d.balance), 0.00) FROM @document d
    WHERE d.type = 'invoice' AND d.state = 'posted')
  - (SELECT coalesce(sum(d.balance), 0.00) FROM @document d
    WHERE d.type = 'credit_note' AND d.state = 'posted')
  - (SELECT coalesce(sum(p.unallocated), 0.00) FROM @payment p WHERE p.state = 'posted')"""

WRONG_BALANCES = """
SELECT d.id, d.number, d.balance, d.total - coalesce(a.amount, 0) FROM @document d
LEFT JOIN (SELECT coalesce(invoice_id, 0) AS id, sum(amount) AS amount FROM @allocation
  GROUP BY invoice_id) a ON a.id = d.id
WHERE d.type = 'invoice' AND d.state IN ('posted', 'written_off')
  AND d.balance <> d.total - coalesce(a.amount, 0)"""

#: What invoices took by their allocations, beside what their rows say that they took.
WRONG_SETTLED = """
WITH taken AS (
  SELECT a.invoice_id AS id,
    jsonb_agg(jsonb_build_object('payment_id', p.id, 'payment_no', p.number, 'date', p.date,
      'method', p.method, 'reference', p.reference, 'amount', a.amount) ORDER BY p.id)
      FILTER (WHERE p.id IS NOT NULL) AS payments,
    jsonb_agg(jsonb_build_object('credit_id', n.id, 'credit_no', n.number, 'date', n.date,
      'amount', a.amount) ORDER BY n.id) FILTER (WHERE n.id IS NOT NULL) AS credits
  FROM (SELECT invoice_id, payment_id, credit_note_id, sum(amount) AS amount FROM @allocation
    GROUP BY invoice_id, payment_id, credit_note_id HAVING sum(amount) <> 0) a
  LEFT JOIN @payment p ON p.id = a.payment_id
  LEFT JOIN @document n ON n.id = a.credit_note_id GROUP BY a.invoice_id)
SELECT d.id, d.number FROM @document d LEFT JOIN taken t ON t.id = d.id
WHERE (d.payments::jsonb, d.credits::jsonb)
  IS DISTINCT FROM (coalesce(t.payments, '[]'), coalesce(t.credits, '[]')) ORDER BY d.id"""

WRONG_UNALLOCATED = """
SELECT p.id, p.number, p.unallocated, p.amount - coalesce(a.amount, 0) - coalesce(r.amount, 0)
FROM @payment p
LEFT JOIN (SELECT coalesce(payment_id, 0) AS id, sum(amount) AS amount FROM @allocation
  GROUP BY payment_id) a ON a.id = p.id
LEFT JOIN (SELECT payment_id AS id, sum(amount) AS amount FROM @refund
  GROUP BY payment_id) r ON r.id = p.id
WHERE p.state = 'posted'
  AND p.unallocated <> p.amount - coalesce(a.amount, 0) - coalesce(r.amount, 0)"""


def open_receivables() -> Decimal:
    """A-3: open invoices less open credit notes less unallocated payments."""
    row = database.run(SUBLEDGER).fetchone()
    return row[0] if row else Decimal(0)


def wrong_balances() -> list[tuple[int, str, Decimal, Decimal]]:
    """(id, number, stored, computed) of invoices whose balance is not total less allocations."""
    return database.run(WRONG_BALANCES).fetchall()


def wrong_settled() -> list[tuple[int, str | None]]:
    """(id, number) of documents that do not show the payments and credits that they took."""
    return list(database.run(WRONG_SETTLED, {}).fetchall())


def wrong_unallocated() -> list[tuple[int, str, Decimal, Decimal]]:
    """(id, number, stored, computed) of payments whose open part is not what is left of them."""
    return database.run(WRONG_UNALLOCATED).fetchall()
