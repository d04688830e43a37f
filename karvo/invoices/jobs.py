"""What invoices do by the clock, and their paper for mails."""

import datetime as dt

from karvo.invoices.documents import form_of, invoice_pdf
from karvo.invoices.operations.overdue import announce_overdue
from karvo.invoices.reads import read_printed
from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, Report
from karvo.kit.printed import file_name
from karvo.mail.papers import papers
from karvo.mail.schemas import Paper


def overdue(actor: Actor, day: dt.date) -> Report:
    """Announce invoices that have become overdue."""
    return {'announced': announce_overdue(day, actor=actor)}


def paper(document_id: int) -> Paper | None:
    """An invoice as it stands when its mail goes out."""
    row = read_printed(document_id, 'invoice')
    if row is None:
        return None
    body = invoice_pdf(row, form_of(row, None))
    return Paper(file_name(row.number or f'draft-{document_id}'), body)


papers('invoice', paper)
jobs = [Job(name='invoices.overdue', run=overdue, at=dt.time(0, 10))]
