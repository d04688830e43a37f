"""Employees are sorted by name without accents and case (L-6). SQL only: a migration imports
nothing of KARVO.
"""

SQL = r"""
DROP INDEX "employee_listed";
CREATE INDEX "employee_listed" ON "employee" ((
  replace(lower(regexp_replace(normalize(coalesce(last_name, ''), NFKD),
    '[\u0300-\u036f]', '', 'g')), 'ß', 'ss')
), id)
  INCLUDE (last_name, first_name, status, pay_type, pay_frequency, number, hire_date, created_at,
    updated_at);
"""


def up(migrator: object, db: object) -> None:
    """Rebuild it; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
