"""/payroll/remittances: what posted stubs come to, by authority and period; paid once; reminded."""

import datetime as dt
import json
from decimal import Decimal

import pytest

from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.payfiles.jobs import reminders
from karvo.payfiles.remitted import due_date, frequency_of, training_due, windows
from karvo.payfiles.schemas.settings import FilingSettings, Remitter, Training
from tests.conftest import Api, wide_key
from tests.payfiles.paid import RUNS, booked, employ, error, run, steps, together

D = Decimal
PATH = '/payroll/remittances'
CENT = D('0.01')


def decimals(answer):
    return json.loads(answer.content, parse_float=D)


def rows(api, query: str = '?year=2026') -> dict[str, dict]:
    answer = api.get(PATH + query)
    assert answer.status_code == 200, answer.text
    return {row['code']: row for row in decimals(answer)['data']}


def remitters(*those: tuple[str, int, str]) -> dict:
    names = ('authority', 'year', 'frequency')
    return {'remitters': [dict(zip(names, one, strict=True)) for one in those]}


class TestWindows:
    @pytest.mark.parametrize(
        ('frequency', 'count'),
        [('annual', 1), ('quarterly', 4), ('monthly', 12), ('twice_monthly', 24), ('weekly', 48)],
    )
    def test_periods_cover_the_year_without_a_gap(self, frequency, count):
        settings = FilingSettings(
            remitters=[Remitter(authority='rq', year=2020, frequency=frequency)]
        )
        found = [one for one in windows(2026, settings) if one.code.startswith('rq-')]
        assert len(found) == count
        assert (found[0].start, found[-1].end) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
        for one, following in zip(found, found[1:], strict=False):
            assert following.start == one.end + dt.timedelta(days=1)

    def test_the_last_frequency_said_counts(self):
        known = [
            Remitter(authority='cra', year=2025, frequency='weekly'),
            Remitter(authority='cra', year=2027, frequency='quarterly'),
        ]
        found = [frequency_of(known, 'cra', year) for year in (2024, 2025, 2026, 2027)]
        assert found == ['monthly', 'weekly', 'weekly', 'quarterly']
        assert frequency_of(known, 'rq', 2026) == 'monthly'

    def test_yearly_contributions_are_due_on_the_last_day_of_february(self):
        [cnt] = [one for one in windows(2026, FilingSettings()) if one.code == 'cnt-2026']
        assert due_date(cnt) == dt.date(2027, 3, 1)  # 28 February 2027 is a Sunday
        [leap] = [one for one in windows(2027, FilingSettings()) if one.code == 'wsdrf-2027']
        assert due_date(leap) == dt.date(2028, 2, 29)

    @pytest.mark.parametrize(
        ('payroll', 'expenses', 'due'),
        [
            ('2000000.00', '0', '0.00'),
            ('2000000.01', '0', '20000.00'),
            ('3000000', '12000', '18000.00'),
            ('3000000', '99999', '0.00'),
        ],
    )
    def test_wsdrf_is_one_percent_less_training(self, payroll, expenses, due):
        settings = FilingSettings(training=[Training(year=2026, expenses=D(expenses))])
        assert training_due(D(payroll), 2026, settings) == D(due)


class TestList:
    def test_agrees_with_the_stubs_to_the_cent(self, api):
        api.put('/payroll/settings', {'cnesst_units': [{'unit': '1', 'year': 2026, 'rate': 1.12}]})
        api.put('/payroll/settings', {'cnesst_unit': '1'})
        employ(api)
        employ(api, pay_rate=91_000)
        stubs = []
        for date in ('2026-03-13', '2026-03-27'):
            made = booked(api, date)
            stubs += decimals(api.get(f'{RUNS}/{made["id"]}/stubs'))['data']
        run(api, '2026-04-10')  # not posted: not owed
        found = rows(api)
        assert set(found) == {'cra-2026-03-31', 'rq-2026-03-31', 'cnt-2026'}
        cra, quebec, cnt = found['cra-2026-03-31'], found['rq-2026-03-31'], found['cnt-2026']

        def total(*names: str) -> Decimal:
            return sum((D(one[name]) for one in stubs for name in names), D(0))

        def employer(name: str) -> Decimal:
            return sum((D(one['employer'][name]) for one in stubs), D(0))

        items = {one['code']: one for row in found.values() for one in row['items']}
        assert items['federal_tax']['employee'] == total('federal_tax', 'federal_tax_lump')
        assert items['qc_tax']['employee'] == total('qc_tax', 'qc_tax_lump')
        for name in ('ei', 'qpp', 'qpp2', 'qpip'):
            assert items[name]['employee'] == total(name)
            assert items[name]['employer'] == employer(name)
        for name in ('hsf', 'cnesst', 'cnt'):
            assert items[name]['employer'] == employer(name) > 0
        assert {one['code'] for one in cra['items']} == {'federal_tax', 'ei'}
        assert cra['total'] == items['federal_tax']['total'] + items['ei']['total']
        assert cra['gross_payroll'] == quebec['gross_payroll'] == cnt['gross_payroll']
        assert cra['gross_payroll'] == total('gross')
        assert cra['employees_paid'] == 2
        assert (cra['due_date'], cnt['due_date']) == ('2026-04-15', '2027-03-01')
        assert (cra['paid'], cra['balance']) == (False, cra['total'])
        assert items['hsf']['label_fr'] == 'FSS'
        with api.company():
            balances = {one['code']: one for one in _trial(api)}
        owed = -balances['2310']['balance'], -balances['2320']['balance']
        assert owed == (cra['total'], quebec['total'] + cnt['total'])

    def test_filters(self, api):
        api.put('/payroll/filing-settings', remitters(('rq', 2026, 'twice_monthly')))
        employ(api)
        for date in ('2026-03-13', '2026-03-27', '2026-04-10'):
            booked(api, date)
        assert set(rows(api, '?year=2026&authority=rq&kind=source_deductions')) == {
            'rq-2026-03-15',
            'rq-2026-03-31',
            'rq-2026-04-15',
        }
        assert list(rows(api, '?period=2026-04&authority=cra')) == ['cra-2026-04-30']
        assert rows(api, '?year=2025') == {}
        assert rows(api, '?year=2026&paid=true') == {}
        first = api.get(f'{PATH}?year=2026&per_page=2&page=2&orderby=code').json
        assert (first['total'], [row['code'] for row in first['data']]) == (
            6,
            ['cra-2026-04-30', 'rq-2026-03-15'],
        )

    @pytest.mark.parametrize(
        'query',
        ['authority=irs', 'period=2026-13', 'year=26', 'paid=perhaps', 'orderby=total']
        + ['year=2025&period=2026-01', 'period=0000-01', 'period=9999-12', 'period=2026-01%0A'],
    )
    def test_bad_filters(self, api, query):
        assert api.get(f'{PATH}?{query}').status_code in (400, 422)

    def test_needs_its_scope(self, app, api):
        mine = Api(app, api.tenant, wide_key(api.tenant, scopes=['invoices:read']))
        assert mine.get(PATH).status_code == 403


def _trial(api) -> list[dict]:
    return decimals(api.get('/ledger/trial-balance?as_of=2026-12-31'))['data']


class TestPay:
    def test_once_into_the_ledger(self, api):
        employ(api)
        booked(api)
        before = rows(api)['cra-2026-03-31']
        step = {'date': '2026-04-14', 'reference': 'web 123'}
        done = api.post(f'{PATH}/cra-2026-03-31/pay', step)
        assert done.status_code == 200, done.text
        shown = decimals(done)
        assert (shown['paid'], shown['balance']) == (True, 0)
        assert shown['payments'] == [
            {'date': '2026-04-14', 'reference': 'web 123', 'amount': before['total']}
        ]
        again = api.post(f'{PATH}/cra-2026-03-31/pay', step)
        assert (again.status_code, error(again)) == (
            422,
            'remittance cra-2026-03-31 is paid already',
        )
        balances = {one['code']: one['balance'] for one in _trial(api)}
        assert balances['2310'] == 0
        assert balances['1000'] == -before['total']
        assert api.difference() == 0
        assert set(rows(api, '?year=2026&paid=true')) == {'cra-2026-03-31'}
        [event] = api.get('/events?type=payroll.remittance_paid').json['data']
        assert event['data']['object']['code'] == 'cra-2026-03-31'
        assert 'amount' not in str(event)

    def test_a_late_run_is_owed_besides_a_voided_one_is_not(self, api):
        who = employ(api)
        made = booked(api)
        api.post(f'{PATH}/rq-2026-03-31/pay', {'date': '2026-04-14'})
        late = booked(api, '2026-03-27')
        found = rows(api)['rq-2026-03-31']
        assert found['paid'] is False
        assert found['balance'] == found['total'] - found['paid_amount'] > 0
        assert found['payments'][0]['amount'] == found['paid_amount']
        api.post(f'{PATH}/rq-2026-03-31/pay', {'date': '2026-04-15'})
        assert rows(api)['rq-2026-03-31']['balance'] == 0
        steps(api, late, 'void')
        found = rows(api)['rq-2026-03-31']
        assert (found['paid'], found['balance']) == (True, -found['payments'][1]['amount'])
        assert api.post(f'{PATH}/rq-2026-03-31/pay').status_code == 422
        assert (who['id'], made['status']) == (1, 'posted')

    def test_two_at_once_pay_once(self, api):
        employ(api)
        booked(api)
        answers = together(4, lambda _: api.post(f'{PATH}/cra-2026-03-31/pay'))
        assert sorted(one.status_code for one in answers) == [200, 422, 422, 422]
        assert len(rows(api)['cra-2026-03-31']['payments']) == 1

    def test_the_frequency_of_a_year_stays_once_something_is_paid(self, api):
        employ(api)
        booked(api)
        api.post(f'{PATH}/cra-2026-03-31/pay')
        refused = api.put('/payroll/filing-settings', remitters(('cra', 2026, 'quarterly')))
        assert refused.status_code == 422
        assert 'cra 2026 is remitted monthly' in error(refused)
        fine = api.put('/payroll/filing-settings', remitters(('cra', 2027, 'quarterly')))
        assert fine.status_code == 200

    @pytest.mark.parametrize(
        'code', ['cra-2026-03-30', 'cra', 'irs-2026-03-31', 'cra-9999-12-31', 'x' * 300, 'cnt-2025']
    )
    def test_unknown_ones(self, api, code):
        assert api.post(f'{PATH}/{code}/pay').status_code == 404
        assert api.get(f'{PATH}/{code}').status_code == 404

    def test_the_account_stays_while_something_is_owed_on_it(self, api):
        employ(api)
        made = booked(api)
        for name in ('net', 'federal', 'quebec'):
            refused = api.put('/payroll/settings', {'accounts': {name: '2340'}})
            assert refused.status_code == 422
            assert f'accounts.{name}' in error(refused)
        steps(api, made, 'pay')
        assert api.put('/payroll/settings', {'accounts': {'net': '2340'}}).status_code == 200

    def test_a_run_is_not_paid_ages_ahead(self, api):
        employ(api)
        made = booked(api)
        refused = api.post(f'{RUNS}/{made["id"]}/pay', {'date': '2999-01-01'})
        assert refused.status_code == 422
        assert 'must not be after' in error(refused)

    def test_bad_dates(self, api):
        employ(api)
        booked(api)
        path = f'{PATH}/cra-2026-03-31/pay'
        assert api.post(path, {'date': '2026-02-28'}).status_code == 422
        assert api.post(path, {'date': '2999-01-01'}).status_code == 422
        api.put('/settings/lock-dates', {'purchase_lock': '2026-03-31'})
        assert 'locked' in error(api.post(path, {'date': '2026-03-31'}))
        assert api.post(path, {'date': '2026-04-01'}).status_code == 200


class TestReminders:
    def remind(self, api, day: str) -> int:
        with api.company():
            actor = system_actor('test', current_place())
            return reminders(actor, dt.date.fromisoformat(day))['reminded']

    def test_once_for_each_remittance_and_threshold(self, api):
        employ(api)
        booked(api)
        counts = [
            self.remind(api, day)
            for day in ('2026-04-07', '2026-04-08', '2026-04-09', '2026-04-14', '2026-04-20')
        ]
        assert counts == [0, 2, 0, 2, 0]
        events = api.get('/events?type=payroll.remittance_due').json['data']
        assert {one['data']['object']['code'] for one in events} == {
            'cra-2026-03-31',
            'rq-2026-03-31',
        }
        assert sorted(one['data']['object']['days_left'] for one in events) == [1, 1, 7, 7]
        for one in events:
            assert not {'total', 'amount', 'balance'} & set(one['data']['object'])

    def test_what_was_missed_is_one_reminder(self, api):
        employ(api)
        booked(api)
        assert [self.remind(api, '2026-04-15'), self.remind(api, '2026-04-16')] == [2, 0]
        assert self.remind(api, '2027-02-26') == 1  # labour standards

    def test_nothing_of_what_is_paid_or_long_past(self, api):
        employ(api)
        booked(api)
        api.post(f'{PATH}/cra-2026-03-31/pay')
        assert self.remind(api, '2026-07-01') == 0
        assert self.remind(api, '2026-04-14') == 1
        api.put('/payroll/filing-settings', {'reminder_days': []})
        assert self.remind(api, '2026-04-15') == 0
