"""An invoice shows its payments and credit notes out of its own row (karvo.invoices.settled). SQL
only: a migration imports nothing of KARVO.
"""

SQL = """
ALTER TABLE "document" ADD COLUMN "payments" TEXT NOT NULL DEFAULT '[]',
  ADD COLUMN "credits" TEXT NOT NULL DEFAULT '[]';
UPDATE "document" d SET payments = coalesce(x.payments, '[]'), credits = coalesce(x.credits, '[]')
FROM (SELECT a.invoice_id,
    json_agg(json_build_object('payment_id', p.id, 'payment_no', p.number, 'date', p.date,
      'method', p.method, 'reference', p.reference, 'amount', a.amount) ORDER BY p.id)
      FILTER (WHERE p.id IS NOT NULL)::text AS payments,
    json_agg(json_build_object('credit_id', n.id, 'credit_no', n.number, 'date', n.date,
      'amount', a.amount) ORDER BY n.id) FILTER (WHERE n.id IS NOT NULL)::text AS credits
  FROM (SELECT invoice_id, payment_id, credit_note_id, sum(amount) AS amount FROM "allocation"
    GROUP BY invoice_id, payment_id, credit_note_id HAVING sum(amount) <> 0) a
  LEFT JOIN "payment" p ON p.id = a.payment_id
  LEFT JOIN "document" n ON n.id = a.credit_note_id GROUP BY a.invoice_id) x
WHERE x.invoice_id = d.id;
"""


def up(migrator: object, db: object) -> None:
    """Fill them from the allocations; the search path names the schema."""
    db.execute_sql(SQL)  # type: ignore[attr-defined]
