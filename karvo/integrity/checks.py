"""Do the books of a company hold together? Names only what is unexplained."""

from collections.abc import Iterator

from karvo.billing.reads import (
    open_receivables,
    wrong_balances,
    wrong_settled,
    wrong_unallocated,
)
from karvo.claims.reads import unmarked_documents
from karvo.invoices.audit import audit_numbers, audited_series, missing_events
from karvo.invoices.taxed import wrong_taxes
from karvo.kit.reading import one_moment
from karvo.ledger.reads import balance_of, unbalanced_entries
from karvo.ledger.schemas import RECEIVABLE
from karvo.payfiles.reads import wrong_files
from karvo.payroll.reads import wrong_totals
from karvo.warehouses.reads import wrong_stock


def problems() -> list[str]:
    """One line for each thing that is off in the current company; none when all is well.

    Of one moment: who works meanwhile is no problem.
    """
    with one_moment():
        return list(_problems())


def _problems() -> Iterator[str]:
    for entry_id, number, difference in unbalanced_entries():
        yield f'journal entry {number or entry_id} does not balance: {difference}'
    owed, account = open_receivables(), balance_of(RECEIVABLE)
    if owed != account:
        yield f'open documents are {owed}, but account {RECEIVABLE} holds {account}'
    for document_id, number, stored, computed in wrong_balances():
        yield f'invoice {number or document_id}: balance {stored}, by its allocations {computed}'
    for document_id, name in wrong_taxes():
        yield f'document {name or document_id}: its taxes are not what their sums say'
    for document_id, name in wrong_settled():
        yield f'invoice {name or document_id}: shows others than the payments that it took'
    for document_id, name in unmarked_documents():
        yield f'document {name or document_id}: does not show what is shipped or claimed of it'
    for payment_id, number, stored, computed in wrong_unallocated():
        yield f'payment {number or payment_id}: unallocated {stored}, by what it paid {computed}'
    yield from wrong_stock()
    for number, total, stubs in wrong_totals():
        yield f'pay run {number}: net {total}, by its stubs {stubs}, or the ledger differs'
    for file, run, total, net in wrong_files():
        yield f'payment file {file:04} of {run} pays {total}, the run {net}'
    for code, year in audited_series():
        unexplained = audit_numbers(code, year).unexplained
        if unexplained:
            shown = ', '.join(map(str, unexplained[:10]))
            yield f'series {code} {year}: numbers without a document: {shown}'
    if count := missing_events():
        yield f'{count} event sequence numbers have no event'
