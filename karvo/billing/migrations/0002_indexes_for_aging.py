"""Indexes that today's aging and the aging of a past date need."""

SQL = """
DROP INDEX "allocation_payment_id";
DROP INDEX "allocation_credit_note_id";
CREATE INDEX "allocation_payment" ON "allocation" (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX "allocation_credit_note" ON "allocation" (credit_note_id)
  WHERE credit_note_id IS NOT NULL;
CREATE INDEX "allocation_date" ON "allocation" ("date");
CREATE INDEX "payment_unallocated" ON "payment" (party_id) INCLUDE (unallocated, date, id)
  WHERE unallocated > 0;
CREATE INDEX "payment_voided" ON "payment" (voided_on) WHERE voided_on IS NOT NULL;
"""


def up(migrator: object, db: object) -> None:
    """Rebuild them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
