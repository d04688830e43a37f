"""What receivables do by the clock and upon payments, and their paper for mails."""

import datetime as dt

from karvo.billing.statements import read_account
from karvo.invoices.schemas import (
    InvoiceCredited,
    InvoiceEvent,
    InvoicePaid,
    InvoiceVoided,
    InvoiceWrittenOff,
)
from karvo.kit.actor import Actor
from karvo.kit.jobs import Handler, Job, Report, StoredEvent
from karvo.kit.printed import file_name
from karvo.mail.papers import papers
from karvo.mail.schemas import Paper
from karvo.receivables.documents import letter_pdf
from karvo.receivables.models import Dunning
from karvo.receivables.operations.letters import settle_letters
from karvo.receivables.operations.proposals import propose_letters
from karvo.receivables.operations.snapshots import take_snapshot
from karvo.receivables.reads import read_letter


def snapshot(actor: Actor, day: dt.date) -> Report:
    """Keep what each customer owes on the day."""
    count = take_snapshot(day, actor=actor)
    return {'taken_before': True} if count is None else {'customers': count}


def dunning(actor: Actor, day: dt.date) -> Report:
    """Put away letters whose invoices are settled, propose new ones."""
    settled = settle_letters(actor=actor)
    return {'settled': settled, 'proposed': propose_letters(day, actor=actor)}


def invoice_settled(event: StoredEvent, actor: Actor) -> None:
    """Letters whose last open invoice this was are resolved."""
    settle_letters(actor=actor, document_id=event.resource_id)


def paper(letter_id: int) -> Paper | None:
    """A letter as it went out."""
    shown = read_letter(letter_id)
    account = read_account(shown.customer_id) if shown else None
    if shown is None or account is None:
        return None
    body, _ = letter_pdf(Dunning.get_by_id(letter_id), shown, account, None)
    return Paper(file_name(f'{account.customer.code}-{shown.date}'), body)


papers('dunning', paper)
handlers: dict[type[InvoiceEvent], list[Handler]] = {
    InvoicePaid: [invoice_settled],
    InvoiceCredited: [invoice_settled],
    InvoiceVoided: [invoice_settled],
    InvoiceWrittenOff: [invoice_settled],
}
jobs = [
    Job(name='receivables.snapshot', run=snapshot, at=dt.time(0, 30)),
    Job(name='receivables.dunning', run=dunning, at=dt.time(5, 0)),
]
