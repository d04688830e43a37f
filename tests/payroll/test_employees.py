"""Employees: entered, changed, listed; what of them nobody else sees."""

import json

import pytest

from karvo.cli import check
from karvo.payroll.models import Employee
from karvo.payroll.sealed import open_bank, open_sin
from tests.conftest import wide_key
from tests.payroll.conftest import ANA, BANK, SIN, refused

ONE = '/payroll/employees/{}'


class TestCreating:
    def test_gets_the_next_number_and_shows_no_secret(self, office):
        made = office.employee(sin=SIN, bank=BANK)
        assert made['employee_no'] == 'E00001'
        assert made['sin'] == '***-***-544'
        assert made['bank'] == {'institution': '815', 'transit': '*****', 'account': '****567'}
        with office.api.company():
            row = Employee.get()
            assert SIN.replace(' ', '') not in row.sin and '1234567' not in row.bank
            assert open_sin(row.sin) == SIN.replace(' ', '')
            assert open_bank(row.bank).account == '1234567'

    def test_a_number_of_the_clients_moves_the_series(self, office):
        assert office.employee(employee_no='E00007')['employee_no'] == 'E00007'
        assert office.employee()['employee_no'] == 'E00008'
        answer = office.api.post('/payroll/employees', ANA | {'employee_no': 'E00007'})
        assert (answer.status_code, answer.json['code']) == (422, 'erp_duplicate')
        with office.api.company():
            assert check.problems() == []

    def test_semi_monthly_as_the_text_writes_it(self, office):
        assert office.employee(pay_frequency='semi-monthly')['pay_frequency'] == 'semi_monthly'

    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'sin': '130 692 545'}, 'sin'),
            ({'sin': '046 454 286'}, 'sin'),
            ({'sin': '12345'}, 'sin'),
            ({'bank': BANK | {'account': '12a4567'}}, 'bank.account'),
            ({'bank': BANK | {'institution': '81'}}, 'bank.institution'),
            ({'bank': BANK | {'transit': '300112'}}, 'bank.transit'),
            ({'pay_rate': 0}, 'pay_rate'),
            ({'pay_frequency': 'daily'}, 'pay_frequency'),
            ({'province_of_employment': 'ON'}, 'province_of_employment'),
            ({'birth_date': '2030-01-01'}, 'birth_date'),
            ({'email': 'nobody'}, 'email'),
            ({'hire_date': '2026-05-01', 'termination_date': '2026-04-01'}, 'termination_date'),
            ({'deductions': [{'code': 'REER'}]}, 'deductions[0].amount'),
            (
                {'deductions': [{'code': 'club', 'amount': 5, 'pre_tax': True}]},
                'deductions[0].code',
            ),
            ({'td1_claim_code': '11'}, 'td1_claim_code'),
            ({'td1_claim_code': '1', 'td1_total': 5}, 'td1_claim_code'),
        ],
    )
    def test_refuses_and_names_the_field(self, office, values, field):
        answer = office.api.post('/payroll/employees', ANA | values)
        words = refused(answer, field)
        if field.startswith(('sin', 'bank')):
            assert 'Ana Roy' in words
        assert office.api.get('/payroll/employees').json['total'] == 0

    def test_needs_a_name_and_a_pay(self, office):
        answer = office.api.post('/payroll/employees', {})
        wanted = {'first_name', 'last_name', 'pay_type', 'pay_rate', 'pay_frequency'}
        assert set(answer.json['data']['params']) == wanted


class TestChanging:
    def test_merges_and_takes_masks_as_unchanged(self, office):
        made = office.employee(sin=SIN, bank=BANK)
        shown = office.api.get(ONE.format(made['id'])).json
        sent = {'sin': shown['sin'], 'bank': shown['bank'], 'pay_rate': '60000'}
        answer = office.api.put(ONE.format(made['id']), sent)
        assert (answer.status_code, answer.json['pay_rate']) == (200, 60000)
        with office.api.company():
            assert open_bank(Employee.get().bank).account == '1234567'

    def test_null_clears(self, office):
        made = office.employee(sin=SIN, bank=BANK, deductions=[{'code': 'rrsp', 'pct': 5}])
        answer = office.api.put(
            ONE.format(made['id']), {'sin': None, 'bank': None, 'deductions': None}
        )
        assert [answer.json[name] for name in ('sin', 'bank', 'deductions')] == [None, None, []]

    def test_says_whose_account_is_wrong(self, office):
        made = office.employee()
        answer = office.api.put(ONE.format(made['id']), {'bank': BANK | {'account': 'x'}})
        assert 'E00001 Ana Roy' in refused(answer, 'bank.account')

    def test_who_is_terminated_has_a_last_day(self, office):
        made = office.employee()
        answer = office.api.put(ONE.format(made['id']), {'status': 'terminated'})
        assert answer.json['termination_date'] == '2026-11-20'

    def test_an_old_version_is_refused(self, office):
        made = office.employee()
        office.api.put(ONE.format(made['id']), {'phone': '514 555-0100'})
        answer = office.api.ask(
            'PUT', ONE.format(made['id']), {'phone': None}, headers={'If-Match': '"1"'}
        )
        assert answer.status_code == 412


class TestReading:
    def test_sorted_without_accents_and_case(self, office):
        for name in ('Zoé', 'émard', 'Eaton', 'Éthier'):
            office.employee(last_name=name, first_name=name)
        for orderby in ('last_name', 'first_name'):
            rows = office.api.get(f'/payroll/employees?orderby={orderby}').json['data']
            assert [row[orderby] for row in rows] == ['Eaton', 'émard', 'Éthier', 'Zoé']

    def test_list_and_search(self, office):
        office.employee(last_name='Tremblay', first_name='Élise')
        office.employee(status='on_leave')
        listed = office.api.get('/payroll/employees?search=elise').json
        assert [row['last_name'] for row in listed['data']] == ['Tremblay']
        assert office.api.get('/payroll/employees?status=on_leave').json['total'] == 1
        assert office.api.get('/payroll/employees?status=gone').status_code == 422

    def test_another_companys_is_not_found(self, office, other):
        made = office.employee()
        assert other.get(ONE.format(made['id'])).status_code == 404


class TestSecrets:
    def test_only_payroll_full_sees_them_and_the_audit_log_says_so(self, office):
        made = office.employee(sin=SIN, bank=BANK)
        full = wide_key(office.api.tenant, scopes=['payroll:read', 'payroll:full'])
        office.api.key, narrow = full, office.api.key
        shown = office.api.get(ONE.format(made['id'])).json
        assert (shown['sin'], shown['bank']) == (SIN.replace(' ', ''), BANK)
        assert office.api.get('/payroll/employees').json['data'][0]['sin'] == '***-***-544'
        office.api.key = narrow
        with office.api.company():
            sql = 'SELECT action, before, after FROM audit_log ORDER BY id'
            rows = Employee._meta.database.execute_sql(sql).fetchall()
        assert ('employee.secrets_read', None, None) in rows
        assert SIN.replace(' ', '') not in json.dumps(rows) and '1234567' not in json.dumps(rows)

    def test_events_hold_no_name_amount_or_number(self, office):
        made = office.employee(sin=SIN, bank=BANK)
        office.api.put(ONE.format(made['id']), {'pay_rate': 61234, 'status': 'on_leave'})
        for event in office.events('employee.*'):
            assert set(event['data']['object']) == {'id', 'version'}
        # Ids and moments around it are digits too, any three of which may come by chance.
        said = json.dumps([(e['type'], e['data']) for e in office.events('employee.*')])
        assert not any(
            word in said for word in ('Ana', 'Roy', '61234', '544', '567', 'E0000', 'on_leave')
        )
