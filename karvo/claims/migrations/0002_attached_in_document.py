"""A document knows whether something hangs on it: a shipment, a backorder, a claim. SQL only: a
migration imports nothing of KARVO.

It stands with claims, the last of the three: before it runs, the tables of the others are there.
"""

SQL = """
ALTER TABLE "document" ADD COLUMN "has_attached" BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE "document" SET has_attached = true WHERE id IN (
  SELECT document_id FROM "shipment_line" UNION SELECT document_id FROM "backorder"
  UNION SELECT document_id FROM "claim");
"""


def up(migrator: object, db: object) -> None:
    """Fill it from them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
