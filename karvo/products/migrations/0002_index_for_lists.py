"""The index that lists of products are counted from."""

SQL = """
CREATE INDEX "product_listed" ON "product" (sku, id)
  INCLUDE (name_en, type, status, hazardous, category_id, list_price, created_at, updated_at);
"""


def up(migrator: object, db: object) -> None:
    """Build it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
