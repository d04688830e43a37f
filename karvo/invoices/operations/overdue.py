"""Announcing invoices that became overdue. The status itself follows from the date (7.1)."""

import datetime as dt

from karvo.invoices.models import Document
from karvo.invoices.operations.posting import announce
from karvo.invoices.schemas import InvoiceOverdue
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.work import Work, atomic

MOST = 200  #: invoices in one transaction

#: Open ones are few and have an index of their own; locked in the order in which payments lock.
BECAME = """
SELECT d.id FROM @document d
WHERE d.type = 'invoice' AND d.state = 'posted' AND d.balance > 0 AND d.deleted_at IS NULL
  AND d.due_date < %(day)s AND NOT EXISTS (SELECT 1 FROM @overdue_notice n
    WHERE n.document_id = d.id AND n.due_date = d.due_date)
ORDER BY d.id LIMIT %(most)s FOR UPDATE OF d"""
NOTE = """
INSERT INTO @overdue_notice AS n (document_id, due_date, announced_at)
SELECT d.id, d.due_date, %(at)s FROM @document d WHERE d.id = ANY(%(ids)s) ORDER BY d.id
ON CONFLICT (document_id) DO UPDATE SET due_date = excluded.due_date,
  announced_at = excluded.announced_at"""


def announce_overdue(day: dt.date, *, actor: Actor) -> int:
    """`invoice.overdue` once for each invoice and due date that lies before `day`; how many."""
    total = 0
    while True:
        with atomic() as work:
            ids = _became(day, work)
            for document in Document.select().where(Document.id.in_(ids)).order_by(Document.id):
                announce(InvoiceOverdue, document, work, actor)
        total += len(ids)
        if len(ids) < MOST:
            return total


def _became(day: dt.date, work: Work) -> list[int]:
    """Those that nobody announced yet, noted as announced."""
    ids = [row[0] for row in database.run(BECAME, {'day': day, 'most': MOST}).fetchall()]
    if ids:
        database.run(NOTE, {'ids': ids, 'at': work.at})
    return ids
