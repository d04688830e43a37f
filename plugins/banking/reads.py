"""Money in and out from whatever recorded it, and the accounts it is booked on.

The list is one statement over five tables. Each gives its first rows by its own index, at most as
many as the page reaches; only the rows of the page are read in full.
"""

import functools
import typing

import msgspec

from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import invalid
from karvo.kit.folded import holds
from karvo.kit.paging import Slice
from karvo.kit.text import like
from plugins.banking.models import CASH_CODES, CASH_TYPES, CATEGORY_TYPES
from plugins.banking.schemas import (
    SPACES,
    BankAccount,
    CategoryRead,
    Kind,
    Source,
    TransactionFilter,
    TransactionRead,
)

OF_PAYROLL: tuple[Source, ...] = ('payroll', 'remittance')
CURRENCY = "coalesce((SELECT value #>> '{}' FROM @setting WHERE key = 'currency'), 'CAD')"
#: The line of a record's entry on the side of the money: debited by what came in.
_MONEY = """@journal_entry e JOIN @journal_line l ON l.entry_id = e.id
  WHERE e.source_type = {entry} AND e.source_id = {own} AND e.reversal_of_id IS NULL
    AND (l.debit > 0) = ({income})"""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """One table of the list, `r`: what of it counts and what its columns are called there.

    `income` says whether a row is money that came in; `standing` gives the condition of each
    status. A filter of None is one that no row of this table passes.
    """

    table: str
    entry: str  #: source_type of its journal entries
    date: str = 'r.date'
    where: str = 'true'
    income: str = 'false'
    standing: dict[str, str] = msgspec.field(default_factory=lambda: {'posted': 'true'})
    customer: str | None = None
    category: str | None = None
    account: str = ''  #: a condition; that of the journal line where empty
    search: str
    columns: str  #: uid, number, status, amount, currency, party, texts, …

    def __hash__(self) -> int:
        return id(self)


ORIGINS: dict[Source, Origin] = {
    'transaction': Origin(
        table='@banking_transaction',
        entry='transaction',
        income="r.type = 'income'",
        standing={'posted': "r.state = 'posted'", 'reversed': "r.state = 'reversed'"},
        customer='r.party_id = %(customer_id)s',
        category='r.category_id = %(category_id)s',
        account='r.account_id = %(account_id)s',
        search="r.search_text LIKE '%%' || %(search)s || '%%'",
        columns="""r.uid, r.number, r.state, r.amount, r.currency, r.party_id, r.category_id,
          r.description, r.reference, r.reversed_on, r.created_at""",
    ),
    'payment': Origin(
        table='@payment',
        entry='payment',
        # An adjustment levels a debt: what is given up, or a difference of cents. No money moved.
        where="r.method <> 'adjustment'",
        income='true',
        standing={'posted': "r.state = 'posted'", 'reversed': "r.state = 'void'"},
        customer='r.party_id = %(customer_id)s',
        search=holds('r.number', 'r.reference', 'r.notes'),
        columns="""r.uid, r.number, CASE r.state WHEN 'void' THEN 'reversed' ELSE r.state END,
          r.amount, r.currency, r.party_id, NULL::bigint, r.notes, r.reference, r.voided_on,
          r.created_at""",
    ),
    'refund': Origin(
        table='@refund',
        entry='refund',
        # A negative one undoes an earlier one: the money came back.
        income='r.amount < 0',
        customer="""r.payment_id IN (SELECT p.id FROM @payment p
          WHERE p.party_id = %(customer_id)s)""",
        search=f"""({holds('r.reference')} OR r.payment_id IN (SELECT p.id
          FROM @payment p WHERE {holds('p.number', 'p.reference', 'p.notes')}))""",
        columns="""r.uid, w.number, 'posted', abs(r.amount), w.currency, w.party_id,
          NULL::bigint, r.kind, coalesce(r.reference, w.reference), NULL::date, r.created_at""",
    ),
    'payroll': Origin(
        table='@pay_run',
        entry='pay_run_payment',
        date='r.paid_on',
        where="r.status = 'paid' AND (r.totals ->> 'net')::numeric > 0",
        search=holds('r.number', 'r.notes'),
        columns=f"""r.uid, r.number, 'posted', (r.totals ->> 'net')::numeric, {CURRENCY},
          NULL::bigint, NULL::bigint, r.notes, NULL::text, NULL::date, r.created_at""",
    ),
    'remittance': Origin(
        table='@remittance_payment',
        entry='remittance',
        where='r.amount > 0',
        search=holds('r.code', 'r.reference'),
        columns=f"""r.uid, NULL::text, 'posted', r.amount, {CURRENCY}, NULL::bigint,
          NULL::bigint, r.code, r.reference, NULL::date, r.created_at""",
    ),
}
#: What the columns of an origin need besides its table.
JOINS: dict[Source, str] = {'refund': ' JOIN @payment w ON w.id = r.payment_id'}
NAMES = """uid, number, status, amount, currency, party_id, category_id, description, reference,
  reversed_on, created_at, is_income, account_id"""


class _Shape(typing.NamedTuple):
    """What the text of a statement depends on."""

    filters: frozenset[str]
    type: Kind | None
    status: str | None
    sources: tuple[Source, ...]
    direction: str


def list_transactions(
    wanted: TransactionFilter, part: Slice, *, actor: Actor
) -> tuple[list[TransactionRead], int]:
    """(rows, total) of all sources, the latest date first, within a day the highest id.

    Those that count (`posted`) unless `status` asks for what was taken back; what payroll paid only
    for who may see payroll. Raises Invalid for an order other than by date.
    """
    if part.orderby not in ('', 'date'):
        raise invalid(orderby='must be one of date')
    given = {n: v for n, v in msgspec.structs.asdict(wanted).items() if v is not None}
    if wanted.search:
        given['search'] = like(wanted.search)
    sources = tuple(s for s in _seen_by(actor) if wanted.source is None or s in wanted.source)
    status = wanted.status or 'posted'
    shape = _Shape(_used(given), wanted.type, status, sources, part.order or 'desc')
    return _read(shape, given | {'limit': part.limit, 'offset': part.offset})


def _seen_by(actor: Actor) -> list[Source]:
    may_see_wages = actor.may('payroll:read')
    return [source for source in SPACES if may_see_wages or source not in OF_PAYROLL]


def read_transaction(transaction_id: int, *, actor: Actor) -> TransactionRead | None:
    """By its id in the list, whatever recorded it; reversed ones too."""
    source, own = source_of(transaction_id)
    if source not in _seen_by(actor):
        return None
    shape = _Shape(frozenset({'own'}), None, None, (source,), 'desc')
    rows, _ = _read(shape, {'own': own, 'limit': 1, 'offset': 0})
    return rows[0] if rows else None


def source_of(transaction_id: int) -> tuple[Source, int]:
    """What recorded it, and its own id there."""
    for source, space in reversed(SPACES.items()):
        if transaction_id > space:
            return source, transaction_id - space
    return 'transaction', transaction_id


FILTERS = {'account_id', 'category_id', 'customer_id', 'date_from', 'date_to', 'search'}


def _used(given: dict[str, typing.Any]) -> frozenset[str]:
    return frozenset(FILTERS & given.keys())


def _read(shape: _Shape, params: dict[str, typing.Any]) -> tuple[list[TransactionRead], int]:
    sql = _statement(shape)
    if not sql:
        return [], 0
    params['reach'] = params['limit'] + params['offset']
    total, data = database.values(sql, params)
    return msgspec.json.decode(data or b'[]', type=list[TransactionRead]), int(total or 0)


@functools.lru_cache(maxsize=500)
def _statement(shape: _Shape) -> str:
    """'' where no source can have a row."""
    found = {source: _conditions(ORIGINS[source], shape) for source in shape.sources}
    sources = {source: text for source, text in found.items() if text}
    if not sources:
        return ''
    order = f'date {shape.direction}, id {shape.direction}'
    firsts = ' UNION ALL '.join(_firsts(s, text, order) for s, text in sources.items())
    totals = ' + '.join(_total(s, text) for s, text in sources.items())
    details = ' UNION ALL '.join(_details(source) for source in sources)
    return f"""
WITH page AS MATERIALIZED (SELECT f.source, f.own, f.id, f.date FROM ({firsts}) f ORDER BY {order}
  LIMIT %(limit)s OFFSET %(offset)s)
SELECT {totals}, coalesce((SELECT json_agg(row_to_json(x)) FROM (
  SELECT p.id, p.source, p.own AS source_id, d.uid, d.number,
    CASE WHEN d.is_income THEN 'income' ELSE 'expense' END AS type, d.status, p.date, d.amount,
    d.currency, d.account_id, a.code AS account_code, a.name_en AS account_name, d.category_id,
    k.code AS category_code, k.name_en AS category_name, d.description, d.reference,
    d.party_id AS customer_id, c.name AS customer_name, d.reversed_on, d.created_at
  FROM page p CROSS JOIN LATERAL ({details}) d ({NAMES})
  LEFT JOIN @account a ON a.id = d.account_id LEFT JOIN @account k ON k.id = d.category_id
  LEFT JOIN @party c ON c.id = d.party_id ORDER BY p.date {shape.direction},
    p.id {shape.direction}) x), '[]')::text"""


def _conditions(origin: Origin, shape: _Shape) -> str:
    """What a row of this table must be; '' where none can."""
    parts: list[str | None] = [origin.where]
    if shape.status:
        parts.append(origin.standing.get(shape.status))
    if shape.type:
        parts.append(_of_type(origin.income, shape.type))
    parts += [_filter(origin, name) for name in sorted(shape.filters)]
    if any(part is None for part in parts):
        return ''
    return ' AND '.join(part for part in parts if part and part != 'true') or 'true'


def _of_type(income: str, kind: Kind) -> str | None:
    """Whether it came in is a constant for most tables: those of the other kind are left out."""
    if income in ('true', 'false'):
        return 'true' if (income == 'true') == (kind == 'income') else None
    return income if kind == 'income' else f'NOT ({income})'


def _filter(origin: Origin, name: str) -> str | None:
    money = _MONEY.format(entry=f"'{origin.entry}'", own='r.id', income=origin.income)
    by_journal = f'EXISTS (SELECT 1 FROM {money} AND l.account_id = %(account_id)s)'
    known: dict[str, str | None] = {
        'own': 'r.id = %(own)s',
        'account_id': origin.account or by_journal,
        'category_id': origin.category,
        'customer_id': origin.customer,
        'date_from': f'{origin.date} >= %(date_from)s',
        'date_to': f'{origin.date} <= %(date_to)s',
        'search': origin.search,
    }
    return known[name]


def _firsts(source: Source, conditions: str, order: str) -> str:
    origin = ORIGINS[source]
    ordered = order.replace('date ', f'{origin.date} ').replace(' id ', ' r.id ')
    return f"""(SELECT '{source}' AS source, r.id AS own, r.id + {SPACES[source]}::bigint AS id,
  {origin.date} AS date FROM {origin.table} r WHERE {conditions}
  ORDER BY {ordered} LIMIT %(reach)s)"""


def _total(source: Source, conditions: str) -> str:
    return f'(SELECT count(*) FROM {ORIGINS[source].table} r WHERE {conditions})'


def _details(source: Source) -> str:
    origin = ORIGINS[source]
    own = f"p.source = '{source}' AND r.id = p.own"
    money = _MONEY.format(entry=f"'{origin.entry}'", own='r.id', income=origin.income)
    table = f'{origin.table} r{JOINS.get(source, "")}'
    return f"""SELECT {origin.columns}, {origin.income},
  (SELECT l.account_id FROM {money} ORDER BY l.position LIMIT 1) FROM {table} WHERE {own}"""


ACCOUNTS = """
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.code), '[]')::text FROM (
  SELECT a.id, a.code, a.name_fr, a.name_en, a.is_active,
    (SELECT coalesce(sum(l.debit - l.credit), 0.00) FROM @journal_line l
      WHERE l.account_id = a.id) AS balance
  FROM @account a WHERE a.type = ANY(%(types)s) OR a.code = ANY(%(codes)s)) x"""
CATEGORIES = """
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.code), '[]')::text FROM (
  SELECT a.id, a.code, a.name_fr, a.name_en, CASE WHEN a.type = ANY(%(income)s) THEN 'income'
    ELSE 'expense' END AS type, a.is_active
  FROM @account a WHERE a.type = ANY(%(types)s)) x"""


def read_accounts() -> list[BankAccount]:
    """Bank and cash accounts of the chart, by code."""
    named = {'types': list(CASH_TYPES), 'codes': list(CASH_CODES)}
    return msgspec.json.decode(database.json(ACCOUNTS, named) or b'[]', type=list[BankAccount])


def read_categories(kind: Kind | None = None) -> list[CategoryRead]:
    """Income and expense accounts of the chart, by code; those of one kind if asked."""
    types = [t for k in CATEGORY_TYPES if kind in (None, k) for t in CATEGORY_TYPES[k]]
    named = {'types': types, 'income': list(CATEGORY_TYPES['income'])}
    return msgspec.json.decode(database.json(CATEGORIES, named) or b'[]', type=list[CategoryRead])
