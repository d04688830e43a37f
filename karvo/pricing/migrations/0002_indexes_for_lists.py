"""The indexes that lists of rules and negotiations are counted from."""

SQL = """
CREATE INDEX "negotiation_listed" ON "negotiation" (status, valid_until, id)
  INCLUDE (number, sku, requested_price, created_at);
CREATE INDEX "price_rule_listed" ON "price_rule" (priority, id)
  INCLUDE (name, group_code, is_active, valid_from, valid_to);
"""


def up(migrator: object, db: object) -> None:
    """Build them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
