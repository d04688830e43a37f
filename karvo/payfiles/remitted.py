"""What is remitted to whom: periods of a year, their items, their due dates.

The Canada Revenue Agency gets federal tax and both shares of employment insurance; of a Quebec
employee no pension contribution. Revenu Québec gets Quebec tax, both shares of QPP, QPP2 and QPIP,
the health services fund and the CNESST instalment; once a year, with the RL-1 summary, the labour
standards contribution and the training one (WSDRF). The pay date decides.
"""

import datetime as dt
import typing
from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from karvo.kit.money import ZERO, cents
from karvo.payfiles.schemas.remittances import (
    RemittanceItem,
    RemittanceKind,
    RemittancePaid,
    RemittanceRead,
)
from karvo.payfiles.schemas.settings import (
    Authority,
    FilingSettings,
    Remitter,
    RemitterFrequency,
    expenses_of,
)
from karvo.payroll import due_dates
from karvo.payroll.engine import parameters
from karvo.payroll.wire import label

#: Items by kind: (code, column of the employee's share, column of the employer's).
ITEMS: dict[str, tuple[tuple[str, str, str], ...]] = {
    'cra': (('federal_tax', 'federal_tax', ''), ('ei', 'ei', 'employer_ei')),
    'rq': (
        ('qc_tax', 'qc_tax', ''),
        ('qpp', 'qpp', 'employer_qpp'),
        ('qpp2', 'qpp2', 'employer_qpp2'),
        ('qpip', 'qpip', 'employer_qpip'),
        ('hsf', '', 'employer_hsf'),
        ('cnesst', '', 'employer_cnesst'),
    ),
    'cnt': (('cnt', '', 'employer_cnt'),),
    'wsdrf': (('wsdrf', '', 'wsdrf'),),
}
WORDS = {'wsdrf': ('FDRCMO', 'WSDRF')}
DAY = dt.timedelta(days=1)


class Window(msgspec.Struct, frozen=True):
    """A remitting period."""

    code: str
    authority: Authority
    kind: RemittanceKind
    frequency: RemitterFrequency
    start: dt.date
    end: dt.date


class Sums(msgspec.Struct, kw_only=True):
    """What the posted stubs of a window come to, and what was paid of it."""

    code: str
    employees: int
    sums: dict[str, Decimal]
    payments: list['Payment']


class Payment(msgspec.Struct, kw_only=True):
    """A payment as stored."""

    date: dt.date
    reference: str | None
    amount: Decimal
    items: dict[str, Decimal]


def frequency_of(
    remitters: Sequence[Remitter], authority: Authority, year: int
) -> RemitterFrequency:
    """Of the last year said that is not after this one; monthly where nothing is."""
    known = [one for one in remitters if one.authority == authority and one.year <= year]
    last = max(known, key=lambda one: one.year, default=None)
    return last.frequency if last else 'monthly'


def windows(year: int, settings: FilingSettings) -> list[Window]:
    """All remitting periods of a year's pay dates."""
    found = [*_periods(year, 'cra', settings), *_periods(year, 'rq', settings)]
    days = dt.date(year, 1, 1), dt.date(year, 12, 31)
    for kind in typing.get_args(RemittanceKind)[1:]:
        found.append(Window(f'{kind}-{year}', 'rq', kind, 'annual', *days))
    return found


def _periods(year: int, authority: Authority, settings: FilingSettings) -> Iterator[Window]:
    frequency = frequency_of(settings.remitters, authority, year)
    start = dt.date(year, 1, 1)
    while start.year == year:
        end = due_dates.period_end(start, frequency)
        code = f'{authority}-{end.isoformat()}'
        yield Window(code, authority, 'source_deductions', frequency, start, end)
        start = end + DAY


def due_date(window: Window) -> dt.date:
    """Yearly contributions: the last day of February."""
    if window.kind == 'source_deductions':
        return due_dates.due_date(window.end, window.frequency, window.authority)
    return due_dates.next_business_day(dt.date(window.end.year + 1, 3, 1) - DAY, 'rq')


def remittance(
    window: Window, found: Sums, settings: FilingSettings, today: dt.date
) -> RemittanceRead:
    """The window with its sums."""
    due, until = due_date(window), due_date(window)
    if window.kind == 'source_deductions':
        until = due_dates.tolerated_until(window.end, window.frequency, window.authority)
    sums = dict(found.sums)
    if window.kind == 'wsdrf':
        sums['wsdrf'] = training_due(sums.get('gross', ZERO), window.end.year, settings)
    items = list(_items(window, sums))
    total = sum((one.total for one in items), ZERO)
    paid = sum((one.amount for one in found.payments), ZERO)
    return RemittanceRead(
        code=window.code,
        authority=window.authority,
        kind=window.kind,
        frequency=window.frequency,
        period_start=window.start,
        period_end=window.end,
        due_date=due,
        tolerated_until=until,
        gross_payroll=sums.get('gross', ZERO),
        employees_paid=found.employees,
        items=items,
        employee_total=sum((one.employee for one in items), ZERO),
        employer_total=sum((one.employer for one in items), ZERO),
        total=total,
        paid_amount=paid,
        balance=total - paid,
        paid=paid >= total,
        overdue=paid < total and today > due,
        payments=[
            RemittancePaid(date=one.date, reference=one.reference, amount=one.amount)
            for one in found.payments
        ],
    )


def _items(window: Window, sums: dict[str, Decimal]) -> Iterator[RemittanceItem]:
    kind = window.authority if window.kind == 'source_deductions' else window.kind
    for code, employee, employer in ITEMS[kind]:
        french, english = WORDS.get(code) or label(code)
        shares = sums.get(employee, ZERO), sums.get(employer, ZERO)
        yield RemittanceItem(
            code=code,
            label_fr=french,
            label_en=english,
            employee=shares[0],
            employer=shares[1],
            total=shares[0] + shares[1],
        )


def training_due(payroll: Decimal, year: int, settings: FilingSettings) -> Decimal:
    """WSDRF: of a payroll over the threshold, 1 % less eligible training expenses, never below 0.

    Raises Invalid (pay_date) for a year without parameters.
    """
    training = parameters.quebec(dt.date(year, 12, 31)).training
    if payroll <= training.payroll_over:
        return ZERO
    return max(ZERO, cents(payroll * training.rate) - expenses_of(settings, year))
