"""What was received or credited before the invoice counts from the invoice's date on; until then it
is unapplied money (AR-1, AR-3). SQL only: a migration imports nothing of KARVO.

Write-offs keep their date: their entries in the ledger have it too.
"""

SQL = """
UPDATE "allocation" a SET date = d.date FROM "document" d
WHERE d.id = a.invoice_id AND a.date < d.date AND a.kind <> 'write_off';
"""


def up(migrator: object, db: object) -> None:
    """Move them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
