"""Invoices as se-erp/v2 shows them, written as JSON by PostgreSQL and passed on as they are.

The hot reads: get, list, search. One statement each (a second for an invoice of which something is
shipped, backordered or claimed), nothing decoded, nothing built in Python; that
is a third of the time. `wire.invoice_out` makes the same from the read struct, where a document is
at hand anyway; tests/invoices/test_answers.py holds the two together.
"""

import functools
import json
import typing

from karvo.invoices.operations.storage import Shown
from karvo.invoices.reads import (
    BY_PREFIX,
    BY_TRIGRAM,
    FILTERS,
    ORDERS,
    PAYMENT_STATUS,
    SOURCE,
    STATUS,
)
from karvo.invoices.wire import STATUS_LABELS, InvoiceOut
from karvo.kit.db import database
from karvo.kit.http import Page, Ready
from karvo.kit.json_text import Member, instant, json_array, json_object, quoted, raw, truth, value
from karvo.kit.outbox import as_json
from karvo.kit.paging import Listing, PageOf, Slice, ready_page
from karvo.settings.reads import TODAY, days_on_earth, today_params


def _said(language: str) -> str:
    """One constant to look a status up in: a CASE of its words is made ready at each execution. It
    says the label too, so that the status is worked out once for both.
    """
    said = {k: f'{k}","status_label":"{text[language]}' for k, text in STATUS_LABELS.items()}
    return f"'{json.dumps(said)}'::jsonb"


_SPOKEN = "coalesce(nullif(%(language)s::text, ''), d.language)"


def _status_and_label(is_asked: bool) -> Member:
    spoken = _SPOKEN if is_asked else 'd.language'
    said = f"""CASE WHEN {spoken} LIKE 'fr%%'
  THEN {_said('fr')} ELSE {_said('en')} END ->> {STATUS}"""
    return quoted('status', said)


_PAID = """CASE WHEN d.state IN ('draft', 'void') THEN 0.00 ELSE d.total - d.balance END"""
_SAME = ('subtotal', 'tps', 'tvq', 'tvh', 'tvp', 'total', 'balance')


def _members(sign: str = '', is_asked: bool = True) -> tuple[Member, ...]:
    """The members of InvoiceOut that every answer has; `sign` turns credit notes round (INV-12).
    `is_asked`: the request prefers a language; a parameter costs more than a column.
    """
    subtotal, tps, tvq, tvh, tvp, total, balance = (raw(n, f'{sign}d.{n}') for n in _SAME)
    return (
        raw('id', 'd.id'),
        quoted('uid', 'd.uid'),
        value('invoice_no', 'd.number'),
        raw('customer_id', 'd.party_id'),
        value('customer_code', 'd.customer_code'),
        value('customer_name', 'd.customer_name'),
        value('date', 'd.date'),
        value('due_date', 'd.due_date'),
        _status_and_label(is_asked),
        quoted('payment_status', PAYMENT_STATUS),
        value('payment_terms', 'd.payment_terms'),
        value('currency', 'd.currency'),
        subtotal,
        raw('discount_total', 'd.discount_total'),
        *(tps, tvq, tvh, tvp),
        raw('taxes', 'd.taxes'),
        total,
        raw('amount_paid', _PAID),
        balance,
        quoted('tax_source', 'd.tax_source'),
        quoted('language', 'd.language'),
        value('ship_to', 'd.ship_to'),
        value('po_reference', 'd.po_reference'),
        value('notes', 'd.notes'),
        raw('metadata', 'd.metadata'),
        value('source', 'd.source'),
        value('salesperson', 'd.salesperson'),
        truth('disputed', 'd.is_disputed'),
        value('promise_to_pay', 'd.promise_to_pay'),
        instant('sent_at', 'd.sent_at'),
        instant('posted_at', 'd.posted_at'),
        raw('version', 'd.version'),
        instant('created_at', 'd.created_at'),
        instant('updated_at', 'd.updated_at'),
    )


_LINE = json_object(
    (
        raw('id', 'l.id'),
        raw('line_no', 'l.position'),
        value('product_id', 'l.product_id'),
        value('sku', 'l.sku'),
        value('description', 'l.description'),
        value('description_fr', 'l.description_fr'),
        raw('qty', 'l.qty'),
        value('uom', 'l.uom'),
        raw('unit_price', 'l.unit_price'),
        raw('discount_pct', 'l.discount_pct'),
        raw('line_total', 'l.line_total'),
        value('tax_code', 'l.tax_code'),
    )
)
_IN_ORDER = f"""SELECT {_LINE} FROM @document_line l
  WHERE l.document_id = d.id ORDER BY l.position"""
# An array of few texts is less to make ready than an aggregate.
LINES = raw('lines', f"'[' || array_to_string(ARRAY({_IN_ORDER}), ',') || ']'")
_SETTLED = (raw('payments', 'd.payments'), raw('credits', 'd.credits'))
#: What is shipped, backordered and claimed of an invoice where nothing is.
NOTHING = (
    b"""{"shipment":null,"shipments":[],"fulfilment_status":"none","backorders":[],"""
    b""""claims":[]}"""
)
SIGN = "CASE d.type WHEN 'credit_note' THEN -1 ELSE 1 END * "


class Attached(typing.NamedTuple):
    """What hangs on an invoice, as the columns of a SELECT and what is joined for them. Modules
    above invoices have more of that than this one knows: routes bring it along.

    Read by a statement of its own, and only where the invoice's row says that something hangs on it
    (`has_attached`, karvo.invoices.operations.attached). A statement costs what its parts cost to
    start, whether they find a row or not: so does a look into each of the tables.
    """

    columns: str
    joins: str


def _one(with_deleted: bool, is_asked: bool, today: str, is_open: str) -> str:
    """What names its version, itself, and two digits: whether something hangs on it, and `is_open`,
    whether it depends on where the company is.
    """
    hidden = '' if with_deleted else 'AND d.deleted_at IS NULL'
    body = json_object((*_members('', is_asked), LINES, *_SETTLED))
    return f"""SELECT '"' || d.version || '"', {body},
    d.has_attached::int::text || ({is_open})::int
  FROM {SOURCE.replace(TODAY, today)} WHERE d.id = %(id)s AND d.type = 'invoice' {hidden}"""


@functools.lru_cache(maxsize=100)
def _anywhere(with_deleted: bool, is_asked: bool, first_day: str, last_day: str) -> str:
    """Only what is due these days is overdue in one zone and not in another. They are constants of
    a statement of their own, as is that no language is asked for: parameters cost more.
    """
    is_open = f'd.due_date >= {first_day} AND d.due_date < {last_day}'
    return _one(with_deleted, is_asked, first_day, is_open)


@functools.lru_cache(maxsize=100)
def _there(with_deleted: bool, is_asked: bool) -> str:
    return _one(with_deleted, is_asked, TODAY, 'false')


_HAS_MORE, _DEPENDS = b'10', (b'01', b'11')


@functools.cache
def _rest(attached: Attached) -> str:
    return f"""SELECT row_to_json(z)::text FROM (SELECT {attached.columns}
  FROM (SELECT %(id)s::bigint AS id) d {attached.joins}) z"""


# Rows that a statement is just writing are seen only through its own parts; nothing settled it yet.
_UNSETTLED = (raw('payments', "'[]'"), raw('credits', "'[]'"))
_NEW_BODY = json_object((*_members(), LINES, *_UNSETTLED))
_WHILE_WRITTEN = {'@document d': 'given§ d', '@document_line': 'lines§', TODAY: '%(today)s::date'}
_NEW = functools.reduce(
    lambda sql, pair: sql.replace(*pair),
    _WHILE_WRITTEN.items(),
    f'(SELECT {_NEW_BODY} FROM {SOURCE})',
)


def shown(language: str) -> Shown:
    """An invoice while it is created, as `invoice_answer` would show it afterwards."""
    return Shown(_NEW, {'language': language})


def created_answer(body: bytes, warnings: list[str]) -> Ready[InvoiceOut]:
    """A new invoice that was `shown`: nothing hangs on it yet."""
    return Ready(_with_warnings(_joined(body, NOTHING), warnings), {'ETag': '"1"'})


def _joined(one: bytes, other: bytes) -> bytes:
    """Two JSON objects as one."""
    return one[:-1] + b',' + other[1:]


def _with_warnings(body: bytes, warnings: list[str]) -> bytes:
    return body[:-1] + f',"warnings":{as_json(warnings)}}}'.encode() if warnings else body


def invoice_answer(
    document_id: int,
    language: str,
    attached: Attached,
    warnings: list[str] | None = None,
    with_deleted: bool = False,
) -> Ready[InvoiceOut] | None:
    """One invoice with all that hangs on it (`attached`); None when there is none.

    What is shipped, backordered and claimed is as of its own statement, a moment later. The
    company's day is looked up only where it matters: that is a tenth of the statement.
    """
    named = {'id': document_id, 'language': language}
    is_asked = language != ''
    sql = _anywhere(with_deleted, is_asked, *days_on_earth())
    found: typing.Any = database.values(sql, named)
    if found[-1] in _DEPENDS:
        found = database.values(_there(with_deleted, is_asked), {**named, **today_params()})
    if len(found) == 1:
        return None
    tag, body, more = found
    rest = database.json(_rest(attached), named) if more == _HAS_MORE else None
    whole = _joined(body, rest or NOTHING)
    if warnings:
        whole = _with_warnings(whole, warnings)
    return Ready(whole, {'ETag': tag.decode()})


class _Kind(typing.NamedTuple):
    """What a page shows of its invoices."""

    has_lines: bool
    has_credits: bool
    has_payments: bool
    is_asked: bool  #: in a certain language


@functools.cache
def _listing(kind: _Kind) -> Listing:
    members = [*_members(SIGN if kind.has_credits else '', kind.is_asked)]
    members += [*[LINES] * kind.has_lines, *_SETTLED * kind.has_payments]
    return Listing(
        members=tuple(members),
        source=SOURCE,
        filters=FILTERS,
        orders=ORDERS,
        default=('date', 'desc'),
        indexed=frozenset(['customer_code', 'customer_id', 'type', 'visible']),
        tiebreak='d.id',
    )


def invoices_answer(
    filters: dict[str, typing.Any],
    page: PageOf,
    language: str,
    included: set[str],
) -> Ready[Page[InvoiceOut]]:
    """A page of the list; `included` of lines, payments, credits (G-12, INV-12)."""
    kind = _Kind('lines' in included, 'credits' in included, 'payments' in included, language != '')
    named = {**filters, 'language': language, **today_params()}
    return _listing(kind).answer(named, page)


_ALL_FOUND = json_array("p.object, ','")
_FOUND = f"""
SELECT (SELECT count(*) FROM m), (SELECT {_ALL_FOUND} FROM (
    SELECT {json_object(_members())} AS object FROM {SOURCE} JOIN (
      SELECT id, is_exact FROM m ORDER BY is_exact DESC NULLS LAST, date DESC, id DESC
      LIMIT %(limit)s OFFSET %(offset)s) k ON k.id = d.id
    ORDER BY k.is_exact DESC NULLS LAST, d.date DESC, d.id DESC) p)"""


def search_answer(q: str, folded: str, page: PageOf, language: str) -> Ready[Page[InvoiceOut]]:
    """Exact number first, then newest (INV-11). `folded` is q without accents."""
    prefix = q.replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_')
    at: Slice = page.slice
    named = {'q': folded, 'prefix': prefix, 'exact': q, 'limit': at.limit, 'offset': at.offset}
    matches = BY_TRIGRAM if len(q) >= 3 else BY_PREFIX
    return ready_page(
        database.values(matches + _FOUND, named | {'language': language} | today_params()), page
    )
