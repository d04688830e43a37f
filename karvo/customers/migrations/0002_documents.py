"""What documents need to know of a customer: its express choice of English, agreed interest."""

SQL = """
ALTER TABLE "party"
  ADD COLUMN "language_choice_recorded_at" TIMESTAMPTZ,
  ADD COLUMN "language_choice_recorded_by" TEXT,
  ADD COLUMN "language_choice_recorded_ref" TEXT,
  ADD COLUMN "interest_rate_annual" NUMERIC(7, 4),
  ADD COLUMN "interest_agreed_on" DATE;
"""


def up(migrator: object, db: object) -> None:
    """Add them, empty; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
