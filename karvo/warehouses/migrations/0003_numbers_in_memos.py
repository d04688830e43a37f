"""Entries and moves of stock say their document's number, where a sign stood for it that nobody
replaced. SQL only: imports nothing of KARVO.
"""

SQL = """
UPDATE "journal_entry" e SET memo = d.number FROM "stock_document" d
WHERE e.source_type = 'stock_document' AND e.source_id = d.id AND e.memo LIKE '\u27e6%%\u27e7'
  AND d.number IS NOT NULL;
UPDATE "journal_entry" e SET memo = t.number FROM "transfer" t
WHERE e.source_type = 'transfer' AND e.source_id = t.id AND e.memo LIKE '\u27e6%%\u27e7'
  AND t.number IS NOT NULL;
UPDATE "stock_move" m SET note = t.number FROM "transfer" t
WHERE m.source_type = 'transfer' AND m.source_id = t.id AND m.note LIKE '\u27e6%%\u27e7'
  AND t.number IS NOT NULL;
"""


def up(migrator: object, db: object) -> None:
    """Say them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
