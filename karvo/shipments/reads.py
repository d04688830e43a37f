"""Shipments as read, and what of an invoice has left."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.customers.schemas import Address
from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.settings.reads import SETTINGS_JSON
from karvo.settings.schemas import Settings
from karvo.shipments.schemas import Package, Proof

LINES = """coalesce((SELECT json_agg(json_build_object('id', l.id, 'line_no', l.position,
    'invoice_id', l.document_id, 'invoice_line_id', l.document_line_id,
    'backorder_id', l.backorder_id, 'product_id', l.product_id, 'sku', l.sku,
    'description', l.description, 'description_fr', l.description_fr, 'uom', l.uom,
    'qty_ordered', l.qty_ordered, 'qty', l.qty, 'qty_backordered', l.qty_backordered,
    'lot', l.lot, 'lots', l.lots, 'value', l.value) ORDER BY l.position)
  FROM @shipment_line l WHERE l.shipment_id = s.id), '[]') AS lines"""

SHEETS = """coalesce((SELECT json_agg(json_build_object('sku', p.sku, 'version', v.version_no)
    ORDER BY p.sku)
  FROM @sds_delivery g JOIN @sds v ON v.id = g.sds_id JOIN @product p ON p.id = v.product_id
  WHERE g.shipment_id = s.id), '[]') AS sds_attached"""

SHIPMENTS = Listing(
    columns=f"""s.id, s.uid, s.number AS shipment_no, s.document_id AS invoice_id,
      d.number AS invoice_no, s.claim_id, s.party_id AS customer_id, s.customer_code,
      s.customer_name, s.state AS status, s.previous_state, s.method, s.carrier, s.service,
      s.tracking_number, s.tracking_url, w.code AS warehouse, s.ship_to, s.language,
      s.scheduled_date, s.route, s.stop_no, s.driver, s.packages, s.weight_kg, s.instructions,
      s.notes, s.po_reference, {LINES}, s.history, s.shipped_at, s.delivered_at,
      s.proof AS proof_of_delivery, {SHEETS}, s.version, s.created_at, s.updated_at""",
    source='@shipment s',
    joins="""LEFT JOIN @document d ON d.id = s.document_id
      LEFT JOIN @warehouse w ON w.id = s.warehouse_id""",
    filters={
        'id': 's.id = %(id)s',
        'status': 's.state = ANY(%(status)s)',
        'customer_code': """s.party_id = (SELECT c.id FROM @party c
          WHERE c.code = upper(%(customer_code)s))""",
        'invoice_id': """s.id = ANY(ARRAY(SELECT l.shipment_id FROM @shipment_line l
          WHERE l.document_id = ANY(%(invoice_id)s)))""",
        'invoice_no': """s.id = ANY(ARRAY(SELECT l.shipment_id FROM @shipment_line l
          WHERE l.document_id = (SELECT d.id FROM @document d WHERE d.type = 'invoice'
            AND upper(d.number) = upper(%(invoice_no)s))))""",
        'method': 's.method = ANY(%(method)s)',
        'carrier': 'lower(s.carrier) = lower(%(carrier)s)',
        'route': 's.route = %(route)s',
        'warehouse': """s.warehouse_id = (SELECT w.id FROM @warehouse w
          WHERE w.code = %(warehouse)s)""",
        'date_from': 's.scheduled_date >= %(date_from)s',
        'date_to': 's.scheduled_date <= %(date_to)s',
        'search': "s.search_text LIKE '%%' || %(search)s || '%%'",
        'updated_since': 's.updated_at >= %(updated_since)s',
    },
    orders={
        'created_at': 's.id',
        'scheduled_date': 's.scheduled_date',
        'shipment_no': 's.number',
    },
    default=('created_at', 'desc'),
    tiebreak='s.id',
    nullable=frozenset({'scheduled_date'}),
)


class LotRead(msgspec.Struct, kw_only=True):
    """How much of a lot left."""

    lot: str
    qty: Decimal


class ShipmentLineRead(msgspec.Struct, kw_only=True):
    """A line; `value` is what left was worth, dollars; `lots` that left."""

    id: int
    line_no: int
    invoice_id: int | None
    invoice_line_id: int | None
    backorder_id: int | None
    product_id: int | None
    sku: str | None
    description: str
    description_fr: str
    uom: str
    qty_ordered: Decimal
    qty: Decimal
    qty_backordered: Decimal
    lot: str | None
    lots: list[LotRead]
    value: Decimal | None


class Passed(msgspec.Struct, kw_only=True):
    """A status that the shipment came to."""

    status: str
    at: dt.datetime
    by: str
    note: str | None


class Sheet(msgspec.Struct, kw_only=True):
    """A safety data sheet that went to the customer for the first time with this shipment."""

    sku: str
    version: int


class ShipmentRead(msgspec.Struct, kw_only=True):
    """A shipment as read."""

    id: int
    uid: str
    shipment_no: str
    invoice_id: int | None
    invoice_no: str | None
    claim_id: int | None
    customer_id: int
    customer_code: str
    customer_name: str
    status: str
    previous_state: str | None
    method: str
    carrier: str | None
    service: str | None
    tracking_number: str | None
    tracking_url: str | None
    warehouse: str | None
    ship_to: Address | None
    language: str | None
    scheduled_date: dt.date | None
    route: str | None
    stop_no: int | None
    driver: str | None
    packages: list[Package]
    weight_kg: Decimal | None
    instructions: str | None
    notes: str | None
    po_reference: str | None
    lines: list[ShipmentLineRead]
    history: list[Passed]
    shipped_at: dt.datetime | None
    delivered_at: dt.datetime | None
    proof_of_delivery: Proof | None
    sds_attached: list[Sheet]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


def read_shipment(shipment_id: int) -> ShipmentRead | None:
    """One of them."""
    rows, _ = SHIPMENTS.read(ShipmentRead, {'id': shipment_id}, Slice(limit=1))
    return rows[0] if rows else None


class Letter(msgspec.Struct, kw_only=True):
    """What paper says beyond the shipment itself."""

    settings: Settings
    has_choice: bool
    location: dict[int, str]  #: {product: where it lies in the warehouse}


LETTER = f"""
SELECT json_build_object('settings', {SETTINGS_JSON},
  'has_choice', coalesce((SELECT p.language_choice_recorded_at IS NOT NULL FROM @party p
    WHERE p.id = s.party_id), false),
  'location', coalesce((SELECT json_object_agg(x.product_id, x.codes) FROM (
    SELECT q.product_id, string_agg(DISTINCT o.code, ', ' ORDER BY o.code) AS codes
    FROM @quant q JOIN @location o ON o.id = q.location_id
    WHERE o.warehouse_id = s.warehouse_id AND q.qty > 0 AND q.product_id IN (
      SELECT l.product_id FROM @shipment_line l WHERE l.shipment_id = s.id)
    GROUP BY q.product_id) x), '{{}}'))::text
FROM @shipment s WHERE s.id = %(id)s"""


def read_letter(shipment_id: int) -> Letter:
    """The company, its customer's choice of language, where the goods lie."""
    body = database.json(LETTER, {'id': shipment_id})
    return msgspec.json.decode(body or b'', type=Letter, strict=False)


def _instant(column: str) -> str:
    """RFC 3339 in UTC, whatever zone the session has."""
    return f"""to_char(s.{column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


_BRIEF = f"""json_build_object('id', s.id, 'shipment_no', s.number, 'status', s.state,
  'method', s.method, 'carrier', s.carrier, 'tracking_number', s.tracking_number,
  'tracking_url', s.tracking_url, 'scheduled_date', s.scheduled_date,
  'shipped_at', {_instant('shipped_at')}, 'delivered_at', {_instant('delivered_at')})"""

#: For the statement of an invoice `@document d`: what goes, and how much of it has left (SHP-6).
SHIPPED = """z.shipments -> -1 AS shipment, z.shipments, y.fulfilment_status"""
SHIPPED_JOIN = f"""
  CROSS JOIN LATERAL (SELECT coalesce(json_agg({_BRIEF} ORDER BY s.id), '[]') AS shipments
    FROM @shipment s WHERE s.id IN (SELECT l.shipment_id FROM @shipment_line l
      WHERE l.document_id = d.id)) z
  CROSS JOIN LATERAL (SELECT CASE WHEN coalesce(sum(least(g.gone, g.qty)), 0) = 0 THEN 'none'
      WHEN bool_and(g.gone >= g.qty) THEN 'full' ELSE 'partial' END AS fulfilment_status
    FROM (
      SELECT l.qty - coalesce((SELECT sum(b.qty - b.qty_fulfilled) FROM @backorder b
        WHERE b.document_id = d.id AND b.document_line_id = l.id AND b.credit_id IS NOT NULL), 0)
        AS qty, (SELECT coalesce(sum(k.qty), 0) FROM @shipment_line k JOIN @shipment s
        ON s.id = k.shipment_id WHERE k.document_id = d.id AND k.document_line_id = l.id
        AND s.state IN ('shipped', 'delivered', 'returned')) AS gone
      FROM @document_line l LEFT JOIN @product p ON p.id = l.product_id
      WHERE l.document_id = d.id AND l.sku IS NOT NULL AND p.type IS DISTINCT FROM 'service'
      UNION ALL SELECT 1, (SELECT coalesce(sum(k.qty), 0) FROM @shipment_line k JOIN @shipment s
        ON s.id = k.shipment_id WHERE k.document_id = d.id
        AND s.state IN ('shipped', 'delivered', 'returned'))
      WHERE NOT EXISTS (SELECT 1 FROM @document_line l WHERE l.document_id = d.id)) g) y"""


def has_open_shipments(party_id: int) -> bool:
    """Whether something is still to go to this customer."""
    sql = """SELECT 1 FROM @shipment s WHERE s.party_id = %(id)s
      AND s.state IN ('pending', 'picking', 'packed', 'shipped', 'on_hold') LIMIT 1"""
    row: typing.Any = database.run(sql, {'id': party_id}).fetchone()
    return row is not None
