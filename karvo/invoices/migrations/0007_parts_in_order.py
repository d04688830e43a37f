"""Lines and taxes are read in their order, without sorting. SQL only: imports nothing of KARVO."""

# Both are made before one is dropped: invoices can be read meanwhile.
SQL = """
CREATE INDEX "document_line_document_id_position" ON "document_line" ("document_id", "position");
CREATE INDEX "document_tax_document_id_position" ON "document_tax" ("document_id", "position");
DROP INDEX "document_line_document_id";
DROP INDEX "document_tax_document_id";
"""


def up(migrator: object, db: object) -> None:
    """Make them anew; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
