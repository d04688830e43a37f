"""What an employee was paid in a year before it was paid here."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid
from karvo.kit.money import ZERO
from karvo.kit.outbox import as_json
from karvo.kit.work import atomic
from karvo.payroll.engine import parameters
from karvo.payroll.operations.employees import locked_employee
from karvo.payroll.operations.runs import QUEUE
from karvo.payroll.reads import NOTHING, Sums
from karvo.payroll.schemas.openings import Opening

#: Members that SUMS calls otherwise.
NAMES = {'gross_all': 'gross', 'gross_periodic': 'pay', 'qpip_employer': 'employer_qpip'}
SAVE = """
INSERT INTO @payroll_opening (employee_id, year, sums, created_at, updated_at)
VALUES (%(employee)s, %(year)s, %(sums)s::jsonb, %(at)s::timestamptz, %(at)s::timestamptz)
ON CONFLICT (year, employee_id) DO UPDATE
SET sums = excluded.sums, updated_at = excluded.updated_at"""
POSTED = """
SELECT r.number FROM @pay_stub s JOIN @pay_run r ON r.id = s.run_id
WHERE s.employee_id = %(employee)s AND r.status IN ('posted', 'paid')
  AND r.pay_date BETWEEN %(first)s::date AND %(last)s::date ORDER BY r.id LIMIT 1"""


def open_year(employee_id: int, opening: Opening, *, actor: Actor) -> None:
    """Set an employee's sums of a year before the first pay here, in place of earlier ones.

    What is calculated or approved already is refused at its next step until it is recalculated.

    Raises NotFound, Invalid (an unknown year, more than a yearly maximum), Conflict (a run of the
    year is posted).
    """
    with atomic() as work:
        database.run(QUEUE)
        row = locked_employee(employee_id)
        who = f'{row.number} {row.first_name} {row.last_name}'
        sums = _sums(opening)
        _check(opening, sums, who)
        days = {'first': dt.date(opening.year, 1, 1), 'last': dt.date(opening.year, 12, 31)}
        if posted := database.run(POSTED, days | {'employee': row.id}).fetchone():
            raise Conflict(f'pay run {posted[0]} of {opening.year} is posted ({who})')
        named = {'employee': row.id, 'year': opening.year, 'sums': as_json(sums), 'at': work.at}
        database.run(SAVE, named)
        # Amounts are for payroll's eyes; that they were set is for the audit log.
        told = {'year': opening.year}
        work.audit('employee.year_opened', 'employee', row.id, actor, after=told)


def opening_of(year: int, sums: Sums) -> Opening:
    """As it was sent."""
    named = {own: name for name, own in NAMES.items()}
    values = {named.get(name, name): amount for name, amount in sums.items()}
    known = {n: values[n] for n in Opening.__struct_fields__ if n in values}
    return Opening(year=year, **known)


def _sums(opening: Opening) -> Sums:
    given = msgspec.structs.asdict(opening)
    year_of = (given['gross_all'], given['gross_periodic'])
    said: Decimal = next((amount for amount in year_of if amount is not None), ZERO)
    for name in ('gross_all', 'gross_periodic'):
        given[name] = said if given[name] is None else given[name]
    for name in ('pensionable', 'insurable', 'qpip_insurable'):
        given[name] = given['gross_all'] if given[name] is None else given[name]
    sums = {NAMES.get(name, name): amount for name, amount in given.items() if name != 'year'}
    return NOTHING | sums | {'lump_sum': sums['gross'] - sums['pay']}


def _check(opening: Opening, sums: Sums, who: str) -> None:
    """Raises Invalid naming the employee and every field."""
    first = dt.date(opening.year, 1, 1)
    try:
        law, ottawa = parameters.quebec(first), parameters.federal(first)
    except Invalid as error:
        raise Invalid(f'{error.message} ({who})', fields={'year': 'is not known'}) from error
    pension, parental = law.pension_plan, law.parental_insurance
    most = {'qpp': pension.most, 'qpp2': pension.second_most, 'qpip': parental.most}
    most |= {'ei': ottawa.employment_insurance.most, 'qpip_employer': parental.employer_most}
    problems = {
        name: f'must be at most {limit}, the maximum of {opening.year}'
        for name, limit in most.items()
        if getattr(opening, name) > limit
    }
    if sums['lump_sum'] < 0:
        problems['gross_periodic'] = 'must not be more than gross_all'
    if problems:
        text = '; '.join(f'{name} {why}' for name, why in problems.items())
        raise Invalid(f'{text} ({who})', fields=problems)
