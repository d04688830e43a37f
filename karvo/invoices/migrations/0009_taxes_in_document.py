"""A document's taxes are columns of its own. SQL only: a migration imports nothing of KARVO.

They were rows of a table: never read but with their document, and as often as it.
"""

SQL = """
ALTER TABLE "document" ADD COLUMN "tps" NUMERIC(14, 2) NOT NULL DEFAULT 0,
  ADD COLUMN "tvq" NUMERIC(14, 2) NOT NULL DEFAULT 0,
  ADD COLUMN "tvh" NUMERIC(14, 2) NOT NULL DEFAULT 0,
  ADD COLUMN "tvp" NUMERIC(14, 2) NOT NULL DEFAULT 0,
  ADD COLUMN "taxes" TEXT NOT NULL DEFAULT '[]',
  ADD COLUMN "tax_details" TEXT NOT NULL DEFAULT '[]';
UPDATE "document" d SET tps = x.tps, tvq = x.tvq, tvh = x.tvh, tvp = x.tvp, taxes = x.taxes,
  tax_details = x.tax_details
FROM (SELECT document_id,
    coalesce(sum(amount) FILTER (WHERE family = 'tps'), 0) AS tps,
    coalesce(sum(amount) FILTER (WHERE family = 'tvq'), 0) AS tvq,
    coalesce(sum(amount) FILTER (WHERE family = 'tvh'), 0) AS tvh,
    coalesce(sum(amount) FILTER (WHERE family = 'tvp'), 0) AS tvp,
    json_agg(json_build_object('code', code, 'label', label_fr, 'rate', trim_scale(rate * 100),
      'base', base, 'amount', amount) ORDER BY position)::text AS taxes,
    json_agg(json_build_object('family', family, 'regime', regime, 'label_en', label_en,
      'account', account, 'registration_number', registration_number) ORDER BY position)::text
      AS tax_details
  FROM "document_tax" GROUP BY document_id) x
WHERE x.document_id = d.id;
ALTER TABLE "document" ALTER COLUMN "tps" DROP DEFAULT, ALTER COLUMN "tvq" DROP DEFAULT,
  ALTER COLUMN "tvh" DROP DEFAULT, ALTER COLUMN "tvp" DROP DEFAULT,
  ALTER COLUMN "taxes" DROP DEFAULT, ALTER COLUMN "tax_details" DROP DEFAULT,
  ADD CONSTRAINT "document_taxes" CHECK (tax_total = tps + tvq + tvh + tvp);
DROP TABLE "document_tax";
"""


def up(migrator: object, db: object) -> None:
    """Move them; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
