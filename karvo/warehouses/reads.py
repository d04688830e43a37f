"""Stock as read: what lies where, as of a day, what moved, and whether it all agrees."""

import datetime as dt
import typing
from collections.abc import Iterator
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.ledger.reads import balance_of
from karvo.ledger.schemas import INVENTORY, TRANSIT

LISTED = 'w.id, w.uid, w.code, w.name, w.address, w.is_default, w.allow_negative, w.is_active'

WAREHOUSES = Listing(
    columns=f"""{LISTED}, w.metadata, w.version, w.created_at, w.updated_at,
      (SELECT json_agg(json_build_object('id', o.id, 'code', o.code, 'name', o.name,
        'is_default', o.is_default) ORDER BY o.id) FROM @location o WHERE o.warehouse_id = w.id)
        AS locations,
      (SELECT count(*) FROM @stock_level s WHERE s.warehouse_id = w.id AND s.qty <> 0)
        AS product_count""",
    source='@warehouse w',
    filters={
        'id': 'w.id = %(id)s',
        'active': 'w.is_active = %(active)s',
        'search': """(w.code ILIKE '%%' || %(search)s || '%%'
          OR w.name ILIKE '%%' || %(search)s || '%%')""",
        'updated_since': 'w.updated_at >= %(updated_since)s',
    },
    orders={'code': 'w.code', 'name': 'w.name', 'created_at': 'w.id'},
    default=('code', 'asc'),
    tiebreak='w.id',
)

ACTIVE = 'SELECT code FROM @warehouse WHERE code = upper(%(code)s) AND is_active'

INCOMING = """coalesce((SELECT sum(l.qty) FROM @transfer_line l JOIN @transfer t
  ON t.id = l.transfer_id WHERE l.product_id = s.product_id AND t.to_warehouse_id = s.warehouse_id
  AND t.state = 'in_transit'), 0)"""

STOCK = Listing(
    columns=f"""p.sku, p.id AS product_id, p.name_fr, p.name_en, w.code AS warehouse,
      w.id AS warehouse_id, w.name AS warehouse_name, s.qty AS on_hand, s.reserved,
      s.qty - s.reserved AS available, {INCOMING} AS incoming, p.uom, p.reorder_point,
      coalesce(s.qty - s.reserved <= p.reorder_point, false) AS below_reorder, c.unit_cost,
      round(s.qty * c.unit_cost, 2) AS value""",
    source="""@stock_level s JOIN @product p ON p.id = s.product_id
      JOIN @warehouse w ON w.id = s.warehouse_id""",
    joins='JOIN @stock_cost c ON c.product_id = s.product_id',
    filters={
        'warehouse': 's.warehouse_id = (SELECT id FROM @warehouse WHERE code = %(warehouse)s)',
        'search': "p.search_text LIKE '%%' || %(search)s || '%%'",
        'low_stock': 'coalesce(s.qty - s.reserved <= p.reorder_point, false) = %(low_stock)s',
    },
    orders={
        'sku': 'p.sku',
        'on_hand': 's.qty',
        'available': '(s.qty - s.reserved)',
        'warehouse': 'w.code',
    },
    default=('sku', 'asc'),
    tiebreak='s.id',
)

MOVES = Listing(
    columns="""m.id, m.date, m.kind, p.sku, m.product_id, w.code AS warehouse,
      o.code AS location, t.number AS lot, m.qty, m.unit_cost, m.value, m.source_type, m.source_id,
      m.note, m.created_at""",
    source='@stock_move m',
    joins="""JOIN @product p ON p.id = m.product_id JOIN @warehouse w ON w.id = m.warehouse_id
      JOIN @location o ON o.id = m.location_id LEFT JOIN @lot t ON t.id = m.lot_id""",
    filters={
        'product_id': 'm.product_id = %(product_id)s',
        'warehouse': 'm.warehouse_id = (SELECT id FROM @warehouse WHERE code = %(warehouse)s)',
        'kind': 'm.kind = ANY(%(kind)s)',
        'date_from': 'm.date >= %(date_from)s',
        'date_to': 'm.date <= %(date_to)s',
    },
    orders={'id': 'm.id', 'date': 'm.date'},
    default=('id', 'desc'),
    tiebreak='m.id',
)

TRANSFERS = Listing(
    columns="""t.id, t.uid, t.number, t.state AS status, f.code AS from_warehouse,
      g.code AS to_warehouse, t.date, t.reference, t.received_on, t.version, t.created_at,
      t.updated_at, (SELECT json_agg(json_build_object('id', l.id, 'sku', l.sku,
        'product_id', l.product_id, 'qty', l.qty, 'qty_received', l.qty_received,
        'lot', (SELECT b.number FROM @lot b WHERE b.id = l.lot_id)) ORDER BY l.position)
        FROM @transfer_line l WHERE l.transfer_id = t.id) AS lines""",
    source='@transfer t',
    joins="""JOIN @warehouse f ON f.id = t.from_warehouse_id
      JOIN @warehouse g ON g.id = t.to_warehouse_id""",
    filters={
        'id': 't.id = %(id)s',
        'status': 't.state = ANY(%(status)s)',
        'date_from': 't.date >= %(date_from)s',
        'date_to': 't.date <= %(date_to)s',
        'updated_since': 't.updated_at >= %(updated_since)s',
    },
    orders={'created_at': 't.id', 'date': 't.date'},
    default=('created_at', 'desc'),
    tiebreak='t.id',
)

DOCUMENTS = Listing(
    columns="""d.id, d.uid, d.number, d.kind, w.code AS warehouse, d.date, d.reason, d.reference,
      d.value, d.created_at, (SELECT json_agg(json_build_object('sku', p.sku,
        'product_id', m.product_id, 'qty', m.qty, 'unit_cost', m.unit_cost, 'value', m.value,
        'lot', b.number, 'location', o.code) ORDER BY m.id)
        FROM @stock_move m JOIN @product p ON p.id = m.product_id
        JOIN @location o ON o.id = m.location_id LEFT JOIN @lot b ON b.id = m.lot_id
        WHERE m.source_type = 'stock_document' AND m.source_id = d.id) AS lines""",
    source='@stock_document d',
    joins='JOIN @warehouse w ON w.id = d.warehouse_id',
    filters={'id': 'd.id = %(id)s'},
    orders={'created_at': 'd.id'},
    default=('created_at', 'desc'),
    tiebreak='d.id',
)

ONE_SKU = f"""
SELECT json_build_object(
  'warehouses', (SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.warehouse), '[]') FROM (
    SELECT w.code AS warehouse, w.name, s.qty AS on_hand, s.reserved,
      s.qty - s.reserved AS available, {INCOMING} AS incoming
    FROM @stock_level s JOIN @warehouse w ON w.id = s.warehouse_id
    WHERE s.product_id = %(id)s) x),
  'lots', (SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.expires_on, x.lot), '[]') FROM (
    SELECT t.number AS lot, t.expires_on, w.code AS warehouse, o.code AS location, q.qty
    FROM @quant q JOIN @lot t ON t.id = q.lot_id JOIN @location o ON o.id = q.location_id
    JOIN @warehouse w ON w.id = o.warehouse_id
    WHERE q.product_id = %(id)s AND q.qty <> 0) x),
  'cost', (SELECT row_to_json(c) FROM (SELECT qty, value, unit_cost FROM @stock_cost
    WHERE product_id = %(id)s) c))::text"""

#: The same, rebuilt from the moves alone (WHS-1); nothing was reserved then that is known now.
STOCK_AS_OF = Listing(
    columns="""p.sku, p.id AS product_id, p.name_fr, p.name_en, w.code AS warehouse,
      w.id AS warehouse_id, w.name AS warehouse_name, s.qty AS on_hand, 0 AS reserved,
      s.qty AS available, 0 AS incoming, p.uom, p.reorder_point,
      coalesce(s.qty <= p.reorder_point, false) AS below_reorder,
      CASE WHEN s.qty <> 0 THEN round(s.value / s.qty, 6) ELSE 0 END AS unit_cost, s.value""",
    source="""(SELECT row_number() OVER (ORDER BY m.product_id, m.warehouse_id) AS id,
        m.product_id, m.warehouse_id, sum(m.qty) AS qty, sum(m.value) AS value
      FROM @stock_move m WHERE m.date <= %(as_of)s GROUP BY m.product_id, m.warehouse_id
      HAVING sum(m.qty) <> 0 OR sum(m.value) <> 0) s
      JOIN @product p ON p.id = s.product_id JOIN @warehouse w ON w.id = s.warehouse_id""",
    filters={
        'warehouse': 'w.code = %(warehouse)s',
        'search': "p.search_text LIKE '%%' || %(search)s || '%%'",
        'low_stock': 'coalesce(s.qty <= p.reorder_point, false) = %(low_stock)s',
    },
    orders={'sku': 'p.sku', 'on_hand': 's.qty', 'available': 's.qty', 'warehouse': 'w.code'},
    default=('sku', 'asc'),
    tiebreak='s.id',
)

VALUATION = """
SELECT json_build_object('stock', coalesce((SELECT sum(value) FROM @stock_move
    WHERE date <= %(as_of)s), 0), 'ledger', coalesce((SELECT sum(l.debit - l.credit)
    FROM @journal_line l JOIN @journal_entry e ON e.id = l.entry_id
    JOIN @account a ON a.id = l.account_id
    WHERE a.code = %(account)s AND e.date <= %(as_of)s), 0))::text"""

STOCKED = """@stock_level s JOIN @product p ON p.id = s.product_id
  JOIN @warehouse w ON w.id = s.warehouse_id"""

OFF = f"""
SELECT 'stock of ' || p.sku || ' in ' || w.code || ' is ' || s.qty || ', its moves say ' || m.qty
FROM {STOCKED}
CROSS JOIN LATERAL (SELECT coalesce(sum(qty), 0) AS qty FROM @stock_move m
  WHERE m.product_id = s.product_id AND m.warehouse_id = s.warehouse_id) m WHERE m.qty <> s.qty
UNION ALL
SELECT 'stock of ' || p.sku || ' in ' || w.code || ' is ' || s.qty
  || ', its locations hold ' || q.qty
FROM {STOCKED}
CROSS JOIN LATERAL (SELECT coalesce(sum(q.qty), 0) AS qty FROM @quant q JOIN @location o
  ON o.id = q.location_id WHERE q.product_id = s.product_id AND o.warehouse_id = s.warehouse_id) q
WHERE q.qty <> s.qty
UNION ALL
SELECT p.sku || ' in ' || w.code || ': ' || s.reserved || ' reserved, reservations say ' || r.qty
FROM {STOCKED}
CROSS JOIN LATERAL (SELECT coalesce(sum(qty), 0) AS qty FROM @reservation r
  WHERE r.product_id = s.product_id AND r.warehouse_id = s.warehouse_id) r
WHERE r.qty <> s.reserved
UNION ALL
SELECT p.sku || ': the average counts ' || c.qty || ' for ' || c.value || ', moves say ' || m.qty
  || ' for ' || m.value
FROM @stock_cost c JOIN @product p ON p.id = c.product_id
CROSS JOIN LATERAL (SELECT coalesce(sum(qty), 0) AS qty, coalesce(sum(value), 0) AS value
  FROM @stock_move m WHERE m.product_id = c.product_id) m
WHERE m.qty <> c.qty OR m.value <> c.value
UNION ALL
SELECT 'stock of ' || p.sku || ' in ' || w.code || ' is below zero: ' || s.qty
FROM {STOCKED}
WHERE s.qty < 0 AND NOT p.allow_negative AND NOT w.allow_negative"""

IN_TRANSIT = """
SELECT coalesce(sum(l.value), 0) FROM @transfer_line l JOIN @transfer t ON t.id = l.transfer_id
WHERE t.state = 'in_transit'"""


class Valuation(msgspec.Struct, kw_only=True):
    """What stock is worth by its moves and by account 1200, dollars."""

    stock: Decimal
    ledger: Decimal


def read_one(listing: Listing, row: type[typing.Any], row_id: int) -> typing.Any:
    """The row of that id, or None."""
    rows, _ = listing.read(row, {'id': row_id}, Slice(limit=1))
    return rows[0] if rows else None


def valuation(as_of: dt.date) -> Valuation:
    """Equal, always (A-3)."""
    named = {'as_of': as_of, 'account': INVENTORY}
    return msgspec.json.decode(database.json(VALUATION, named) or b'', type=Valuation)


def wrong_stock() -> Iterator[str]:
    """WHS-5: one line for each thing that is off; none, always."""
    for (text,) in database.run(OFF).fetchall():
        yield text
    stock = database.run('SELECT coalesce(sum(value), 0) FROM @stock_cost').fetchall()[0][0]
    if stock != (account := balance_of(INVENTORY)):
        yield f'stock is worth {stock}, but account {INVENTORY} holds {account}'
    transit = database.run(IN_TRANSIT).fetchall()[0][0]
    if transit != (account := balance_of(TRANSIT)):
        yield f'goods in transit are worth {transit}, but account {TRANSIT} holds {account}'


def warehouse_code(name: str) -> str | None:
    """The code of an active warehouse, however its letters were written."""
    row = database.run(ACTIVE, {'code': name}).fetchone()
    return str(row[0]) if row else None
