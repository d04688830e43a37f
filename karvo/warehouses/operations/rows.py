"""The rows of stock as they are locked, read and written: each in one statement."""

from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.warehouses.compute import Pool

NOTHING = Decimal(0)


class ProductRow(msgspec.Struct, kw_only=True):
    """What stock needs of a product."""

    id: int
    sku: str
    uid: str
    type: str
    cost: Decimal
    track_stock: bool | None
    track: str
    allow_negative: bool
    allow_backorder: bool
    reorder_point: Decimal | None
    pool: Pool | None  #: None until it has stock


class Level(msgspec.Struct, kw_only=True):
    """Of a product in a warehouse."""

    warehouse_id: int
    product_id: int
    qty: Decimal = NOTHING
    reserved: Decimal = NOTHING


class QuantRow(msgspec.Struct, kw_only=True):
    """What lies somewhere; `rank` says what leaves first: what expires first, then the oldest."""

    warehouse_id: int
    location_id: int
    product_id: int
    lot_id: int
    lot: str
    rank: int
    qty: Decimal


class PlaceRow(msgspec.Struct, kw_only=True):
    """A location and what counts for its warehouse."""

    location_id: int
    code: str
    is_default: bool
    warehouse_id: int
    allow_negative: bool


class Reserved(msgspec.Struct, kw_only=True):
    """Stock that is spoken for by a line."""

    source_type: str
    source_id: int
    warehouse_id: int
    product_id: int
    qty: Decimal


class Move(msgspec.Struct, kw_only=True):
    """A row of stock_move."""

    product_id: int
    warehouse_id: int
    location_id: int
    lot_id: int
    kind: str
    qty: Decimal
    value: Decimal
    unit_cost: Decimal
    source_line: int


class Loaded(msgspec.Struct, kw_only=True):
    """Everything about some products, in one statement."""

    products: list[ProductRow]
    levels: list[Level]
    quants: list[QuantRow]
    places: list[PlaceRow]
    reserved: list[Reserved]


def lock_stock(ids: list[int], *, is_new: bool) -> Loaded:
    """Lock the rows of these products, in the order of their ids, and read all about them."""
    database.run(START, {'ids': ids, 'is_new': is_new})
    database.run(LOCK, {'ids': ids})
    text = database.json(LOAD, {'ids': ids}) or b'{}'
    return msgspec.json.decode(text, type=Loaded)


START = """
INSERT INTO @stock_cost (product_id, qty, value, unit_cost)
SELECT p.id, 0, 0, 0 FROM @product p
WHERE p.id = ANY(%(ids)s::bigint[]) AND (%(is_new)s::boolean OR p.track_stock)
ORDER BY p.id ON CONFLICT (product_id) DO NOTHING"""

LOCK = """
SELECT 1 FROM @stock_cost WHERE product_id = ANY(%(ids)s::bigint[])
ORDER BY product_id FOR UPDATE"""

LOAD = """
SELECT json_build_object(
  'products', (SELECT coalesce(json_agg(json_build_object('id', p.id, 'sku', p.sku, 'uid', p.uid,
      'type', p.type, 'cost', p.cost, 'track_stock', p.track_stock, 'track', p.track,
      'allow_negative', p.allow_negative, 'allow_backorder', p.allow_backorder,
      'reorder_point', p.reorder_point, 'pool', CASE WHEN c.id IS NOT NULL THEN
        json_build_object('qty', c.qty, 'value', c.value, 'unit_cost', c.unit_cost) END)), '[]')
    FROM @product p LEFT JOIN @stock_cost c ON c.product_id = p.id
    WHERE p.id = ANY(%(ids)s::bigint[])),
  'levels', (SELECT coalesce(json_agg(row_to_json(l)), '[]') FROM (
    SELECT warehouse_id, product_id, qty, reserved FROM @stock_level
    WHERE product_id = ANY(%(ids)s::bigint[])) l),
  'quants', (SELECT coalesce(json_agg(row_to_json(q)), '[]') FROM (
    SELECT o.warehouse_id, q.location_id, q.product_id, q.lot_id, coalesce(t.number, '') AS lot,
      q.qty, row_number() OVER (ORDER BY t.expires_on NULLS LAST, t.id NULLS FIRST, q.id) AS rank
    FROM @quant q JOIN @location o ON o.id = q.location_id LEFT JOIN @lot t ON t.id = q.lot_id
    WHERE q.product_id = ANY(%(ids)s::bigint[])) q),
  'places', (SELECT coalesce(json_agg(row_to_json(o)), '[]') FROM (
    SELECT o.id AS location_id, o.code, o.is_default, w.id AS warehouse_id, w.allow_negative
    FROM @location o JOIN @warehouse w ON w.id = o.warehouse_id) o),
  'reserved', (SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM (
    SELECT source_type, source_id, warehouse_id, product_id, qty FROM @reservation
    WHERE product_id = ANY(%(ids)s::bigint[])) r))::text"""

SAVE = """
moved§ AS (
  INSERT INTO @stock_move (product_id, warehouse_id, location_id, lot_id, kind, qty, value,
    unit_cost, date, source_type, source_id, source_line, note, created_at)
  SELECT m.product_id, m.warehouse_id, m.location_id, m.lot_id, m.kind, m.qty, m.value,
    m.unit_cost, %(date)s::date, %(source_type)s::text, %(source_id)s::bigint, m.source_line,
    %(note)s::text, %(at)s::timestamptz
  FROM ROWS FROM (json_to_recordset(%(moves)s::json) AS (product_id bigint, warehouse_id bigint,
    location_id bigint, lot_id bigint, kind text, qty numeric, value numeric, unit_cost numeric,
    source_line bigint)) WITH ORDINALITY AS m(product_id, warehouse_id, location_id, lot_id, kind,
    qty, value, unit_cost, source_line, ord) ORDER BY m.ord),
costs§ AS (
  UPDATE @stock_cost c SET qty = n.qty, value = n.value, unit_cost = n.unit_cost
  FROM json_to_recordset(%(pools)s::json) AS n(product_id bigint, qty numeric, value numeric,
    unit_cost numeric) WHERE c.product_id = n.product_id),
levels§ AS (
  INSERT INTO @stock_level (warehouse_id, product_id, qty, reserved)
  SELECT warehouse_id, product_id, qty, reserved FROM json_to_recordset(%(levels)s::json)
    AS n(warehouse_id bigint, product_id bigint, qty numeric, reserved numeric)
  ON CONFLICT (warehouse_id, product_id)
    DO UPDATE SET qty = excluded.qty, reserved = excluded.reserved),
quants§ AS (
  INSERT INTO @quant (location_id, product_id, lot_id, qty)
  SELECT location_id, product_id, lot_id, qty FROM json_to_recordset(%(quants)s::json)
    AS n(location_id bigint, product_id bigint, lot_id bigint, qty numeric)
  ON CONFLICT (location_id, product_id, lot_id) DO UPDATE SET qty = excluded.qty),
spoken§ AS (
  INSERT INTO @reservation (product_id, warehouse_id, source_type, source_id, qty, created_at)
  SELECT product_id, warehouse_id, source_type, source_id, qty, %(at)s::timestamptz
  FROM json_to_recordset(%(reserved)s::json) AS n(product_id bigint, warehouse_id bigint,
    source_type text, source_id bigint, qty numeric) WHERE qty > 0
  ON CONFLICT (source_type, source_id, warehouse_id) DO UPDATE SET qty = excluded.qty),
freed§ AS (
  DELETE FROM @reservation r USING json_to_recordset(%(reserved)s::json) AS n(product_id bigint,
    warehouse_id bigint, source_type text, source_id bigint, qty numeric)
  WHERE n.qty = 0 AND r.source_type = n.source_type AND r.source_id = n.source_id
    AND r.warehouse_id = n.warehouse_id)"""
