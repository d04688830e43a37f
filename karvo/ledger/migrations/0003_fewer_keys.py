"""Entries and their lines have the keys that somebody asks by. SQL only: imports nothing of KARVO.

An entry is known by its id and its number, a line by its place in its entry. Each key more is an
index more to write with every invoice, payment and pay.
"""

SQL = """
ALTER TABLE "journal_entry" DROP COLUMN "uid", DROP COLUMN "key";
DROP INDEX "journal_entry_reversal_of_id";
CREATE UNIQUE INDEX "journal_entry_reversal_of_id" ON "journal_entry" (reversal_of_id)
  WHERE reversal_of_id IS NOT NULL;
ALTER TABLE "journal_line" DROP COLUMN "id";
ALTER TABLE "journal_line" ADD CONSTRAINT "journal_line_pkey" PRIMARY KEY ("entry_id", "position");
DROP INDEX "journal_line_entry_id";
"""


def up(migrator: object, db: object) -> None:
    """Change them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
