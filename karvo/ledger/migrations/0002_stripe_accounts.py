"""Accounts of card payments in charts that are open. SQL only: a migration never imports KARVO."""

# New companies have them from the chart; a code that a company has already stays as it is.
SQL = """
INSERT INTO "account" ("uid", "key", "code", "type", "name_fr", "name_en", "is_control",
  "is_active")
SELECT gen_random_uuid(), substr(md5(random()::text || a.code), 1, 12), a.code, a.type, a.name_fr,
  a.name_en, false, true
FROM (VALUES
  ('1060', 'asset_current', 'Encaissements Stripe à recevoir', 'Stripe clearing'),
  ('6210', 'expense', 'Frais de traitement des paiements', 'Payment processing fees')
) AS a(code, type, name_fr, name_en)
WHERE EXISTS (SELECT 1 FROM "account" WHERE "code" = '1100')
ON CONFLICT ("code") DO NOTHING
"""


def up(migrator: object, db: object) -> None:
    """Add them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
