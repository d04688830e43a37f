"""The index that finds products by their barcodes, letter case aside."""

SQL = """
DROP INDEX "product_barcode";
CREATE INDEX "product_barcode" ON "product" (upper(barcode));
"""


def up(migrator: object, db: object) -> None:
    """Rebuild it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
