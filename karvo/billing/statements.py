"""A customer's account over a period (AR-9): opening, movements, closing, aging.

The balance is the customer's whole account: open invoices less what was paid or credited in
advance. What was voided within the period that it was made in never shows.
"""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.customers.reads import COLUMNS as PARTY_COLUMNS
from karvo.customers.reads import SOURCE as PARTIES
from karvo.customers.reads import WHERE as IS_CUSTOMER
from karvo.customers.schemas import Customer
from karvo.kit import clock, words
from karvo.kit.db import database
from karvo.kit.errors import Invalid
from karvo.kit.money import ZERO
from karvo.kit.words import Form
from karvo.settings.reads import SETTINGS_JSON, TODAY, today_params
from karvo.settings.schemas import Settings
from karvo.taxes.reads import registrations_json
from karvo.taxes.schemas import Registration

Kind = typing.Literal[
    'invoice',
    'credit_note',
    'payment',
    'write_off',
    'write_off_undone',
    'invoice_void',
    'credit_note_void',
    'payment_void',
    'refund',
    'refund_undone',
    'dispute',
    'dispute_undone',
]


class Movement(msgspec.Struct, kw_only=True):
    """What raised or lowered the account; `amount` signed, `balance` after it, in dollars."""

    date: dt.date
    type: Kind
    id: int
    number: str
    due_date: dt.date | None
    method: str | None
    reference: str | None
    amount: Decimal
    balance: Decimal = ZERO
    description: str = ''


class Ages(msgspec.Struct, kw_only=True):
    """Open invoices at the end of the period by days past due (AR-2), dollars."""

    current: Decimal
    days_30: Decimal
    days_60: Decimal
    days_90: Decimal
    days_90_plus: Decimal
    total: Decimal
    unapplied_credits: Decimal = ZERO
    net: Decimal = ZERO


class Statement(msgspec.Struct, kw_only=True, rename={'from_date': 'from', 'to_date': 'to'}):
    """closing_balance = opening_balance + charges − credits = aging.net."""

    customer_id: int
    customer_code: str
    customer_name: str
    currency: str
    from_date: dt.date
    to_date: dt.date
    opening_balance: Decimal
    movements: list[Movement]
    charges: Decimal
    credits: Decimal
    closing_balance: Decimal
    aging: Ages


class Account(msgspec.Struct, kw_only=True):
    """Whose statement, and who sends it."""

    customer: Customer
    settings: Settings
    registrations: list[Registration]
    today: dt.date


class Period(msgspec.Struct, frozen=True):
    """Both days included."""

    start: dt.date
    end: dt.date


class _Found(msgspec.Struct, kw_only=True):
    opening: Decimal
    movements: list[Movement]
    aging: Ages


ACCOUNT = f"""
SELECT json_build_object('customer', (SELECT row_to_json(c) FROM (
    SELECT {PARTY_COLUMNS} FROM {PARTIES} WHERE c.id = %(id)s AND {IS_CUSTOMER}) c),
  'settings', {SETTINGS_JSON}, 'today', t.today,
  'registrations', {registrations_json('t.today')})::text
FROM (SELECT {TODAY} AS today) t, @party p WHERE p.id = %(id)s AND p.is_customer
  AND p.deleted_at IS NULL"""

STATEMENT = """
WITH entries AS (
  SELECT d.type AS kind, d.id, d.number, d.date, d.due_date, d.voided_on, NULL AS method,
    d.po_reference AS reference, CASE d.type WHEN 'invoice' THEN d.total ELSE -d.total END AS amount
  FROM @document d WHERE d.party_id = %(id)s AND d.date <= %(end)s
    AND d.state IN ('posted', 'void', 'written_off')
  UNION ALL SELECT 'payment', p.id, p.number, p.date, NULL, p.voided_on, p.method, p.reference,
    -p.amount
  FROM @payment p WHERE p.party_id = %(id)s AND p.date <= %(end)s
  UNION ALL SELECT CASE WHEN r.amount > 0 THEN r.kind ELSE r.kind || '_undone' END, p.id, p.number,
    r.date, NULL, NULL, p.method, r.reference, r.amount
  FROM @refund r JOIN @payment p ON p.id = r.payment_id
  WHERE p.party_id = %(id)s AND r.date <= %(end)s
  UNION ALL SELECT CASE WHEN a.amount > 0 THEN 'write_off' ELSE 'write_off_undone' END, d.id,
    d.number, a.date, NULL, NULL, NULL, NULL, -a.amount
  FROM @allocation a JOIN @document d ON d.id = a.invoice_id
  WHERE d.party_id = %(id)s AND a.kind = 'write_off' AND a.date <= %(end)s),
standing AS (
  SELECT kind, id, number, date, due_date, voided_on, method, reference, amount
  FROM entries WHERE voided_on IS NULL OR voided_on > %(end)s
    OR (date < %(start)s AND voided_on >= %(start)s)),
moves AS (
  SELECT kind AS type, id, number, date, due_date, method, reference, amount, 1 AS place
  FROM standing WHERE date >= %(start)s
  UNION ALL SELECT kind || '_void', id, number, voided_on, NULL, method, reference, -amount, 2
  FROM standing WHERE voided_on <= %(end)s),
aged AS (
  SELECT %(end)s::date - d.due_date AS days, d.total - coalesce((SELECT sum(a.amount)
    FROM @allocation a WHERE a.invoice_id = d.id AND a.date <= %(end)s), 0) AS open
  FROM @document d WHERE d.party_id = %(id)s AND d.type = 'invoice' AND d.date <= %(end)s
    AND d.state IN ('posted', 'void', 'written_off')
    AND (d.voided_on IS NULL OR d.voided_on > %(end)s))
SELECT json_build_object(
  'opening', (SELECT coalesce(sum(amount), 0.00) FROM standing WHERE date < %(start)s),
  'movements', (SELECT coalesce(json_agg(row_to_json(m) ORDER BY m.date, m.place,
    m.amount < 0, m.type, m.id), '[]') FROM moves m),
  'aging', (SELECT row_to_json(x) FROM (
    SELECT coalesce(sum(open) FILTER (WHERE days <= 0), 0.00) AS current,
      coalesce(sum(open) FILTER (WHERE days BETWEEN 1 AND 30), 0.00) AS days_30,
      coalesce(sum(open) FILTER (WHERE days BETWEEN 31 AND 60), 0.00) AS days_60,
      coalesce(sum(open) FILTER (WHERE days BETWEEN 61 AND 90), 0.00) AS days_90,
      coalesce(sum(open) FILTER (WHERE days > 90), 0.00) AS days_90_plus,
      coalesce(sum(open), 0.00) AS total
    FROM aged WHERE open > 0) x))::text"""


def read_account(customer_id: int) -> Account | None:
    body = database.json(ACCOUNT, {'id': customer_id, **today_params()})
    return msgspec.json.decode(body, type=Account) if body else None


def period_of(start: dt.date | None, end: dt.date | None, today: dt.date) -> Period:
    """Until today, from the first of that month, unless said. Raises Invalid."""
    last = end or today
    first = start or last.replace(day=1)
    for name, date in (('to', last), ('from', first)):
        if not clock.is_business_date(date, today):
            why = f'must be from {clock.EARLIEST} to {clock.latest(today)}'
            raise Invalid(f'{name} {why}', fields={name: why})
    if first > last:
        raise Invalid('from must not be after to', fields={'from': 'must not be after to'})
    return Period(first, last)


def read_statement(account: Account, period: Period, form: Form) -> Statement:
    """The statement, in one SQL statement; descriptions in the form's first language."""
    customer = account.customer
    named = {'id': customer.id, 'start': period.start, 'end': period.end}
    found = msgspec.json.decode(database.json(STATEMENT, named) or b'', type=_Found)
    balance, charges, credits = found.opening, ZERO, ZERO
    for move in found.movements:
        balance += move.amount
        move.balance = balance
        move.description = words.word(form[:1], move.type)[0]
        if move.amount > 0:
            charges += move.amount
        else:
            credits -= move.amount
    found.aging.net, found.aging.unapplied_credits = balance, found.aging.total - balance
    return Statement(
        customer_id=customer.id,
        customer_code=customer.code,
        customer_name=customer.name,
        # AR-4: all amounts are the company's, whatever currency the customer prefers.
        currency=account.settings.currency,
        from_date=period.start,
        to_date=period.end,
        opening_balance=found.opening,
        movements=found.movements,
        charges=charges,
        credits=credits,
        closing_balance=balance,
        aging=found.aging,
    )
