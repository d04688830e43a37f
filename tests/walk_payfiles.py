"""The part of the walk that goes through payment files, remittances and slips."""

import typing

RUNS, SLIPS = '/payroll/runs', '/payroll/slips'
DAYS = {'frequency': 'monthly', 'period_start': '2026-03-01', 'period_end': '2026-03-31'}
CONTACT = {'name': 'Ana Roy', 'area_code': '418', 'phone': '555-0100', 'email': 'a@acme.example'}
ADDRESS = {'line1': '12, rue A', 'city': 'Québec', 'province': 'QC', 'postal_code': 'G1R 2L3'}
COMPANY = {'address1': '1, rue A', 'city': 'Québec', 'province': 'QC', 'postal_code': 'G1A 1A1'}
FILING = {
    'bank_profile': 'desjardins',
    'originator_id': 'KARVO00001',
    'short_name': 'ACME',
    'long_name': 'Acme',
    'return_account': {'institution': '815', 'transit': '30011', 'account': '7654321'},
    'cra_account': '123456782RP0001',
    'dental_code': '1',
    'contact': CONTACT,
}


def walk_payfiles(walk: typing.Any) -> None:
    """Somebody who is paid by file, what is remitted for him, his slips."""
    walk.go('PUT', '/settings', COMPANY)
    walk.go('PUT', '/payroll/filing-settings', FILING)
    walk.go('GET', '/payroll/filing-settings')
    who, run = _paid(walk)
    walk.go('GET', f'{RUNS}/{{id:int}}/cpa005', id=run)
    _remittances(walk)
    _slips(walk, who, run)


def _paid(walk: typing.Any) -> tuple[int, int]:
    body = {'first_name': 'Zoé', 'last_name': 'Côté', 'pay_type': 'salary', 'pay_rate': 60000}
    body |= {'pay_frequency': 'monthly', 'address': ADDRESS, 'sin': '130692544'}
    body |= {'bank': {'institution': '815', 'transit': '30011', 'account': '1234567'}}
    who: int = walk.go('POST', '/payroll/employees', body)['id']
    run: int = walk.go('POST', RUNS, DAYS | {'pay_date': '2026-03-31'})['id']
    for step in ('approve', 'post'):
        walk.go('POST', f'{RUNS}/{{id:int}}/{step}', {}, id=run)
    return who, run


def _remittances(walk: typing.Any) -> None:
    many, one = '/payroll/remittances', '/payroll/remittances/{code}'
    walk.go('GET', many, query='?year=2026&authority=cra&paid=false')
    walk.go('GET', one, code='cra-2026-03-31')
    walk.go('POST', f'{one}/pay', {'reference': '4711'}, code='cra-2026-03-31')


def _slips(walk: typing.Any, who: int, run: int) -> None:
    one = f'{SLIPS}/{{id:int}}'
    walk.go('PUT', '/payroll/employees/{id:int}/t4', {'dental_code': '2'}, '?year=2026', id=who)
    walk.go('GET', '/payroll/employees/{id:int}/t4', query='?year=2026', id=who)
    walk.go('POST', SLIPS, {'year': 2026, 'employee_ids': [who]})
    walk.go('GET', f'{SLIPS}/summary', query='?year=2026')
    slip = walk.go('GET', SLIPS, query=f'?year=2026&employee_id={who}')['data'][0]['id']
    walk.go('GET', one, id=slip)
    walk.go('GET', f'{SLIPS}/t4.xml', query='?year=2026')
    walk.go('GET', f'{SLIPS}/rl1.csv', query='?year=2026')
    walk.go('PUT', '/payroll/employees/{id:int}/t4', {'dental_code': '3'}, '?year=2026', id=who)
    amended = walk.go('POST', f'{one}/amend', {'reason': 'code'}, id=slip)['id']
    walk.go('POST', f'{one}/cancel', {}, id=amended)
