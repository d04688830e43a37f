"""Backorders as read, and what of an invoice is not on its way yet."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.settings.reads import TODAY, today_params

#: Reservations lie at one warehouse; its code where none was asked for.
HELD = """(SELECT sum(r.qty) AS qty, min(r.warehouse_id) AS warehouse_id FROM @reservation r
  WHERE r.source_type = 'backorder' AND r.source_id = b.id)"""

BACKORDERS = Listing(
    columns="""b.id, b.uid, b.number AS backorder_no, b.party_id AS customer_id,
      c.code AS customer_code, c.name AS customer_name, b.sku, b.product_id, b.description, b.qty,
      b.qty_fulfilled, b.qty - b.qty_fulfilled AS qty_remaining, coalesce(h.qty, 0) AS
      qty_allocated, b.document_id AS invoice_id, d.number AS invoice_no, b.shipment_id,
      w.code AS warehouse, b.state AS status, b.priority, b.expected_date, b.requested_date,
      b.reason, b.po_number, b.notes, b.cancelled_reason, b.credit_id AS credit_note_id,
      (b.state IN ('open', 'allocated') AND coalesce(b.expected_date < t.today, false)) AS overdue,
      b.version, b.created_at, b.updated_at""",
    source='@backorder b',
    joins=f"""JOIN @party c ON c.id = b.party_id LEFT JOIN @document d ON d.id = b.document_id
      LEFT JOIN LATERAL {HELD} h ON true
      LEFT JOIN @warehouse w ON w.id = coalesce(b.warehouse_id, h.warehouse_id)
      CROSS JOIN (SELECT {TODAY} AS today) t""",
    filters={
        'id': 'b.id = %(id)s',
        'status': 'b.state = ANY(%(status)s)',
        'customer_code': """b.party_id = (SELECT c.id FROM @party c
          WHERE c.code = upper(%(customer_code)s))""",
        'customer_id': 'b.party_id = %(customer_id)s',
        'product_id': 'b.product_id = %(product_id)s',
        'invoice_no': """b.document_id IN (SELECT d.id FROM @document d
          WHERE d.type = 'invoice' AND upper(d.number) = upper(%(invoice_no)s))""",
        'warehouse': """b.warehouse_id = (SELECT w.id FROM @warehouse w
          WHERE w.code = %(warehouse)s)""",
        'overdue': f"""(b.state IN ('open', 'allocated') AND coalesce(b.expected_date < {TODAY},
          false)) = %(overdue)s""",
        'date_from': 'b.expected_date >= %(date_from)s',
        'date_to': 'b.expected_date <= %(date_to)s',
        'search': """upper(b.number || ' ' || b.sku || ' ' || coalesce(b.po_number, ''))
          LIKE '%%' || upper(%(search)s) || '%%'""",
        'updated_since': 'b.updated_at >= %(updated_since)s',
    },
    orders={
        'created_at': 'b.id',
        'expected_date': 'b.expected_date',
        'requested_date': 'b.requested_date',
        'priority': 'b.priority',
        'backorder_no': 'b.number',
    },
    default=('created_at', 'desc'),
    tiebreak='b.id',
    nullable=frozenset({'expected_date'}),
)


class BackorderRead(msgspec.Struct, kw_only=True):
    """A backorder as read; `qty_allocated` of what remains is reserved."""

    id: int
    uid: str
    backorder_no: str
    customer_id: int
    customer_code: str
    customer_name: str
    sku: str
    product_id: int | None
    description: str
    qty: Decimal
    qty_fulfilled: Decimal
    qty_remaining: Decimal
    qty_allocated: Decimal
    invoice_id: int | None
    invoice_no: str | None
    shipment_id: int | None
    warehouse: str | None
    status: str
    priority: int
    expected_date: dt.date | None
    requested_date: dt.date
    reason: str | None
    po_number: str | None
    notes: str | None
    cancelled_reason: str | None
    credit_note_id: int | None
    overdue: bool
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


def read_backorder(backorder_id: int) -> BackorderRead | None:
    """One of them."""
    rows, _ = BACKORDERS.read(BackorderRead, {'id': backorder_id, **today_params()}, Slice(limit=1))
    return rows[0] if rows else None


def has_open_backorders(party_id: int) -> bool:
    """Whether a customer waits for something."""
    sql = """SELECT 1 FROM @backorder b WHERE b.party_id = %(id)s
      AND b.state IN ('open', 'allocated') LIMIT 1"""
    return database.run(sql, {'id': party_id}).fetchone() is not None


class UnshippedLine(msgspec.Struct, kw_only=True):
    """A line of an invoice that holds goods. `left`: neither on its way nor on backorder.

    `id` is None for the one lump of an invoice without lines (SHP-1).
    """

    id: int | None
    line_no: int
    product_id: int | None
    sku: str | None
    description: str
    description_fr: str
    uom: str
    qty: Decimal
    shipped: Decimal
    backordered: Decimal
    credited: Decimal  #: of backorders that were cancelled
    is_service: bool

    @property
    def left(self) -> Decimal:
        """May be below zero where the invoice was shipped otherwise."""
        return self.qty - self.shipped - self.backordered - self.credited


# Voided shipments give their quantities back; a credited backorder does not.
UNSHIPPED = """
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.line_no), '[]')::text FROM (
  SELECT l.id, l.position AS line_no, l.product_id, l.sku, l.description, l.description_fr, l.uom,
    l.qty, coalesce((SELECT sum(k.qty) FROM @shipment_line k JOIN @shipment s
      ON s.id = k.shipment_id WHERE k.document_id = %(id)s AND k.document_line_id = l.id
      AND s.state <> 'cancelled'), 0) AS shipped,
    coalesce((SELECT sum(b.qty - b.qty_fulfilled) FROM @backorder b
      WHERE b.document_id = %(id)s AND b.document_line_id = l.id
      AND b.state IN ('open', 'allocated')), 0) AS backordered,
    coalesce((SELECT sum(b.qty - b.qty_fulfilled) FROM @backorder b
      WHERE b.document_id = %(id)s AND b.document_line_id = l.id
      AND b.credit_id IS NOT NULL), 0) AS credited,
    coalesce(p.type = 'service', false) AS is_service
  FROM @document_line l LEFT JOIN @product p ON p.id = l.product_id
  WHERE l.document_id = %(id)s AND l.sku IS NOT NULL
  UNION ALL
  SELECT NULL, 1, NULL, NULL, 'Goods', 'Marchandises', 'unit', 1,
    coalesce((SELECT sum(k.qty) FROM @shipment_line k JOIN @shipment s ON s.id = k.shipment_id
      WHERE k.document_id = %(id)s AND s.state <> 'cancelled'), 0), 0, 0, false
  WHERE NOT EXISTS (SELECT 1 FROM @document_line l WHERE l.document_id = %(id)s)) x"""


def unshipped_lines(document_id: int) -> list[UnshippedLine]:
    """The goods of an invoice, in the order of its lines; services too, which ship not."""
    body = database.json(UNSHIPPED, {'id': document_id})
    return msgspec.json.decode(body or b'[]', type=list[UnshippedLine])


#: For the statement of an invoice `@document d`: what is waited for.
BACKORDERED = """coalesce((SELECT json_agg(json_build_object('id', b.id, 'backorder_no', b.number,
    'sku', b.sku, 'qty', b.qty, 'qty_remaining', b.qty - b.qty_fulfilled, 'status', b.state,
    'expected_date', b.expected_date) ORDER BY b.id)
  FROM @backorder b WHERE b.document_id = d.id), '[]') AS backorders"""
