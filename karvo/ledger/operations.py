"""Posting and reversing. The one place that writes journal entries, so the one that checks them."""

import datetime as dt
import importlib.resources
import typing
import uuid
from decimal import Decimal

import msgspec

from karvo.kit import ids
from karvo.kit.db import database
from karvo.kit.errors import Conflict
from karvo.kit.last_statement import Part, Refusals
from karvo.kit.outbox import as_json
from karvo.kit.work import Work
from karvo.ledger.schemas import ZERO, NewEntry, Posting
from karvo.settings.schemas import Settings

# An account that is unknown or inactive leaves account_id NULL, which the table refuses.
POSTINGS = Part(
    'entry_lines§',
    """
  INSERT INTO @journal_line (entry_id, position, account_id, party_id, debit, credit, tax_code)
  SELECT e.id, x.position, (SELECT a.id FROM @account a WHERE a.code = x.code AND a.is_active),
    x.party_id, x.debit, x.credit, x.tax_code
  FROM made§ e, ROWS FROM (json_to_recordset(%(postings)s::json) AS (account text,
    party_id bigint, debit numeric, credit numeric, tax_code text)) WITH ORDINALITY
    AS x(code, party_id, debit, credit, tax_code, position) RETURNING 1""",
)
POST = """
entry§ AS (
  INSERT INTO @journal_entry (id, number, number_year, number_value, date, state, journal, memo,
    source_type, source_id, created_at)
  SELECT e.id, n.number, n.year, n.value, %(date)s::date, 'posted', %(journal)s, %(memo)s,
    %(source_type)s, §source_id§, %(at)s::timestamptz
  FROM made§ e, numbered n WHERE n.ord = %(ord)s::int)"""

REVERSE = """
WITH e AS (
  INSERT INTO @journal_entry (date, state, journal, memo, source_type, source_id, reversal_of_id,
    created_at)
  SELECT %(date)s, 'posted', o.journal, %(memo)s, o.source_type, o.source_id,
    o.id, %(at)s FROM @journal_entry o WHERE o.source_type = %(source_type)s
    AND o.source_id = %(source_id)s AND o.reversal_of_id IS NULL AND o.state = 'posted'
    RETURNING id, reversal_of_id),
s AS (UPDATE @journal_entry o SET state = 'reversed' FROM e
  WHERE o.id = e.reversal_of_id AND o.state = 'posted' RETURNING o.id),
l AS (
  INSERT INTO @journal_line (entry_id, position, account_id, party_id, debit, credit, tax_code)
  SELECT e.id, o.position, o.account_id, o.party_id, o.credit, o.debit, o.tax_code
  FROM e, s, @journal_line o WHERE o.entry_id = s.id RETURNING 1)
SELECT (SELECT id FROM e), (SELECT count(*) FROM l)"""

OPEN_CHART = """
INSERT INTO @account (uid, key, code, type, name_fr, name_en, is_control, is_active)
SELECT uid, key, code, type, name_fr, name_en, is_control, true
FROM unnest(%(uids)s::uuid[], %(keys)s::text[], %(codes)s::text[], %(types)s::text[],
  %(names_fr)s::text[], %(names_en)s::text[], %(controls)s::boolean[])
  AS a(uid, key, code, type, name_fr, name_en, is_control)
ON CONFLICT (code) DO NOTHING"""


def post_entry(entry: NewEntry, *, work: Work) -> None:
    """Post one balanced entry with the last statement of the unit of work.

    Lines of zero are left out; an entry with none left (a document of 0.00) is not posted.
    Raises Conflict when it does not balance (A-2); one that names an unknown or inactive account
    is refused when the unit is sealed.
    """
    postings = [p for p in entry.postings if p.debit != p.credit]
    if not postings:
        return
    check_balanced(postings)
    number = work.take_number('JE', entry.date.year)
    params = _params(entry, postings, work.at) | {'ord': number.ord}
    refusals: Refusals = {'account_id': _unknown}
    work.write(POST, params, first=(POSTINGS,), refusals=refusals, makes='journal_entry')


def _unknown() -> Conflict:
    return Conflict('an account of this entry is unknown or inactive')


def _params(entry: NewEntry, postings: list[Posting], at: dt.datetime) -> dict[str, typing.Any]:
    return {
        'date': entry.date,
        'journal': entry.journal,
        'memo': entry.memo,
        'source_type': entry.source[0],
        'source_id': entry.source[1],
        'at': at,
        'postings': as_json(postings),
    }


def check_balanced(postings: list[Posting]) -> None:
    """A-2; raises Conflict."""
    difference = sum((p.debit - p.credit for p in postings), Decimal(0))
    if difference or len(postings) < 2:
        raise Conflict(f'the entry does not balance: debits − credits = {difference}')


def reverse_source(source: tuple[str, int], date: dt.date, memo: str, *, work: Work) -> None:
    """Swap the sides of the entry that a record posted (A-4).

    A record of 0.00 has none; callers check by their own states that it is not reversed yet.
    """
    named = {'date': date, 'memo': memo}
    own = {'source_type': source[0], 'source_id': source[1], 'at': work.at}
    row = database.run(REVERSE, named | own).fetchone()
    if row is None or row[0] is None:
        return
    work.take_number('JE', date.year, 'journal_entry', row[0])


def side(account: str, amount: Decimal, **more: typing.Any) -> Posting:
    """A debit when positive, a credit when negative."""
    if amount >= 0:
        return Posting(account, amount, ZERO, **more)
    return Posting(account, ZERO, -amount, **more)


def lock_date(settings: Settings, kind: str) -> dt.date | None:
    """The latest lock that binds this kind (sales or purchase), or None (G-7)."""
    own = settings.sales_lock if kind == 'sales' else settings.purchase_lock
    locks = (own, settings.tax_lock, settings.all_lock, settings.hard_lock)
    return max((lock for lock in locks if lock), default=None)


def check_open(settings: Settings, date: dt.date, kind: str = 'sales') -> None:
    """Raises Conflict `period locked until …` (G-7)."""
    locked = lock_date(settings, kind)
    if locked and date <= locked:
        raise Conflict(f'period locked until {locked.isoformat()}', code='erp_period_locked')


def first_open_date(settings: Settings, date: dt.date, kind: str = 'sales') -> dt.date:
    """The date itself, or the day after the lock (automatic reversals, G-7)."""
    locked = lock_date(settings, kind)
    return locked + dt.timedelta(days=1) if locked and date <= locked else date


def open_chart() -> None:
    """The accounts of a new company; provisioning's only."""
    text = importlib.resources.files(__package__).joinpath('chart.json').read_bytes()
    rows = msgspec.json.decode(text, type=list[tuple[str, str, str, str, bool]])
    codes, types, names_fr, names_en, controls = zip(*rows, strict=True)
    uids: list[uuid.UUID] = [ids.uuid7() for _ in rows]
    database.run(
        OPEN_CHART,
        {
            'uids': uids,
            'keys': [ids.random_key() for _ in rows],
            'codes': list(codes),
            'types': list(types),
            'names_fr': list(names_fr),
            'names_en': list(names_en),
            'controls': list(controls),
        },
    )
