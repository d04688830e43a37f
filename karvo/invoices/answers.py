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
from karvo.kit.outbox import as_json
from karvo.kit.paging import Listing, PageOf, Slice, ready_page
from karvo.settings.reads import today_params


def _instant(column: str) -> str:
    """RFC 3339 in UTC, whatever zone the session has."""
    text = f"""to_char(d.{column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    return f'{text} AS {column}'


def _labels(language: str) -> str:
    """One constant to look a status up in: a CASE of its words is made ready at each execution."""
    return "'" + json.dumps({k: text[language] for k, text in STATUS_LABELS.items()}) + "'::jsonb"


def _columns(sign: str = '') -> str:
    """The members of InvoiceOut that every answer has; `sign` turns credit notes round (INV-12)."""
    return f"""d.id, d.uid, d.number AS invoice_no, d.party_id AS customer_id, d.customer_code,
  d.customer_name, d.date, d.due_date, s.status,
  CASE WHEN coalesce(nullif(%(language)s::text, ''), d.language) LIKE 'fr%%' THEN {_labels('fr')}
    ELSE {_labels('en')} END ->> s.status AS status_label,
  s.payment_status, d.payment_terms, d.currency, {sign}d.subtotal AS subtotal, d.discount_total,
  {sign}x.tps AS tps, {sign}x.tvq AS tvq, {sign}x.tvh AS tvh, {sign}x.tvp AS tvp, x.taxes,
  {sign}d.total AS total, CASE WHEN d.state IN ('draft', 'void') THEN 0.00
    ELSE d.total - d.balance END AS amount_paid, {sign}d.balance AS balance, d.tax_source,
  d.language, d.ship_to, d.po_reference, d.notes, d.metadata, d.source, d.salesperson,
  d.is_disputed AS disputed, d.promise_to_pay, {_instant('sent_at')},
  {_instant('posted_at')}, d.version,
  {_instant('created_at')}, {_instant('updated_at')}"""


# OFFSET 0: computed once for a row, not once for each time that its columns say s.status.
JOINS = f"""
  CROSS JOIN LATERAL (SELECT {STATUS} AS status, {PAYMENT_STATUS} AS payment_status OFFSET 0) s
  CROSS JOIN LATERAL (SELECT coalesce(sum(x.amount) FILTER (WHERE x.family = 'tps'), 0.00) AS tps,
    coalesce(sum(x.amount) FILTER (WHERE x.family = 'tvq'), 0.00) AS tvq,
    coalesce(sum(x.amount) FILTER (WHERE x.family = 'tvh'), 0.00) AS tvh,
    coalesce(sum(x.amount) FILTER (WHERE x.family = 'tvp'), 0.00) AS tvp,
    coalesce(json_agg(json_build_object('code', x.code, 'label', x.label_fr,
      'rate', trim_scale(x.rate * 100), 'base', x.base, 'amount', x.amount) ORDER BY x.position),
      '[]') AS taxes
    FROM @document_tax x WHERE x.document_id = d.id) x"""
LINES = """coalesce((SELECT json_agg(json_build_object('id', l.id, 'line_no', l.position,
    'product_id', l.product_id, 'sku', l.sku, 'description', l.description,
    'description_fr', l.description_fr, 'qty', l.qty, 'uom', l.uom, 'unit_price', l.unit_price,
    'discount_pct', l.discount_pct, 'line_total', l.line_total, 'tax_code', l.tax_code)
    ORDER BY l.position) FROM @document_line l WHERE l.document_id = d.id), '[]') AS lines"""
#: What is shipped, backordered and claimed of an invoice where nothing is.
NOTHING = (
    b"""{"shipment":null,"shipments":[],"fulfilment_status":"none","backorders":[],"""
    b""""claims":[]}"""
)
SIGN = "CASE d.type WHEN 'credit_note' THEN -1 ELSE 1 END * "


class Section(typing.NamedTuple):
    """Columns that hang on an invoice, and what has to be joined for them. Modules above invoices
    have more of them than this one knows: routes bring them along."""

    columns: str
    joins: str = ''


class Attached(typing.NamedTuple):
    """What hangs on an invoice: `own` is read with it, `rest` by a statement of its own and only
    where one of `tables` names the invoice (document_id). A statement costs what its parts cost to
    start, whether they find a row or not, and those of `rest` are more than a third of it.
    """

    own: Section
    rest: Section
    tables: tuple[str, ...]


@functools.cache
def _one(attached: Attached, with_deleted: bool) -> str:
    hidden = '' if with_deleted else 'AND d.deleted_at IS NULL'
    named = [f'EXISTS (SELECT 1 FROM @{t} k WHERE k.document_id = z.id)' for t in attached.tables]
    return f"""SELECT z.version, row_to_json(z)::text, ({' OR '.join(named)})::int FROM (
  SELECT {_columns()}, {LINES}, {attached.own.columns}
  FROM {SOURCE} {JOINS} {attached.own.joins}
  WHERE d.id = %(id)s AND d.type = 'invoice' {hidden}) z"""


@functools.cache
def _rest(attached: Attached) -> str:
    return f"""SELECT row_to_json(z)::text FROM (SELECT {attached.rest.columns}
  FROM (SELECT %(id)s::bigint AS id) d {attached.rest.joins}) z"""


# Rows that a statement is just writing are seen only through its own parts.
_NEW = (
    f"""(SELECT row_to_json(z)::text FROM (
  SELECT {_columns()}, {LINES}, '[]'::json AS payments, '[]'::json AS credits
  FROM {SOURCE} {JOINS}) z)""".replace('@document d', 'doc§ d')
    .replace('@document_line', 'lines§')
    .replace('@document_tax', 'taxes§')
)


def shown(language: str) -> Shown:
    """An invoice while it is created, as `invoice_answer` would show it afterwards."""
    return Shown(_NEW, {'language': language, **today_params()})


def created_answer(body: bytes, warnings: list[str]) -> Ready[InvoiceOut]:
    """A new invoice that was `shown`: nothing hangs on it yet."""
    return Ready(_with_warnings(_joined(body, NOTHING), warnings), {'ETag': '"1"'})


def _joined(one: bytes, other: bytes) -> bytes:
    """Two JSON objects as one."""
    return b'%b,%b' % (one[:-1], other[1:])


def _with_warnings(body: bytes, warnings: list[str] | None) -> bytes:
    return body[:-1] + f',"warnings":{as_json(warnings)}}}'.encode() if warnings else body


def invoice_answer(
    document_id: int,
    language: str,
    attached: Attached,
    warnings: list[str] | None = None,
    with_deleted: bool = False,
) -> Ready[InvoiceOut] | None:
    """One invoice with all that hangs on it (`attached`); None when there is none.

    What is shipped, backordered and claimed is as of its own statement, a moment later.
    """
    named = {'id': document_id, 'language': language, **today_params()}
    found = database.values(_one(attached, with_deleted), named)
    if len(found) == 1:
        return None
    version, body, has_more = typing.cast(tuple[bytes, bytes, bytes], found)
    rest = database.json(_rest(attached), {'id': document_id}) if has_more == b'1' else NOTHING
    whole = _joined(body, typing.cast(bytes, rest))
    return Ready(_with_warnings(whole, warnings), {'ETag': f'"{version.decode()}"'})


@functools.cache
def _listing(has_lines: bool, has_credits: bool, settled: Section | None) -> Listing:
    columns = [_columns(SIGN if has_credits else '')]
    columns += [LINES] * has_lines
    columns += [settled.columns] if settled else []
    return Listing(
        columns=', '.join(columns),
        source=SOURCE,
        joins=JOINS + (settled.joins if settled else ''),
        filters=FILTERS,
        orders=ORDERS,
        default=('date', 'desc'),
        tiebreak='d.id',
    )


def invoices_answer(
    filters: dict[str, typing.Any],
    page: PageOf,
    language: str,
    included: set[str],
    settled: Section,
) -> Ready[Page[InvoiceOut]]:
    """A page of the list; `included` of lines, payments, credits (G-12, INV-12)."""
    shown = settled if 'payments' in included else None
    listing = _listing('lines' in included, 'credits' in included, shown)
    return listing.answer({**filters, 'language': language, **today_params()}, page)


_FOUND = f"""
SELECT (SELECT count(*) FROM m), coalesce((
  SELECT json_agg(row_to_json(p)) FROM (
    SELECT {_columns()} FROM {SOURCE} {JOINS} JOIN (
      SELECT id, is_exact FROM m ORDER BY is_exact DESC NULLS LAST, date DESC, id DESC
      LIMIT %(limit)s OFFSET %(offset)s) k ON k.id = d.id
    ORDER BY k.is_exact DESC NULLS LAST, d.date DESC, d.id DESC) p), '[]')::text"""


def search_answer(q: str, folded: str, page: PageOf, language: str) -> Ready[Page[InvoiceOut]]:
    """Exact number first, then newest (INV-11). `folded` is q without accents."""
    prefix = q.replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_')
    at: Slice = page.slice
    named = {'q': folded, 'prefix': prefix, 'exact': q, 'limit': at.limit, 'offset': at.offset}
    matches = BY_TRIGRAM if len(q) >= 3 else BY_PREFIX
    return ready_page(
        database.values(matches + _FOUND, named | {'language': language} | today_params()), page
    )
