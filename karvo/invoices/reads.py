"""Invoices and credit notes as read structs, each read in one statement."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.invoices.schemas import Invoice, LineRead, PrintedDocument
from karvo.invoices.settled import SETTLED
from karvo.invoices.taxed import TAXES
from karvo.kit.db import database
from karvo.kit.paging import Listing
from karvo.settings.reads import SETTINGS_JSON, TODAY, today_params
from karvo.taxes.reads import registrations_json

STATUS = """(CASE WHEN d.state <> 'posted' THEN d.state WHEN d.balance <= 0 THEN 'paid'
  WHEN d.due_date < t.today THEN 'overdue' WHEN d.balance < d.total THEN 'partial'
  ELSE 'unpaid' END)"""

PAYMENT_STATUS = """(CASE WHEN d.state = 'written_off' THEN 'written_off'
  WHEN d.state <> 'posted' THEN 'not_paid' WHEN d.balance <= 0 THEN 'paid'
  WHEN d.balance < d.total THEN 'partial' ELSE 'not_paid' END)"""

COLUMNS = f"""d.id, d.uid, d.key, d.type, d.state, {STATUS} AS status,
  {PAYMENT_STATUS} AS payment_status, d.number, d.party_id, d.customer_code, d.customer_name,
  d.date, d.due_date, d.payment_terms, d.currency, d.subtotal, d.discount_total, d.tax_total,
  d.tps, d.tvq, d.tvh, d.tvp, d.total, d.balance, d.tax_source, d.language, d.ship_to,
  d.supply_province, d.po_reference, d.notes, d.metadata, d.source, d.reason, d.original_id,
  (SELECT o.number FROM @document o WHERE o.id = d.original_id) AS original_number,
  d.is_disputed, d.promise_to_pay, d.salesperson, d.sent_at, d.posted_at, d.version,
  d.created_at, d.updated_at, d.deleted_at,
  (SELECT coalesce(json_agg(json_build_object('code', x.code, 'family', x.family,
    'label', x.label_fr, 'rate', x.rate, 'base', x.base, 'amount', x.amount)), '[]')
    FROM {TAXES}) AS taxes"""

LINE_COLUMNS = """l.id, l.position AS line_no, l.product_id, l.sku, l.description,
  l.description_fr, l.kind, l.qty, l.uom, l.unit_price, l.discount_pct, l.line_total, l.tax_code,
  l.pst_exempt, l.account, l.tax_rate"""

#: Sections that a statement may add to a document, as scalar subqueries.
LINES = f"""coalesce((SELECT json_agg(row_to_json(y)) FROM (SELECT {LINE_COLUMNS}
  FROM @document_line l WHERE l.document_id = d.id ORDER BY l.position) y), '[]') AS lines"""

SOURCE = f'@document d CROSS JOIN (SELECT {TODAY} AS today) t'

FILTERS = {
    'id': 'd.id = %(id)s',
    'customer_code': """d.party_id = (SELECT c.id FROM @party c
      WHERE c.code = upper(%(customer_code)s))""",
    'customer_id': 'd.party_id = %(customer_id)s',
    'status': f'{STATUS} = ANY(%(status)s)',
    'date_from': 'd.date >= %(date_from)s',
    'date_to': 'd.date <= %(date_to)s',
    'due_from': 'd.due_date >= %(due_from)s',
    'due_to': 'd.due_date <= %(due_to)s',
    'min_total': 'd.total >= %(min_total)s',
    'max_total': 'd.total <= %(max_total)s',
    'sku': """EXISTS (SELECT 1 FROM @document_line l
      WHERE l.document_id = d.id AND upper(l.sku) = upper(%(sku)s))""",
    'po_reference': 'd.po_reference = %(po_reference)s',
    'source': 'd.source = %(source)s',
    'original_no': """d.original_id IN (SELECT o.id FROM @document o
      WHERE o.type = 'invoice' AND upper(o.number) = upper(%(original_no)s))""",
    'search': "d.search_text LIKE '%%' || %(search)s || '%%'",
    'updated_since': 'd.updated_at >= %(updated_since)s',
    'type': 'd.type = %(type)s',
    'types': 'd.type = ANY(%(types)s)',
    # Of lines that are on a shipment whose goods have left (INV-10).
    'shipped': """(d.id IN (SELECT l.document_id FROM @shipment_line l
      JOIN @shipment s ON s.id = l.shipment_id WHERE l.document_id IS NOT NULL
      AND s.state IN ('shipped', 'delivered', 'returned'))) = %(shipped)s""",
    'visible': 'd.deleted_at IS NULL',  # used when not None; no parameter, for the index's sake
}

ORDERS = {
    'date': 'd.date',
    'due_date': 'd.due_date',
    'invoice_no': 'upper(d.number)',
    'total': 'd.total',
    'balance': 'd.balance',
    'customer_code': 'd.customer_code',
    'created_at': 'd.id',  # given in the order of making
    'updated_at': 'd.updated_at',
}


def document_listing(*sections: str, filters: dict[str, str] | None = None) -> Listing:
    """A list of documents with these sections added to each row."""
    return Listing(
        columns=', '.join((COLUMNS, *sections)),
        source=SOURCE,
        filters=FILTERS | (filters or {}),
        orders=ORDERS,
        default=('date', 'desc'),
        tiebreak='d.id',
    )


def detail_sql(*sections: str) -> str:
    """One document by its id, with sections."""
    return f"""SELECT row_to_json(z)::text FROM (SELECT {', '.join((COLUMNS, *sections))}
      FROM {SOURCE} WHERE d.id = %(id)s AND d.type = %(type)s
        AND (d.deleted_at IS NULL OR %(with_deleted)s)) z"""


DETAIL = detail_sql(LINES)


def read_document(
    document_id: int, type: str = 'invoice', sql: str = DETAIL, with_deleted: bool = False
) -> Invoice | None:
    named = {'id': document_id, 'type': type, 'with_deleted': with_deleted, **today_params()}
    body = database.json(sql, named)
    return msgspec.json.decode(body, type=Invoice) if body else None


#: What paper says beyond the document itself.
PRINTED = f"""d.customer, {SETTINGS_JSON} AS settings,
  {registrations_json('d.date')} AS registrations,
  (SELECT coalesce(json_agg(json_build_object('regime', x.regime, 'label_fr', x.label_fr,
    'label_en', x.label_en, 'amount', x.amount, 'registration_number', x.registration_number)),
    '[]') FROM {TAXES}) AS printed_taxes,
  (SELECT json_build_object('name_fr', m.name_fr, 'name_en', m.name_en)
    FROM @payment_term m WHERE m.code = d.payment_terms) AS term,
  (SELECT p.language_choice_recorded_at IS NOT NULL FROM @party p
    WHERE p.id = d.party_id) AS has_choice"""
PRINTED_DETAIL = detail_sql(LINES, PRINTED, SETTLED)


def read_printed(document_id: int, type: str) -> PrintedDocument | None:
    """One document with its lines and all that its paper says."""
    named = {'id': document_id, 'type': type, 'with_deleted': False, **today_params()}
    body = database.json(PRINTED_DETAIL, named)
    return msgspec.json.decode(body, type=PrintedDocument) if body else None


DOCUMENT_LINES = Listing(
    columns=LINE_COLUMNS,
    source='@document_line l',
    filters={'document_id': 'l.document_id = %(document_id)s'},
    orders={'line_no': 'l.position'},
    default=('line_no', 'asc'),
    tiebreak='l.id',
)

# A search is fenced: the planner must not walk the primary key backwards for a rare word.
MATCHES = """
WITH m AS MATERIALIZED (
  SELECT d.id, d.date, (upper(d.number) = upper(%(exact)s)) AS is_exact FROM @document d
  WHERE d.type = 'invoice' AND d.deleted_at IS NULL AND <match>)"""
BY_TRIGRAM = MATCHES.replace('<match>', "d.search_text LIKE '%%' || %(q)s || '%%'")
BY_PREFIX = MATCHES.replace(
    '<match>',
    """(upper(d.number) LIKE upper(%(prefix)s) || '%%'
      OR d.customer_code LIKE upper(%(prefix)s) || '%%')""",
)


#: What a customer owes; lateral to `@party c`, with %(today)s and %(year_start)s.
PARTY_BALANCES = """
  SELECT coalesce(sum(d.balance) FILTER (WHERE d.type = 'invoice'), 0.00) AS balance,
    coalesce(sum(d.balance) FILTER (WHERE d.type = 'invoice' AND d.due_date < %(today)s), 0.00)
      AS overdue_balance,
    coalesce(sum(d.balance) FILTER (WHERE d.type = 'credit_note'), 0.00) + coalesce((
      SELECT sum(y.unallocated) FROM @payment y
      WHERE y.party_id = c.id AND y.state = 'posted'), 0.00) AS unapplied_credits,
    max(d.date) FILTER (WHERE d.type = 'invoice') AS last_invoice_date,
    coalesce(sum(CASE d.type WHEN 'invoice' THEN d.subtotal ELSE -d.subtotal END)
      FILTER (WHERE d.date >= %(year_start)s), 0.00) AS ytd_revenue
  FROM @document d WHERE d.party_id = c.id AND d.state IN ('posted', 'written_off')"""

#: The open invoices of `@party c`, from the index of what is open.
OWED = """SELECT w.balance FROM @document w
  WHERE w.type = 'invoice' AND w.party_id = c.id AND w.balance > 0 AND w.state = 'posted'"""


class PartyStanding(msgspec.Struct, kw_only=True):
    """What a customer owes and has left with us, dollars; None: he was never sold anything."""

    balance: Decimal
    unapplied_credits: Decimal
    last_invoice_date: dt.date | None


STANDING = f"""
SELECT row_to_json(b)::text FROM @party c CROSS JOIN LATERAL ({PARTY_BALANCES}) b
WHERE c.id = %(id)s AND c.is_customer AND c.deleted_at IS NULL"""


def party_standing(customer_id: int, today: dt.date) -> PartyStanding | None:
    """None for a customer that there is not, or no longer."""
    named = {'id': customer_id, 'today': today, 'year_start': today.replace(month=1, day=1)}
    body = database.json(STANDING, named)
    return msgspec.json.decode(body, type=PartyStanding) if body else None


class ProductSales(msgspec.Struct, kw_only=True):
    """What was sold of a product, net of credits; revenue in dollars before tax."""

    qty: Decimal
    revenue: Decimal
    documents: int


PRODUCT_SALES = """
SELECT row_to_json(s)::text FROM (
  SELECT coalesce(sum(CASE d.type WHEN 'invoice' THEN l.qty ELSE -l.qty END), 0.00) AS qty,
    coalesce(sum(CASE d.type WHEN 'invoice' THEN l.line_total ELSE -l.line_total END), 0.00)
      AS revenue, count(DISTINCT d.id) AS documents
  FROM @document_line l JOIN @document d ON d.id = l.document_id
  WHERE l.product_id = %(id)s AND d.state IN ('posted', 'written_off')
    AND d.date > %(since)s) s"""


def product_sales(product_id: int, today: dt.date) -> ProductSales:
    """The last twelve months."""
    since = today - dt.timedelta(days=365)
    body = database.json(PRODUCT_SALES, {'id': product_id, 'since': since})
    return msgspec.json.decode(body or b'', type=ProductSales)


def read_lines(document_id: int) -> list[LineRead]:
    """All lines of a document, in order."""
    sql = f"""SELECT coalesce(json_agg(row_to_json(y)), '[]')::text FROM (SELECT {LINE_COLUMNS}
      FROM @document_line l WHERE l.document_id = %(id)s ORDER BY l.position) y"""
    body = database.json(sql, {'id': document_id})
    return msgspec.json.decode(body or b'[]', type=list[LineRead])
