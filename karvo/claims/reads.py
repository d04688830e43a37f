"""Claims, and what they are measured by: what was invoiced, shipped, claimed and paid before."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.claims.models import PENDING
from karvo.claims.schemas import ClaimedInvoice, ClaimRead
from karvo.kit import clock
from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.settings.reads import business_date
from karvo.settings.schemas import Settings

_REPLACEMENT = '(SELECT s.id FROM @shipment s WHERE s.claim_id = c.id)'
_OVERDUE = f"""(c.status IN {PENDING} AND c.due_at < %(today_start)s::timestamptz)"""

CLAIMS = Listing(
    columns=f"""c.id, c.uid, c.number AS claim_no, c.party_id AS customer_id,
      p.code AS customer_code, p.name AS customer_name, c.document_id AS invoice_id,
      d.number AS invoice_no, c.shipment_id, c.type, c.description,
      coalesce((SELECT json_agg(row_to_json(y)) FROM (SELECT l.id, l.position AS line_no,
        l.product_id, l.sku, l.description, l.qty, l.amount FROM @claim_line l
        WHERE l.claim_id = c.id ORDER BY l.position) y), '[]') AS lines,
      c.amount_claimed, c.amount_approved, c.priority, c.status, c.resolution, c.resolution_note,
      c.assigned_to, c.photos, c.carrier_claim_no, c.credit_note_id, n.number AS credit_no,
      c.refunded, {_REPLACEMENT} AS replacement_shipment_id, NULL::bigint AS return_id,
      c.opened_at, c.due_at, {_OVERDUE} AS overdue, c.resolved_at, c.closed_on, c.version,
      c.created_at, c.updated_at""",
    source='@claim c',
    joins="""JOIN @party p ON p.id = c.party_id LEFT JOIN @document d ON d.id = c.document_id
      LEFT JOIN @document n ON n.id = c.credit_note_id""",
    filters={
        'id': 'c.id = %(id)s',
        'status': 'c.status = ANY(%(status)s)',
        'type': 'c.type = ANY(%(type)s)',
        'customer_code': """c.party_id = (SELECT p.id FROM @party p
          WHERE p.code = upper(%(customer_code)s))""",
        'invoice_no': """c.document_id = (SELECT d.id FROM @document d
          WHERE d.type = 'invoice' AND upper(d.number) = upper(%(invoice_no)s))""",
        'assigned_to': 'c.assigned_to = %(assigned_to)s',
        'overdue': f'{_OVERDUE} = %(overdue)s',
        'date_from': 'c.opened_at >= %(date_from)s::timestamptz',
        'date_to': 'c.opened_at < %(date_to)s::timestamptz',
        'search': "upper(c.number) LIKE upper(%(search)s) || '%%'",
        'updated_since': 'c.updated_at >= %(updated_since)s',
    },
    orders={
        'created_at': 'c.id',
        'due_at': 'c.due_at',
        'status': 'c.status',
        'amount_claimed': 'c.amount_claimed',
    },
    default=('created_at', 'desc'),
    tiebreak='c.id',
)


#: The claims about an invoice, as a column beside `@document d` (INV-8).
OF_INVOICE = """coalesce((SELECT json_agg(json_build_object('id', c.id, 'claim_no', c.number,
    'type', c.type, 'status', c.status, 'amount_claimed', c.amount_claimed,
    'resolution', c.resolution) ORDER BY c.id)
  FROM @claim c WHERE c.document_id = d.id), '[]') AS claims"""


def day_start(day: dt.date, settings: Settings) -> dt.datetime:
    """When a day begins in the company's time zone."""
    return dt.datetime.combine(day, dt.time(), clock.zone(settings.timezone))


def today_start(settings: Settings) -> dt.datetime:
    """When the business day began: a claim is overdue when it was due before."""
    return day_start(business_date(settings), settings)


def read_claim(claim_id: int, settings: Settings) -> ClaimRead | None:
    filters = {'id': claim_id, 'today_start': today_start(settings)}
    rows, _ = CLAIMS.read(ClaimRead, filters, Slice(limit=1))
    return rows[0] if rows else None


# Quantities of one SKU that stands on several lines are taken together.
INVOICE = """
SELECT json_build_object('id', d.id, 'number', d.number, 'subtotal', d.subtotal, 'total', d.total,
  'credited', (SELECT coalesce(sum(n.total), 0.00) FROM @document n
    WHERE n.original_id = d.id AND n.type = 'credit_note' AND n.state = 'posted'),
  'lines', coalesce((SELECT json_agg(row_to_json(y)) FROM (
    SELECT min(l.product_id) AS product_id, min(l.sku) AS sku, min(l.description) AS description,
      sum(l.qty) AS qty, sum(l.line_total) AS net FROM @document_line l
    WHERE l.document_id = d.id AND l.sku IS NOT NULL GROUP BY upper(l.sku)
    ORDER BY min(l.position)) y), '[]'))::text
FROM @document d WHERE d.id = %(id)s"""


def claimed_invoice(document_id: int) -> ClaimedInvoice:
    """The invoice and its lines by SKU."""
    body = database.json(INVOICE, {'id': document_id})
    return msgspec.json.decode(body or b'', type=ClaimedInvoice)


# What cannot be shipped was handed over with the invoice; all of it, where nobody ships by KARVO.
SHIPPED = """
WITH gone AS (
  SELECT upper(l.sku) AS sku, l.qty, s.state FROM @shipment_line l
  JOIN @shipment s ON s.id = l.shipment_id
  WHERE l.document_id = %(id)s AND s.claim_id IS NULL AND s.state <> 'cancelled')
SELECT x.sku, sum(x.qty) FROM (
  SELECT sku, qty FROM gone WHERE state IN ('shipped', 'delivered', 'returned')
  UNION ALL SELECT upper(l.sku), l.qty FROM @document_line l
  WHERE l.document_id = %(id)s AND l.sku IS NOT NULL
    AND (l.kind <> 'product' OR NOT EXISTS (SELECT FROM gone))) x GROUP BY 1"""


def shipped_quantities(document_id: int) -> dict[str, Decimal]:
    """{SKU in capitals: how much of an invoice went out} (CLM-1)."""
    return dict(database.run(SHIPPED, {'id': document_id}).fetchall())


# Claims are the topmost of those that hang on a document.
UNMARKED = """
SELECT d.id, d.number FROM @document d WHERE NOT d.has_attached AND d.id IN (
  SELECT document_id FROM @shipment_line UNION SELECT document_id FROM @backorder
  UNION SELECT document_id FROM @claim) ORDER BY d.id"""


def unmarked_documents() -> list[tuple[int, str | None]]:
    """(id, number) of documents that would not show their shipments, backorders or claims."""
    return list(database.run(UNMARKED, {}).fetchall())


# A claim that was turned down takes nothing away from the next one.
CLAIMED = """
SELECT upper(l.sku), sum(l.qty) FROM @claim c JOIN @claim_line l ON l.claim_id = c.id
WHERE c.document_id = %(id)s AND c.id <> %(own)s
  AND (c.resolved_at IS NOT NULL OR c.status NOT IN ('rejected', 'closed')) GROUP BY 1"""


def claimed_quantities(document_id: int, own_id: int) -> dict[str, Decimal]:
    """{SKU in capitals: how much other claims on the invoice ask for}."""
    return dict(database.run(CLAIMED, {'id': document_id, 'own': own_id}).fetchall())


PAID = """
SELECT a.payment_id, sum(a.amount) FROM @allocation a
WHERE a.invoice_id = %(id)s AND a.payment_id IS NOT NULL
GROUP BY a.payment_id HAVING sum(a.amount) > 0 ORDER BY a.payment_id DESC"""


def paid_parts(document_id: int) -> list[tuple[int, Decimal]]:
    """(payment, what it gave to the invoice), the latest first."""
    return typing.cast(
        list[tuple[int, Decimal]], database.run(PAID, {'id': document_id}).fetchall()
    )
