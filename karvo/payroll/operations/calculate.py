"""The stubs of a run: everybody's pay computed, checked, then written at once.

However many are paid, the statements are the same few; nothing is written unless every pay holds.
"""

import typing
from collections.abc import Sequence
from decimal import Decimal

import msgspec

from karvo.kit.errors import Invalid, KarvoError
from karvo.kit.money import ZERO
from karvo.kit.work import Work
from karvo.payroll.calculation_reads import (
    Payee,
    Years,
    payees,
    sheets_for,
    usual_pays,
    years,
)
from karvo.payroll.deducted import Taken, as_inputs, deductions_of, taken
from karvo.payroll.earned import Earning, Period, Sheet, earnings, hourly_value, usual_pay
from karvo.payroll.engine import parameters
from karvo.payroll.engine.compute import Pay, Result, Ytd, calculate
from karvo.payroll.engine.employer import hsf_rate
from karvo.payroll.labour import holidays
from karvo.payroll.models import PayRun
from karvo.payroll.operations.stubs import Computed, totals_of, write_stubs
from karvo.payroll.pay_calendar import pays_left, qpp_standing
from karvo.payroll.reads import NOTHING, SUMS, Sums
from karvo.payroll.schemas.employees import Exemptions
from karvo.payroll.schemas.runs import LumpSum
from karvo.payroll.schemas.settings import PayrollSettings

SUNDAY = 6
#: What the year's maximums bind; a later pay of the year has used up its part.
CAPPED = ('qpp', 'qpp2', 'ei', 'qpip')


def calculate_run(
    run: PayRun, lumps: Sequence[LumpSum], settings: PayrollSettings, work: Work
) -> None:
    """The stubs of a run anew; its totals and the number of employees are set, not saved.

    Raises Invalid: nobody to be paid, a year without parameters, an employee whose net is below
    zero (all of them are named), a lump sum for somebody who is not paid.
    """
    calculation = _Calculation(run, lumps, settings)
    found = calculation.everybody()
    write_stubs(run, found, calculation.own_sheets(found), work)
    run.totals = msgspec.to_builtins(totals_of(found))
    run.employees = len(found)


def statuses_paid(settings: PayrollSettings) -> tuple[str, ...]:
    """Which timesheets a run takes up."""
    return ('approved',) if settings.require_approval else ('submitted', 'approved')


def period_of(run: PayRun, settings: PayrollSettings) -> Period:
    """The run's days, their statutory holidays, where its weeks begin."""
    easter: typing.Any = 'good_friday' if settings.good_friday else 'easter_monday'
    known = [
        holiday.date
        for year in range(run.period_start.year, run.period_end.year + 1)
        for holiday in holidays(year, easter=easter)
    ]
    return Period(
        start=run.period_start,
        end=run.period_end,
        periods=run.periods,
        week_starts=SUNDAY if settings.week_starts == 'sunday' else 0,
        holidays=tuple(day for day in known if run.period_start <= day <= run.period_end),
    )


class _Calculation:
    """One run's: what is the same for all is read once."""

    def __init__(self, run: PayRun, lumps: Sequence[LumpSum], settings: PayrollSettings) -> None:
        parameters.quebec(run.pay_date)  # refuses a year that it does not know
        self.run, self.settings = run, settings
        self.lumps = lumps
        self.period = period_of(run, settings)
        self.payees = payees(run)
        self.years = years(run)
        self.usual = usual_pays(run) if lumps else {}
        self.sheets: dict[int, list[Sheet]] = {}
        if run.kind == 'regular':
            days = (self.period.first_needed, run.period_start, run.period_end)
            paid = statuses_paid(settings)
            self.sheets = sheets_for(run.id, run.frequency, days, paid)
        self.hsf_rate = settings.hsf_rate
        if self.hsf_rate is None:
            payroll, sector = settings.hsf_payroll, settings.hsf_sector
            self.hsf_rate = hsf_rate(run.pay_date.year, payroll, sector)

    def everybody(self) -> list[Computed]:
        """Raises Invalid, naming all whose pay does not hold."""
        lumps = self._lumps()
        paid = [payee for payee in self.payees if self._is_paid(payee, lumps)]
        if not paid:
            raise Invalid(
                f'no active employee is paid {self.run.frequency}',
                fields={'frequency': 'no active employee is paid so in this period'},
            )
        found: list[Computed] = []
        problems: dict[str, str] = {}
        for payee in paid:
            try:
                found.append(self._one(payee, lumps.get(payee.id, [])))
            except Invalid as error:
                if 'pay_date' in error.fields:
                    raise
                problems |= _problems(payee, error)
        if problems:
            raise Invalid('; '.join(problems.values()), fields=problems)
        return found

    def own_sheets(self, found: Sequence[Computed]) -> list[int]:
        """Ids of the timesheets that the run takes up."""
        paid = {one.payee.id for one in found}
        return [s.id for who in paid for s in self.sheets.get(who, []) if s.is_own]

    def _lumps(self) -> dict[int, list[LumpSum]]:
        """By employee. Raises Invalid for who is not paid in this run."""
        numbers = {payee.number: payee.id for payee in self.payees}
        known = {payee.id for payee in self.payees}
        found: dict[int, list[LumpSum]] = {}
        problems: dict[str, str] = {}
        for n, one in enumerate(self.lumps):
            named = 'employee_no' if one.employee_no is not None else 'employee_id'
            who = numbers.get(one.employee_no) if one.employee_no is not None else one.employee_id
            if who is None or who not in known:
                problems[f'lump_sums[{n}].{named}'] = 'is not paid in this run'
            elif one.rpp > one.amount:
                problems[f'lump_sums[{n}].rpp'] = 'must not be more than amount'
            else:
                found.setdefault(who, []).append(one)
        if problems:
            text = '; '.join(f'{name} {why}' for name, why in problems.items())
            raise Invalid(text, fields=problems)
        return found

    def _is_paid(self, payee: Payee, lumps: dict[int, list[LumpSum]]) -> bool:
        """Of a special run, who gets something; who is on leave only for hours or a lump sum."""
        if self.run.kind == 'special':
            return payee.id in lumps
        if payee.status != 'on_leave':
            return True
        return payee.id in lumps or any(s.is_own for s in self.sheets.get(payee.id, []))

    def _one(self, payee: Payee, lumps: list[LumpSum]) -> Computed:
        lines: list[Earning] = []
        if self.run.kind == 'regular' and payee.status != 'on_leave':
            lines = earnings(payee, self.period, self.sheets.get(payee.id, []))
        elif self.run.kind == 'regular':
            # Of who is on leave only the hours that were entered are paid.
            away = msgspec.structs.replace(payee, pay_type='hourly', pay_rate=hourly_value(payee))
            lines = earnings(away, self.period, self.sheets.get(payee.id, []))
        lines += [_lump_line(one) for one in lumps]
        lump = sum((one.amount for one in lumps), ZERO)
        gross = sum((line.amount for line in lines), ZERO)
        deducted = taken(deductions_of(payee.deductions), gross - lump, lump)
        if rpp := sum((one.rpp for one in lumps), ZERO):
            deducted.append(Taken('rpp', 'rpp', rpp, rpp))
        own = self.years.get(payee.id, Years(NOTHING, NOTHING))
        pay = self._pay(payee, gross - lump, lump, as_inputs(deducted), own.before)
        pay, result = _computed(pay, self._beside(payee, pay), own)
        found = Computed(payee=payee, lines=lines, deducted=deducted, pay=pay, result=result)
        return found.completed(own.before)

    def _pay(
        self,
        payee: Payee,
        gross: Decimal,
        lump: Decimal,
        items: dict[str, Decimal],
        before: Sums,
    ) -> Pay:
        exemptions = msgspec.convert(payee.exemptions, Exemptions)
        standing = qpp_standing(payee.birth_date, self.run.pay_date, exemptions)
        return Pay(
            pay_date=self.run.pay_date,
            periods=self.run.periods,
            gross=gross,
            lump_sum=lump,
            lump_separate=self.run.kind == 'special',
            qc_lump_method=2,  # the first method is asked for beside it
            periods_remaining=None,
            qpip_insurable=ZERO if exemptions.qpip else None,
            td1_total=payee.td1_total,
            td1_claim_code=payee.td1_claim_code,
            k3=payee.k3,
            tp1015_e=payee.tp1015_e,
            tp1015_j=payee.tp1015_j,
            tp1016_k1=payee.tp1016_k1,
            tp1015_exempt=payee.tp1015_exempt,
            additional_tax_fed=payee.additional_tax_fed if gross else ZERO,
            additional_tax_qc=payee.additional_tax_qc if gross else ZERO,
            qpp_exempt=standing.is_exempt,
            qpp_months=standing.months,
            ei_exempt=exemptions.ei,
            hsf_rate=self.hsf_rate or ZERO,
            cnesst_rate=self._cnesst_rate(payee),
            cnt_exempt=self.settings.cnt_exempt,
            ytd=ytd_of(before),
            **items,
        )

    def _beside(self, payee: Payee, pay: Pay) -> Pay | None:
        """The pay by which a lump sum is taxed, where it is not the one that it is paid with.

        Paid without wages, it is taxed as if with the usual pay: the latest one of the year, else
        what the terms come to. The first method for Quebec counts the pays left, by which the
        periodic tax would spread the yearly amounts of a form: so it is asked apart from it.
        """
        changes: dict[str, typing.Any] = {}
        if pay.lump_sum and not pay.gross:
            usual = self.usual.get(payee.id) or usual_pay(payee, self.run.periods)
            own = as_inputs(taken(deductions_of(payee.deductions), usual))
            changes = own | {'gross': usual, 'lump_rpp': pay.lump_rpp}
        if pay.lump_sum and self.settings.qc_lump_method == 1:
            left = pays_left(self.run.frequency, self.run.pay_date, self.run.periods)
            changes |= {'qc_lump_method': 1, 'periods_remaining': left}
        return msgspec.structs.replace(pay, **changes) if changes else None

    def _cnesst_rate(self, payee: Payee) -> Decimal:
        """Of the employee's unit in the pay date's year. Raises Invalid for a unit without one."""
        unit = payee.cnesst_unit or self.settings.cnesst_unit
        if unit is None:
            return ZERO
        year = self.run.pay_date.year
        for one in self.settings.cnesst_units:
            if (one.unit, one.year) == (unit, year):
                return one.rate
        raise Invalid('', fields={'cnesst_unit': f'{unit} has no rate for {year} in the settings'})


def ytd_of(sums: Sums) -> Ytd:
    """The engine's view of a year's sums."""
    return Ytd(
        qpp=sums['qpp'],
        qpp2=sums['qpp2'],
        ei=sums['ei'],
        qpip=sums['qpip'],
        qpip_employer=sums['employer_qpip'],
        pensionable=sums['pensionable'],
        gross_all=sums['gross'],
        gross_periodic=sums['pay'],
        h=sums['h'],
        csa=sums['csa'],
        f=sums['f'],
    )


def _computed(pay: Pay, beside: Pay | None, own: Years) -> tuple[Pay, Result]:
    """A pay put before others of its year: maximums that those have used up bind it too.

    Where they leave room, it is computed as if the later ones were not there, so that a run that
    is voided and entered again comes out as it was.
    """
    result = calculate(pay, beside)
    if not any(own.after.values()):
        return pay, result
    whole = ytd_of({name: own.before[name] + own.after[name] for name in SUMS})
    bound = msgspec.structs.replace(pay, ytd=whole)
    again = calculate(bound, beside and msgspec.structs.replace(beside, ytd=whole))
    is_over = any(getattr(result, name) > getattr(again, name) for name in CAPPED)
    is_over = is_over or result.employer.qpip > again.employer.qpip
    return (bound, again) if is_over else (pay, result)


def _lump_line(one: LumpSum) -> Earning:
    return Earning(code=f'lump_{one.kind}', amount=one.amount, note=one.note)


def _problems(payee: Payee, error: KarvoError) -> dict[str, str]:
    """A refusal of one pay, by whose it is: `employees.E00001.net`."""
    return {
        f'employees.{payee.number}.{name}': f'{payee.named}: {name} {why}'
        for name, why in error.fields.items()
    } or {f'employees.{payee.number}': f'{payee.named}: {error.message}'}
