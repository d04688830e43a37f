"""Hours: entered, submitted, approved, sent back; a day has 24 of them."""

import pytest

from karvo.payroll.models import TIMESHEET_STEPS, Timesheet
from tests.payroll.conftest import refused

ONE = '/payroll/timesheets/{}'
DAY = '2026-03-03'


class TestEntering:
    def test_is_submitted_and_named(self, office):
        who = office.hourly()
        made = office.hours(who['id'], DAY, '7.25')
        assert (made['status'], made['hours'], made['employee_name']) == (
            'submitted',
            7.25,
            'Ana Roy',
        )
        assert office.hours(who['id'], DAY, 1, type='overtime')['rate_multiplier'] == 1.5
        by_number = {'employee_no': who['employee_no'], 'date': DAY, 'hours': 1, 'status': 'draft'}
        assert office.made('/timesheets', by_number)['status'] == 'draft'

    @pytest.mark.parametrize('hours', [25, 24.25, 0, -1, '7.1', 'x', 1000])
    def test_hours_of_a_day(self, office, hours):
        who = office.hourly()
        body = {'employee_id': who['id'], 'date': DAY, 'hours': hours}
        refused(office.api.post('/payroll/timesheets', body), 'hours')
        assert office.api.get('/payroll/timesheets').json['total'] == 0

    def test_25_hours_name_the_employee(self, office):
        who = office.hourly()
        body = {'employee_id': who['id'], 'date': DAY, 'hours': 25}
        assert 'E00001 Ana Roy' in refused(office.api.post('/payroll/timesheets', body), 'hours')

    def test_a_day_has_24_over_all_entries(self, office):
        who = office.hourly()
        office.hours(who['id'], DAY, 20)
        body = {'employee_id': who['id'], 'date': DAY, 'hours': 4.25}
        assert 'at most 4' in refused(office.api.post('/payroll/timesheets', body), 'hours')
        office.hours(who['id'], DAY, 4)

    def test_only_while_employed_and_of_somebody(self, office):
        who = office.hourly(hire_date='2026-03-04', termination_date='2026-03-10')
        for date in (DAY, '2026-03-11'):
            body = {'employee_id': who['id'], 'date': date, 'hours': 8}
            refused(office.api.post('/payroll/timesheets', body), 'date')
        refused(office.api.post('/payroll/timesheets', {'date': DAY, 'hours': 8}), 'employee_id')
        body = {'employee_id': 99, 'date': DAY, 'hours': 8}
        refused(office.api.post('/payroll/timesheets', body), 'employee_id')

    def test_a_closed_run_has_closed_its_days(self, office):
        who = office.hourly()
        office.hours(who['id'], DAY, 8)
        run = office.week()
        office.hours(who['id'], '2026-03-04', 8)  # not closed yet
        office.step(run, 'recalculate', 'approve')
        body = {'employee_id': who['id'], 'date': DAY, 'hours': 1}
        answer = office.api.post('/payroll/timesheets', body)
        assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
        assert 'RUN-2026-0001' in answer.json['error']


class TestSteps:
    @pytest.mark.parametrize('verb', TIMESHEET_STEPS)
    def test_only_what_the_table_lists(self, office, verb):
        made = office.hours(office.hourly()['id'], DAY, 8)
        sources, target = TIMESHEET_STEPS[verb]
        for status in ('draft', 'submitted', 'approved', 'paid'):
            with office.api.company():
                Timesheet.update(status=status).execute()
            answer = office.api.post(f'{ONE.format(made["id"])}/{verb}')
            if status not in sources:
                said = (answer.status_code, answer.json['code'])
                assert said == (422, 'erp_invalid_state'), status
                continue
            assert (answer.status_code, answer.json['status']) == (200, target)
            said = {'submit': 'submitted', 'approve': 'approved', 'reject': 'rejected'}[verb]
            event = office.events(f'timesheet.{said}')[-1]['data']
            assert event['object'] == {'id': made['id'], 'status': target}
            assert event['previous_attributes'] == {'status': status}

    def test_only_drafts_change_or_go(self, office):
        made = office.hours(office.hourly()['id'], DAY, 8)
        one = ONE.format(made['id'])
        assert office.api.put(one, {'hours': 7}).status_code == 422
        assert office.api.delete(one).status_code == 422
        office.api.post(f'{one}/reject', {'reason': 'which day?'})
        changed = office.api.put(one, {'hours': 7, 'type': 'overtime'}).json
        assert (changed['hours'], changed['rate_multiplier'], changed['version']) == (7, 1.5, 3)
        assert office.api.delete(one).json == {'deleted': True, 'id': made['id']}
        assert office.api.get(one).status_code == 404

    def test_what_a_run_has_taken_up_is_not_sent_back(self, office):
        made = office.hours(office.hourly()['id'], DAY, 8)
        run = office.week()
        answer = office.api.post(f'{ONE.format(made["id"])}/reject')
        assert 'RUN-2026-0001' in answer.json['error']
        office.step(run, 'cancel')
        assert office.api.post(f'{ONE.format(made["id"])}/reject').status_code == 200


class TestListing:
    def test_by_days_employee_status_and_type(self, office):
        who = [office.hourly()['id'], office.hourly(first_name='Bo')['id']]
        for n, date in enumerate(('2026-03-02', DAY, '2026-03-04')):
            office.hours(who[n % 2], date, 8, type='sick' if n == 2 else 'regular')

        def count(query):
            return office.api.get(f'/payroll/timesheets?{query}').json['total']

        assert count(f'date_from={DAY}') == 2
        assert count(f'date_from={DAY}&date_to={DAY}') == 1
        assert count(f'employee_id={who[0]}') == 2
        assert count('type=sick,holiday&status=submitted') == 1
        assert office.api.get('/payroll/timesheets?status=lost').status_code == 422
