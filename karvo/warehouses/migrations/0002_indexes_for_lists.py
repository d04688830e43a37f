"""The indexes that lists of stock, moves and transfers are counted from."""

SQL = """
CREATE INDEX "stock_level_listed" ON "stock_level" (product_id, id)
  INCLUDE (warehouse_id, qty, reserved);
CREATE INDEX "stock_move_listed" ON "stock_move" (date, id)
  INCLUDE (product_id, warehouse_id, kind, qty, value);
CREATE INDEX "transfer_listed" ON "transfer" (date, id) INCLUDE (state, updated_at);
"""


def up(migrator: object, db: object) -> None:
    """Build them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
