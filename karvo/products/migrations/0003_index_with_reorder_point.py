"""The index that lists of products are counted from, now also by what runs low."""

SQL = """
DROP INDEX "product_listed";
CREATE INDEX "product_listed" ON "product" (sku, id)
  INCLUDE (name_en, type, status, hazardous, category_id, list_price, created_at, updated_at,
    reorder_point);
"""


def up(migrator: object, db: object) -> None:
    """Rebuild it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
