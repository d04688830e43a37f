"""Products as read structs, by id, by any of their names, as a list."""

from collections.abc import Iterable

import msgspec

from karvo.kit.db import database
from karvo.kit.folded import folded
from karvo.kit.paging import Listing, Slice
from karvo.kit.text import folded_sql
from karvo.products.schemas import LineProduct, Match, Product

COLUMNS = """p.id, p.uid, p.key, p.sku, p.name_fr, p.name_en, p.description_fr, p.description_en,
  p.type, p.category_id, k.code AS category, k.name_en AS category_path, p.uom, p.barcode,
  p.list_price, p.min_price, p.cost, p.tax_code, p.tax_rate, p.pst_exempt, p.weight_kg,
  p.hazardous, p.un_number, p.track_stock, p.track, p.reorder_point, p.reorder_qty,
  p.lead_time_days, p.allow_backorder, p.status, p.superseded_by,
  ARRAY(SELECT a.alias FROM @product_alias a WHERE a.product_id = p.id ORDER BY a.id) AS aliases,
  p.images, p.metadata, p.version, p.created_at, p.updated_at"""
#: What there is; NULL until the product is tracked (WHS-6).
STOCK = """(SELECT CASE WHEN p.type NOT IN ('service', 'kit')
    AND (c.id IS NOT NULL OR p.track_stock) THEN json_build_object(
      'on_hand', coalesce(sum(s.qty), 0), 'reserved', coalesce(sum(s.reserved), 0),
      'available', coalesce(sum(s.qty - s.reserved), 0), 'incoming', coalesce((
        SELECT sum(l.qty) FROM @transfer_line l JOIN @transfer t ON t.id = l.transfer_id
        WHERE l.product_id = p.id AND t.state = 'in_transit'), 0)) END
  FROM @stock_level s WHERE s.product_id = p.id) AS stock"""
TRACKED = 'LEFT JOIN @stock_cost c ON c.product_id = p.id'
#: Products of which something is available in all warehouses together; which run low. Subqueries
#: that hang on no row are hashed once.
IN_STOCK = """SELECT s.product_id FROM @stock_level s GROUP BY s.product_id
  HAVING sum(s.qty - s.reserved) > 0"""
LOW_STOCK = """SELECT q.id FROM @product q LEFT JOIN (
    SELECT s.product_id, sum(s.qty - s.reserved) AS available FROM @stock_level s
    GROUP BY s.product_id) a ON a.product_id = q.id
  WHERE coalesce(a.available, 0) <= q.reorder_point"""
SOURCE = '@product p LEFT JOIN @category k ON k.id = p.category_id'

PRODUCTS = Listing(
    columns=f'{COLUMNS}, {STOCK}',
    source=SOURCE,
    joins=TRACKED,
    filters={
        'search': "p.search_text LIKE '%%' || %(search)s || '%%'",
        'sku': 'upper(p.sku) = ANY(%(sku)s)',
        'category': 'k.code = %(category)s',
        'type': 'p.type = ANY(%(type)s)',
        'status': 'p.status = ANY(%(status)s)',
        'hazardous': 'p.hazardous = %(hazardous)s',
        'updated_since': 'p.updated_at >= %(updated_since)s',
        'id': 'p.id = %(id)s',
        'in_stock': f'(p.id IN ({IN_STOCK})) = %(in_stock)s',
        'low_stock': f'(p.id IN ({LOW_STOCK})) = %(low_stock)s',
    },
    orders={
        'sku': 'p.sku',
        'name': folded('p.name_en'),
        'price': 'p.list_price',
        'created_at': 'p.created_at',
    },
    default=('sku', 'asc'),
    tiebreak='p.id',
)

CATEGORIES = Listing(
    columns="""k.id, k.code, k.name_en AS name, k.name_fr, k.name_en, k.parent_id,
      k.name_en AS path,
      (SELECT count(*) FROM @product p WHERE p.category_id = k.id) AS product_count""",
    source='@category k',
    filters={
        'search': f"""(lower(k.code) LIKE '%%' || %(search)s || '%%'
          OR {folded_sql("k.name_fr || ' ' || k.name_en")}
            LIKE '%%' || {folded_sql('%(search)s::text')} || '%%')"""
    },
    orders={'code': 'k.code', 'name': folded('k.name_en')},
    default=('code', 'asc'),
    tiebreak='k.id',
)

#: Every row that a name leads to, best first: SKU, alias, barcode, customer's part number (PRD-3).
NAMES = """
  SELECT p.id, 'sku' AS matched_by, 1 AS rank FROM @product p WHERE upper(p.sku) = {0}
  UNION ALL SELECT a.product_id, 'alias', 2 FROM @product_alias a
    WHERE upper(a.alias) = {0} AND a.party_id = 0
  UNION ALL SELECT p.id, 'barcode', 3 FROM @product p WHERE upper(p.barcode) = {0}
  UNION ALL SELECT a.product_id, 'customer_alias', 4 FROM @product_alias a
    JOIN @party c ON c.id = a.party_id
    WHERE upper(a.alias) = {0} AND c.code = %(customer_code)s"""

BY_NAME = f"""
SELECT row_to_json(x)::text FROM (
  SELECT {COLUMNS}, {STOCK}, n.matched_by FROM ({NAMES.format('upper(%(name)s)')}) n
  JOIN @product p ON p.id = n.id LEFT JOIN @category k ON k.id = p.category_id
  {TRACKED} ORDER BY n.rank, p.id LIMIT 1) x"""

FOR_LINES = f"""
SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
  SELECT DISTINCT ON (w.name) w.name, p.id, p.sku, p.name_fr, p.name_en, p.type,
    p.category_id, p.uom, p.list_price, p.min_price, p.cost, p.tax_code, p.pst_exempt, p.status,
    p.tax_rate
  FROM unnest(%(names)s::text[]) AS w(name)
  JOIN LATERAL ({NAMES.format('w.name')}) n ON true
  JOIN @product p ON p.id = n.id ORDER BY w.name, n.rank, p.id) x"""


def product_by_name(name: str, customer_code: str = '') -> Match | None:
    """By SKU, alias, barcode or the customer's part number, letter case aside."""
    named = {'name': name, 'customer_code': customer_code.upper()}
    body = database.json(BY_NAME, named)
    return msgspec.json.decode(body, type=Match) if body else None


def products_for_lines(names: list[str], customer_code: str) -> dict[str, LineProduct]:
    """{name in capitals: product} of those that exist, in one statement."""
    if not names:
        return {}
    named = {'names': [name.upper() for name in names], 'customer_code': customer_code.upper()}
    body = database.json(FOR_LINES, named) or b'[]'
    return {row.name: row for row in msgspec.json.decode(body, type=list[LineProduct])}


def skus_of(product_ids: list[int]) -> dict[int, str]:
    """{id: SKU} of those products that exist, as they are called today."""
    sql = 'SELECT id, sku FROM @product WHERE id = ANY(%(ids)s::bigint[])'
    return dict(database.run(sql, {'ids': product_ids}).fetchall()) if product_ids else {}


def product_by_id(product_id: int) -> Product | None:
    rows, _ = PRODUCTS.read(Product, {'id': product_id}, Slice(limit=1))
    return rows[0] if rows else None


def has_part_numbers(party_id: int) -> bool:
    """Whether a customer calls some product by a name of its own."""
    sql = 'SELECT 1 FROM @product_alias WHERE party_id = %(id)s LIMIT 1'
    return database.run(sql, {'id': party_id}).fetchone() is not None


NAMES = """
SELECT coalesce(json_object_agg(p.id, p.name_en), '{}')::text
FROM @product p WHERE p.id = ANY(%(ids)s)"""


def product_names(ids: Iterable[int]) -> dict[int, str]:
    """{id: English name} of those that exist, archived ones too."""
    wanted = sorted(set(ids))
    body = database.json(NAMES, {'ids': wanted}) if wanted else None
    return msgspec.json.decode(body or b'{}', type=dict[int, str], strict=False)
