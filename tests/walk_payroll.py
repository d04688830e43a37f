"""The part of the walk that goes through payroll."""

import typing

RUNS, RUN = '/payroll/runs', '/payroll/runs/{id:int}'
WEEK = {'frequency': 'weekly', 'period_start': '2026-03-01', 'period_end': '2026-03-07'}


def walk_payroll(walk: typing.Any) -> None:
    """Somebody, his hours, a run through all that may become of one."""
    quoted = {'pay_date': '2026-03-13', 'periods': 26, 'gross': '2000.00'}
    walk.go('POST', '/payroll/calculate', quoted)
    who = _employee(walk)
    walk.go('PUT', '/payroll/settings', {'hsf_payroll': 900_000})
    walk.go('GET', '/payroll/settings')
    _hours(walk, who)
    made = walk.go('POST', RUNS, WEEK | {'pay_date': '2026-03-12'})['id']
    walk.go('GET', RUNS, query='?status=calculated&frequency=weekly')
    bonus = [{'employee_id': who, 'amount': 100}]
    walk.go('POST', f'{RUN}/recalculate', {'lump_sums': bonus}, id=made)
    _steps(walk, made, 'approve', 'reopen', 'approve', 'post', 'pay')
    walk.go('GET', RUN, id=made)
    [stub] = walk.go('GET', f'{RUN}/stubs', id=made)['data']
    walk.go('GET', f'{RUN}/stubs/{{stub_id:int}}/pdf', id=made, stub_id=stub['id'])
    special = WEEK | {'kind': 'special', 'pay_date': '2026-03-13', 'lump_sums': bonus}
    _steps(walk, walk.go('POST', RUNS, special)['id'], 'cancel')
    _steps(walk, walk.go('POST', RUNS, special)['id'], 'approve', 'post', 'void')


def _employee(walk: typing.Any) -> int:
    many, one = '/payroll/employees', '/payroll/employees/{id:int}'
    body = {'first_name': 'Ana', 'last_name': 'Roy', 'pay_type': 'hourly', 'pay_rate': 30}
    who: int = walk.go('POST', many, body | {'pay_frequency': 'weekly'})['id']
    walk.go('GET', many, query='?status=active&search=roy&pay_type=hourly')
    walk.go('GET', one, id=who)
    walk.go('PUT', one, {'pay_rate': 31}, id=who)
    opening = {'year': 2026, 'gross_all': '5000.00', 'qpp': '300.00'}
    walk.go('PUT', f'{one}/opening', opening, id=who)
    walk.go('GET', f'{one}/opening', id=who, query='?year=2026')
    return who


def _hours(walk: typing.Any, who: int) -> None:
    many, one = '/payroll/timesheets', '/payroll/timesheets/{id:int}'
    day = {'employee_id': who, 'date': '2026-03-03', 'hours': 8, 'status': 'draft'}
    made = walk.go('POST', many, day)['id']
    walk.go('PUT', one, {'hours': '7.5'}, id=made)
    for step in ('submit', 'reject', 'submit', 'approve'):
        walk.go('POST', f'{one}/{step}', {}, id=made)
    walk.go('GET', one, id=made)
    walk.go('DELETE', one, id=walk.go('POST', many, day | {'type': 'sick'})['id'])
    walk.go('GET', many, query='?date_from=2026-03-01&date_to=2026-03-07&type=regular')


def _steps(walk: typing.Any, run: int, *steps: str) -> None:
    for step in steps:
        walk.go('POST', f'{RUN}/{step}', {}, id=run)
