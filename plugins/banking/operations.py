"""Recording income and expenses, and taking them back (V2-3)."""

import datetime as dt
import typing

from karvo.customers.models import Party
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, invalid, not_found
from karvo.kit.fields import ZERO, Bounds
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.ledger.models import Account
from karvo.ledger.operations import check_open, first_open_date, post_entry, reverse_source
from karvo.ledger.schemas import NewEntry, Posting
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings
from plugins.banking.models import CASH_CODES, CASH_TYPES, CATEGORY_TYPES, Transaction
from plugins.banking.schemas import (
    Kind,
    NewTransaction,
    TransactionEvent,
    TransactionRecorded,
    TransactionReversed,
)

SOURCE = 'transaction'
#: Which lock date binds (G-7): income is of the sales' side.
LOCKS: dict[str, str] = {'income': 'sales', 'expense': 'purchase'}
AMOUNT = Bounds(above=ZERO)


def record_transaction(new: NewTransaction, *, actor: Actor) -> int:
    """The id. Books Dr account, Cr category of an income, the reverse of an expense.

    Raises Invalid naming the field (account_id, category_id, amount, date, customer_id), Conflict
    where the period is locked.
    """
    with atomic() as work:
        settings = read_settings()
        date = _date(new, settings)
        if problem := AMOUNT.problem(new.amount):
            raise invalid(amount=problem)
        account, category = _account(new.account_id), _category(new.category_id, new.type)
        row = _insert(new, date, settings, work)
        _post(row, account, category, work)
        taken = work.take_number('TX', date.year, 'banking_transaction', row.id, is_searched=True)
        _announce(TransactionRecorded, row, {}, work, actor, number=taken.token)
    return row.id


def reverse_transaction(
    transaction_id: int, *, actor: Actor, version: int | None = None
) -> dt.date:
    """Swap the sides of its entry, today or on the first open date after (A-4); that date.

    Raises NotFound, PreconditionFailed, Conflict when it is reversed already.
    """
    with atomic() as work:
        row = _locked(transaction_id, version)
        if row.state == 'reversed':
            raise Conflict('the transaction is reversed already')
        settings = read_settings()
        wanted = max(business_date(settings), row.date)
        date = first_open_date(settings, wanted, LOCKS[row.type])
        reverse_source((SOURCE, row.id), date, f'{row.number} reversed', work=work)
        row.state, row.reversed_on = 'reversed', date
        row.version, row.updated_at = row.version + 1, work.at
        row.save()
        _announce(TransactionReversed, row, {'status': 'posted'}, work, actor)
    return date


def _date(new: NewTransaction, settings: Settings) -> dt.date:
    today = business_date(settings)
    date = new.date or today
    if not clock.is_business_date(date, today):
        raise invalid(date=f'must be from {clock.EARLIEST} to {clock.latest(today)}')
    check_open(settings, date, LOCKS[new.type])
    return date


def _account(account_id: int) -> Account:
    account = Account.get_or_none(Account.id == account_id)
    if account is None or not account.is_active:
        raise invalid(account_id='not found' if account is None else 'is inactive')
    if account.type not in CASH_TYPES and account.code not in CASH_CODES:
        raise invalid(account_id='must be a bank or cash account')
    return account


def _category(account_id: int, kind: Kind) -> Account:
    account = Account.get_or_none(Account.id == account_id)
    if account is None or not account.is_active:
        raise invalid(category_id='not found' if account is None else 'is inactive')
    if account.type not in CATEGORY_TYPES[kind]:
        raise invalid(category_id=f'must be an {kind} account')
    return account


def _insert(new: NewTransaction, date: dt.date, settings: Settings, work: Work) -> Transaction:
    party = _party(new.customer_id)
    return Transaction.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        type=new.type,
        account=new.account_id,
        category=new.category_id,
        party=party.id if party else None,
        date=date,
        amount=new.amount,
        currency=settings.currency,
        description=new.description,
        reference=new.reference,
        search_text=fold(new.description, new.reference),
        created_at=work.at,
        updated_at=work.at,
    )


def _party(customer_id: int | None) -> Party | None:
    if customer_id is None:
        return None
    party = Party.get_or_none((Party.id == customer_id) & Party.deleted_at.is_null())
    if party is None:
        raise invalid(customer_id='not found')
    return party


def _post(row: Transaction, account: Account, category: Account, work: Work) -> None:
    debited, credited = account.code, category.code
    if row.type == 'expense':
        debited, credited = credited, debited
    entry = NewEntry(
        date=row.date,
        journal='cash',
        memo=row.description or row.reference or row.type,
        source=(SOURCE, row.id),
        postings=[Posting(debited, debit=row.amount), Posting(credited, credit=row.amount)],
    )
    post_entry(entry, work=work)


def _locked(transaction_id: int, version: int | None) -> Transaction:
    query = Transaction.select().where(Transaction.id == transaction_id)
    row = query.for_update().get_or_none()
    if row is None:
        raise not_found('Transaction')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the transaction is at version {row.version}')
    return row


def _announce(
    kind: type[TransactionEvent],
    row: Transaction,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
    number: str | None = None,
) -> None:
    shot = {
        'id': row.id,
        'number': number or row.number,
        'type': row.type,
        'status': row.state,
        'date': row.date,
        'amount': row.amount,
        'currency': row.currency,
        'account_id': row.account_id,
        'category_id': row.category_id,
        'customer_id': row.party_id,
        'description': row.description,
        'reference': row.reference,
        'reversed_on': row.reversed_on,
    }
    work.record(kind(id=row.id, uid=str(row.uid), object=shot, previous=previous), actor)
