"""A shipment shows the sheets that went with it."""

SQL = """
CREATE INDEX "sds_delivery_shipment_id" ON "sds_delivery" ("shipment_id");
"""


def up(migrator: object, db: object) -> None:
    """Index them by shipment; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
