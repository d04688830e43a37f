"""Remittances that are paid, and reminded of before they are due."""

import datetime as dt
import typing
from collections.abc import Sequence
from decimal import Decimal

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, invalid, not_found
from karvo.kit.money import ZERO
from karvo.kit.work import Work, atomic
from karvo.ledger.operations import check_open, post_entry, side
from karvo.ledger.schemas import NewEntry
from karvo.mail.operations import notify_admin
from karvo.payfiles.models import RemittancePayment
from karvo.payfiles.reads import read_filing_settings, read_remittance, read_remittances, year_of
from karvo.payfiles.schemas.events import RemittanceDue, RemittanceEvent, RemittancePaid
from karvo.payfiles.schemas.remittances import RemittanceRead, RemittanceStep
from karvo.payfiles.schemas.settings import FilingSettings
from karvo.payroll.operations.runs import QUEUE
from karvo.payroll.operations.steps import JOURNAL, LOCK
from karvo.payroll.reads import read_payroll_settings
from karvo.settings.reads import business_date, read_settings

SOURCE = 'remittance'
STALE = 60  #: days overdue after which nobody is reminded any more
NOTICE = """
INSERT INTO @remittance_notice (code, days, created_at)
SELECT %(code)s, t.days, %(at)s::timestamptz FROM unnest(%(days)s::int[]) AS t(days)
ON CONFLICT (code, days) DO NOTHING RETURNING days"""


def pay_remittance(code: str, step: RemittanceStep, *, actor: Actor) -> None:
    """What is left of it goes from the liability to the bank, once.

    Raises NotFound, Invalid (the date), Conflict (nothing is left, a locked period).
    """
    with atomic() as work:
        database.run(QUEUE)
        settings, company = read_filing_settings(), read_settings()
        today = business_date(company)
        found = read_remittance(code, settings, today)
        if found is None:
            raise not_found('Remittance')
        owed, paid = found
        if owed.balance <= ZERO:
            raise Conflict(f'remittance {code} is paid already')
        date = step.date or today
        if not (owed.period_start <= date <= clock.latest(today)):
            raise invalid(date=f'must be from {owed.period_start} to {clock.latest(today)}')
        check_open(company, date, LOCK)
        row = _record(owed, paid, date, step, work, actor)
        post_entry(_entry(owed, row, settings), work=work)
        _announce(RemittancePaid, owed, row.id, {'date': date.isoformat()}, work, actor)


def _record(
    owed: RemittanceRead,
    paid: dict[str, Decimal],
    date: dt.date,
    step: RemittanceStep,
    work: Work,
    actor: Actor,
) -> RemittancePayment:
    left = {one.code: one.total - paid.get(one.code, ZERO) for one in owed.items}
    row = RemittancePayment(
        uid=ids.uuid7(),
        code=owed.code,
        year=year_of(owed.code),
        date=date,
        reference=step.reference,
        amount=owed.balance,
        items={name: str(amount) for name, amount in left.items() if amount},
        created_at=work.at,
        created_by=actor.name or actor.kind,
    )
    row.save(force_insert=True)
    return row


def _entry(owed: RemittanceRead, row: RemittancePayment, settings: FilingSettings) -> NewEntry:
    """Liability to bank; what was never accrued (WSDRF) is an expense of the payment's day."""
    accounts = read_payroll_settings().accounts
    debited = accounts.federal if owed.authority == 'cra' else accounts.quebec
    if owed.kind == 'wsdrf':
        debited = settings.account_wsdrf
    return NewEntry(
        date=row.date,
        journal=JOURNAL,
        memo=owed.code,
        source=(SOURCE, row.id),
        postings=[side(debited, row.amount), side(accounts.bank, -row.amount)],
    )


def remind(day: dt.date, *, actor: Actor) -> int:
    """Announce what is due soon and not paid, once for each of the reminder days; how many."""
    settings = read_filing_settings()
    if not settings.reminder_days:
        return 0
    count = 0
    for owed in _soon(day, settings):
        days = [n for n in settings.reminder_days if (owed.due_date - day).days <= n]
        count += _remind(owed, days, day, actor)
    return count


def _soon(day: dt.date, settings: FilingSettings) -> list[RemittanceRead]:
    found: list[RemittanceRead] = []
    for year in (day.year - 1, day.year):
        found += read_remittances(year, settings, day)
    most = max(settings.reminder_days)
    return [one for one in found if not one.paid and -STALE <= (one.due_date - day).days <= most]


def _remind(owed: RemittanceRead, days: Sequence[int], day: dt.date, actor: Actor) -> bool:
    """Whether somebody was told; thresholds that were missed together are one reminder."""
    with atomic() as work:
        named = {'code': owed.code, 'days': list(days), 'at': work.at}
        if not database.run(NOTICE, named).fetchall():
            return False
        left = (owed.due_date - day).days
        _announce(RemittanceDue, owed, 0, {'days_left': left}, work, actor)
        _mail(owed, actor)
    return True


def _mail(owed: RemittanceRead, actor: Actor) -> None:
    """Which and by when: amounts are for those who may read payroll."""
    period = f'{owed.period_start} – {owed.period_end}'
    french = 'Agence du revenu du Canada' if owed.authority == 'cra' else 'Revenu Québec'
    english = 'Canada Revenue Agency' if owed.authority == 'cra' else 'Revenu Québec'
    notify_admin(
        f'Remise à faire : {french}, le {owed.due_date}',
        f'Remittance due: {english}, {owed.due_date}',
        f'La remise {owed.code} ({period}) doit parvenir à {french} au plus tard le '
        f'{owed.due_date}.\n',
        f'Remittance {owed.code} ({period}) is due at {english} by {owed.due_date}.\n',
        actor=actor,
        kind='remittance',
    )


def _announce(
    kind: type[RemittanceEvent],
    owed: RemittanceRead,
    row_id: int,
    more: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    """No amount: whoever may read events need not read payroll."""
    shown = {
        'code': owed.code,
        'authority': owed.authority,
        'kind': owed.kind,
        'period_start': owed.period_start.isoformat(),
        'period_end': owed.period_end.isoformat(),
        'due_date': owed.due_date.isoformat(),
    }
    work.record(kind(id=row_id, uid='', object=shown | more), actor)
