"""Pay runs: calculated in one call, approved, posted, paid; cancelled or voided without a trace."""

import datetime as dt
import random

import pytest

from karvo.cli import check
from karvo.kit import db
from karvo.payroll.models import RUN_STEPS, PayRun, PayStub, PayStubLine, Timesheet
from tests.payroll.conftest import FORTNIGHT, NEXT, refused

VERBS = {'calculate': 'recalculate'}
EVENTS = {
    'calculate': 'calculated', 'approve': 'approved', 'reopen': 'reopened', 'post': 'posted',
    'pay': 'paid', 'cancel': 'cancelled', 'void': 'voided',
}  # fmt: skip
STATES = ['draft', 'calculated', 'approved', 'posted', 'paid', 'cancelled']
AMOUNTS = [f.name for f in PayStub._meta.sorted_fields if f.name not in ('id', 'uid', 'run')]


class TestCreating:
    def test_the_first_worked_example(self, office):
        """facts 6.1: biweekly 2,000.00 on 13 March 2026, no forms."""
        office.employee()
        run = office.run()
        assert (run['run_no'], run['status'], run['periods']) == ('RUN-2026-0001', 'calculated', 26)
        [stub] = office.stubs(run)
        expected = {'qpp': 117.52, 'ei': 26.00, 'qpip': 8.60, 'federal_tax': 135.30}
        expected |= {'qc_tax': 167.53, 'net': 1545.05, 'gross': 2000.00}
        assert {name: stub[name] for name in expected} == expected
        assert stub['steps']['T1'] == 3517.74 and stub['ytd']['gross'] == 2000
        charged = {name: stub['employer'][name] for name in ('qpp', 'ei', 'qpip', 'hsf', 'cnt')}
        assert charged == {'qpp': 117.52, 'ei': 36.40, 'qpip': 12.04, 'hsf': 33.00, 'cnt': 1.20}

    def test_the_fourth_has_a_bonus(self, office):
        """facts 6.4: semi-monthly 2,400 and 1,500; eight pays before do not change its lump tax."""
        office.employee(pay_rate=57600, pay_frequency='semi_monthly')
        run = office.run(
            frequency='semi-monthly', period_start='2026-05-01', period_end='2026-05-15',
            pay_date='2026-05-15', lump_sums=[{'employee_id': 1, 'amount': '1500.00'}],
        )  # fmt: skip
        [stub] = office.stubs(run)
        assert (stub['federal_tax'], stub['federal_tax_lump']) == (171.59, 161.78)
        assert (stub['qc_tax'], stub['qc_tax_lump'], stub['qpp']) == (216.37, 282.26, 236.51)
        assert [line['code'] for line in stub['earnings']] == ['salary', 'lump_bonus']

    def test_deductions_lower_taxes_and_net(self, office):
        office.employee(
            deductions=[
                {'code': 'REER', 'amount': 50},
                {'code': 'union_dues', 'pct': 1},
                {'code': 'social club', 'amount': 5},
            ]
        )
        [stub] = office.stubs(office.run())
        assert stub['federal_tax'] < 135.30
        own = {line['code']: line['amount'] for line in stub['deductions'][5:]}
        assert own == {'REER': 50, 'union_dues': 20, 'social club': 5}
        assert stub['net'] == round(stub['gross'] - stub['total_deductions'], 2)

    def test_a_unit_of_cnesst_has_its_rate(self, office):
        office.employee(cnesst_unit='57020')
        answer = office.api.post('/payroll/runs', FORTNIGHT)
        assert 'E00001 Ana Roy' in refused(answer, 'employees.E00001.cnesst_unit')
        unit = {'unit': '57020', 'year': 2026, 'rate': '1.12'}
        office.api.put('/payroll/settings', {'cnesst_units': [unit]})
        assert office.stubs(office.run())[0]['employer']['cnesst'] == 22.40

    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'pay_date': '2023-03-13', 'period_start': '2023-03-01', 'period_end': '2023-03-14'},
             'pay_date'),
            ({'pay_date': '2027-03-13'}, 'pay_date'),
            ({'pay_date': '2026-02-21'}, 'pay_date'),
            ({'period_end': '2026-02-21'}, 'period_end'),
            ({'frequency': 'daily'}, 'frequency'),
            ({'frequency': 'monthly'}, 'frequency'),
            ({'periods': 52}, 'periods'),
            ({'lump_sums': [{'employee_id': 99, 'amount': 5}]}, 'lump_sums[0].employee_id'),
            ({'lump_sums': [{'employee_no': 'X', 'amount': 5}]}, 'lump_sums[0].employee_no'),
            ({'lump_sums': [{'employee_id': 1, 'amount': -5}]}, 'lump_sums[0].amount'),
            ({'kind': 'special'}, 'lump_sums'),
        ],
    )  # fmt: skip
    def test_refuses_and_leaves_nothing(self, office, values, field):
        office.employee()
        refused(office.api.post('/payroll/runs', FORTNIGHT | values), field)
        with office.api.company():
            assert (PayRun.select().count(), PayStub.select().count()) == (0, 0)
        assert office.run()['run_no'] == 'RUN-2026-0001'

    def test_a_net_below_zero_names_everybody(self, office):
        office.employee()
        for name in ('Bo', 'Cy'):
            office.employee(first_name=name, deductions=[{'code': 'loan', 'amount': 5000}])
        answer = office.api.post('/payroll/runs', FORTNIGHT)
        fields = [f'employees.E0000{n}.other_deductions' for n in (2, 3)]
        words = refused(answer, *fields)
        assert 'Bo Roy' in words and 'Cy Roy' in words and 'Ana Roy' not in words
        with office.api.company():
            assert (PayRun.select().count(), PayStub.select().count()) == (0, 0)

    def test_two_runs_for_one_period(self, office):
        office.employee()
        office.employee(pay_frequency='weekly')
        run = office.run()
        answer = office.api.post('/payroll/runs', FORTNIGHT | {'period_start': '2026-03-07'})
        assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
        assert 'RUN-2026-0001' in answer.json['error']
        office.week()  # of another frequency
        office.step(run, 'cancel')
        office.run()

    def test_terminated_within_their_dates_and_by_the_day(self, office):
        office.employee(termination_date='2026-02-27', status='terminated')
        office.employee(termination_date='2026-02-21', status='terminated')
        office.employee(hire_date='2026-03-08')
        office.employee(status='on_leave')
        [stub] = office.stubs(office.run())
        assert (stub['employee_id'], stub['gross']) == (1, 1000.00)  # five of ten weekdays

    def test_27_pays(self, office):
        """facts 7: the first pay date on Thursday 1 January 2026."""
        office.employee()
        dates = {'period_start': '2025-12-14', 'period_end': '2025-12-27', 'pay_date': '2026-01-01'}
        run = office.run(**dates)
        assert (run['periods'], run['totals']['gross']) == (27, 1925.93)
        assert office.stubs(run)[0]['steps']['V/P'] == 129.62
        assert office.run()['periods'] == 27  # by the year's first pay date
        office.api.put('/payroll/settings', {'calendars': [
            {'frequency': 'biweekly', 'year': 2026, 'periods': 26}]})  # fmt: skip
        assert office.run(**NEXT)['periods'] == 26

    def test_a_draft_is_calculated_later(self, office):
        office.employee()
        draft = office.run(status='draft')
        assert (draft['status'], office.stubs(draft)) == ('draft', [])
        assert office.step(draft, 'recalculate')['totals']['net'] == 1545.05

    def test_idempotency_makes_one(self, office):
        office.employee()
        answers = [
            office.api.post('/payroll/runs', FORTNIGHT, headers={'Idempotency-Key': 'a'})
            for _ in range(2)
        ]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert office.api.get('/payroll/runs').json['total'] == 1


class TestHours:
    def test_overtime_after_40_and_a_holiday(self, office):
        """Canada Day: 1/20 of the four complete weeks before, 160 hours at 30.00."""
        who = office.hourly()['id']
        with office.api.company():
            days = [dt.date(2026, 5, 31) + dt.timedelta(days=n) for n in range(28)]
            now = dt.datetime.now(dt.UTC)
            Timesheet.insert_many(
                [
                    {'employee': who, 'date': day, 'hours': 8, 'status': 'paid',
                     'created_at': now, 'updated_at': now}
                    for day in days if day.weekday() < 5
                ]
            ).execute()  # fmt: skip
            run = PayRun.create(
                uid='019aa3c1-7b3e-7c20-9d36-4f3a1d9f0b11', key='old', number='OLD',
                frequency='weekly',
                period_start='2026-05-31', period_end='2026-06-27', pay_date='2026-06-27',
                periods=52, status='cancelled', created_at=now, updated_at=now,
            )  # fmt: skip
            Timesheet.update(run=run).execute()
        for n, hours in enumerate((9, 9, 9, 9, 9)):
            office.hours(who, f'2026-0{6 if n < 2 else 7}-{29 + n if n < 2 else n - 1:02}', hours)
        week = {'period_start': '2026-06-28', 'period_end': '2026-07-04', 'pay_date': '2026-07-09'}
        [stub] = office.stubs(office.week(**week))
        lines = {line['code']: (line['hours'], line['amount']) for line in stub['earnings']}
        assert lines == {
            'regular': (40, 1200),
            'overtime': (5, 225),
            'holiday_indemnity': (None, 240),
        }

    def test_only_approved_where_the_company_says_so(self, office):
        who = office.hourly()['id']
        office.api.put('/payroll/settings', {'require_approval': True})
        sheets = [office.hours(who, f'2026-03-0{day}', 8)['id'] for day in (2, 3)]
        office.api.post(f'/payroll/timesheets/{sheets[0]}/approve')
        run = office.week()
        assert run['totals']['gross'] == 240
        office.api.post(f'/payroll/timesheets/{sheets[1]}/approve')
        answer = office.api.post(f'/payroll/runs/{run["id"]}/approve')
        assert 'recalculate' in answer.json['error']
        assert office.step(run, 'recalculate', 'approve')['totals']['gross'] == 480

    def test_timesheets_go_with_their_run(self, office):
        who = office.hourly()['id']
        office.hours(who, '2026-03-03', 8)

        def seen():
            [row] = office.api.get('/payroll/timesheets').json['data']
            return row['status'], row['run_id']

        first = office.week()
        assert seen() == ('submitted', first['id'])
        office.step(first, 'approve', 'post')
        assert seen() == ('approved', first['id'])
        office.step(first, 'void')
        assert seen() == ('approved', None)
        second = office.week()
        office.step(second, 'approve', 'post', 'pay')
        assert seen() == ('paid', second['id'])
        assert len(office.events('timesheet.paid')) == 1

    def test_vacation_is_owed_then_paid(self, office):
        who = office.hourly()['id']
        office.hours(who, '2026-03-03', 40 / 2)
        office.hours(who, '2026-03-04', 20)
        office.step(office.week(), 'approve', 'post')
        assert (office.account('2330'), office.account('6000')) == (-48.0, 1248.0)
        lump = [{'employee_id': who, 'kind': 'vacation', 'amount': 48}]
        dates = {'period_start': '2026-03-08', 'period_end': '2026-03-14', 'pay_date': '2026-03-19'}
        run = office.week(**dates, lump_sums=lump)
        assert office.stubs(run)[0]['vacation'] == {'paid': 48, 'accrued': 0, 'balance': 0}
        office.step(run, 'approve', 'post')
        assert (office.account('2330'), office.account('6000')) == (0, 1248.0)

    def test_vacation_with_each_pay(self, office):
        who = office.hourly(vacation_method='each_pay', vacation_pct=6)['id']
        office.hours(who, '2026-03-03', 10)
        run = office.step(office.week(), 'approve', 'post')
        assert run['totals']['gross'] == 318
        assert (office.account('2330'), office.account('6000')) == (0, 318.0)


class TestSteps:
    @pytest.mark.parametrize('verb', RUN_STEPS)
    def test_only_what_the_table_lists(self, office, verb):
        """Each state of the table, and each that it does not list."""
        office.employee()
        run = office.run()
        sources, target = RUN_STEPS[verb]
        for status in STATES:
            with office.api.company():
                PayRun.update(status=status).execute()
            answer = office.api.post(f'/payroll/runs/{run["id"]}/{VERBS.get(verb, verb)}')
            if status in sources:
                assert (answer.status_code, answer.json['status']) == (200, target), status
                event = office.events(f'payroll.run_{EVENTS[verb]}')[-1]['data']['object']
                assert event['status'] == target
            else:
                said = (answer.status_code, answer.json['code'])
                assert said == (422, 'erp_invalid_state'), status
        assert office.api.difference() == 0

    def test_an_unknown_one_and_another_companys(self, office, other):
        office.employee()
        run = office.run()
        assert office.api.post('/payroll/runs/99/approve').status_code == 404
        for path in ('', '/stubs', '/stubs/1/pdf'):
            assert other.get(f'/payroll/runs/{run["id"]}{path}').status_code == 404

    def test_a_locked_period_is_not_posted_to(self, office):
        office.employee()
        run = office.run()
        office.step(run, 'approve')
        office.api.put('/settings/lock-dates', {'all_lock': '2026-03-31'})
        answer = office.api.post(f'/payroll/runs/{run["id"]}/post')
        assert (answer.status_code, answer.json['code']) == (422, 'erp_period_locked')


class TestPosting:
    def test_totals_are_the_stubs_are_the_entry(self, office):
        for n in range(5):
            office.employee(
                pay_rate=40000 + 7777 * n, deductions=[{'code': 'rrsp', 'pct': n}] if n else None
            )
        office.employee(exemptions={'qpp': True, 'ei': True, 'qpip': True})
        run = office.run(lump_sums=[{'employee_id': 3, 'amount': '777.77'}])
        stubs, totals = office.stubs(run), run['totals']
        for name in ('gross', 'qpp', 'ei', 'qpip', 'net'):
            assert round(sum(stub[name] for stub in stubs), 2) == totals[name]
        assert (
            round(sum(stub['employer']['total'] for stub in stubs), 2) == totals['employer_total']
        )
        assert round(totals['gross'] - totals['deductions'], 2) == totals['net']
        office.step(run, 'approve', 'post')
        assert office.account('6010') == totals['employer_total']
        assert office.account('2300') == -totals['net']
        federal = totals['federal_tax'] + totals['ei'] + totals['employer_ei']
        assert office.account('2310') == -round(federal, 2)
        assert office.account('2340') == -totals['other_deductions'] < 0
        office.step(run, 'pay')
        assert (office.account('2300'), office.account('1000')) == (0, -totals['net'])
        assert office.api.difference() == 0
        with office.api.company():
            assert check.problems() == []

    def test_exempt_is_exempt(self, office):
        office.employee(exemptions={'qpp': True, 'ei': True, 'qpip': True})
        office.employee(birth_date='2008-03-20')  # 18 on the 20th: none before April
        office.employee(birth_date='1955-01-01', exemptions={'rr50_date': '2026-02-10'})
        stubs = office.stubs(office.run())
        none = {'qpp': 0, 'ei': 0, 'qpip': 0, 'pensionable': 0, 'insurable': 0, 'qpip_insurable': 0}
        assert {name: stubs[0][name] for name in none} == none
        assert [stub['qpp'] for stub in stubs] == [0, 0, 0]
        assert stubs[1]['ei'] == stubs[2]['ei'] == 26.00


def shape_of(api) -> list[tuple]:
    """Every amount of every stub that counts, by pay date and employee, and their lines."""
    with api.company():
        runs = {run.id: run for run in PayRun.select().where(PayRun.status != 'cancelled')}
        rows = []
        for stub in PayStub.select().where(PayStub.run.in_(list(runs))):
            lines = (
                PayStubLine.select().where(PayStubLine.stub == stub).order_by(PayStubLine.position)
            )
            amounts = [stub.__data__[name] for name in AMOUNTS if name != 'created_at']
            told = [(line.code, line.amount) for line in lines]
            rows.append((runs[stub.run_id].pay_date, stub.employee_id, str(amounts), told))
        return sorted(rows)


class TestVoiding:
    def test_restores_the_books_and_the_year(self, office):
        office.employee()
        office.step(office.run(), 'approve', 'post')
        before = office.api.get('/ledger/trial-balance').json['data']
        ytd = office.api.get('/payroll/employees/1').json['ytd']
        run = office.run(**NEXT)
        office.step(run, 'approve', 'post')
        assert office.api.get('/payroll/employees/1').json['ytd']['gross'] == 4000
        voided = office.step(run, 'void')
        assert (voided['status'], voided['is_voided']) == ('cancelled', True)
        assert office.api.get('/payroll/employees/1').json['ytd'] == ytd
        after = office.api.get('/ledger/trial-balance').json['data']
        assert {row['code']: row['balance'] for row in after} == {
            row['code']: row['balance'] for row in before
        }

    def test_what_started_from_it_is_calculated_anew(self, office):
        office.employee()
        first, second = office.run(), office.run(**NEXT)
        office.step(first, 'cancel')
        answer = office.api.post(f'/payroll/runs/{second["id"]}/approve')
        assert 'recalculate' in answer.json['error']
        office.step(second, 'recalculate', 'approve')

    @pytest.mark.parametrize('seed', range(2))
    def test_void_and_rerun_is_the_original(self, office, seed):
        """Runs of a year in which the maximums are reached, voided and entered again at random."""
        chance = random.Random(seed)
        office.employee(pay_rate=250000, pay_frequency='monthly')
        office.employee(
            pay_rate=90000, pay_frequency='monthly', deductions=[{'code': 'rpp', 'pct': 4}]
        )
        bodies = {}
        for month in range(1, 8):
            day = f'2026-{month:02}'
            bonus = [{'employee_id': 1 + month % 2, 'amount': chance.randrange(100, 9000)}]
            body = {'frequency': 'monthly', 'period_start': f'{day}-01', 'period_end': f'{day}-28'}
            body |= {'pay_date': f'{day}-28', 'lump_sums': bonus if month % 3 else []}
            run = office.run(**body)
            office.step(run, 'approve', 'post')
            bodies[month] = (run, body)
        original = shape_of(office.api)
        for month in chance.sample(list(bodies), 3):
            run, body = bodies[month]
            office.step(run, 'void')
            again = office.run(**body)
            office.step(again, 'approve', 'post')
            bodies[month] = (again, body)
            assert shape_of(office.api) == original
        assert office.api.difference() == 0

    def test_a_late_extra_does_not_pass_the_maximums(self, office):
        office.employee(pay_rate=400000)
        for month in range(1, 6):
            office.run(period_start=f'2026-{month:02}-01', period_end=f'2026-{month:02}-14',
                       pay_date=f'2026-{month:02}-16')  # fmt: skip
        lump = [{'employee_id': 1, 'amount': 60000}]
        office.run(kind='special', pay_date='2026-01-20', period_start='2026-01-01',
                   period_end='2026-01-14', lump_sums=lump)  # fmt: skip
        ytd = office.api.get('/payroll/employees/1').json['ytd']
        assert (ytd['qpp'], ytd['qpp2'], ytd['ei'], ytd['qpip']) == (
            4479.30,
            416.00,
            895.70,
            442.90,
        )


class TestCost:
    def test_fifty_cost_the_statements_of_one(self, office):
        counts = []
        office.employee()
        for count in (1, 50):
            with office.api.company():
                pass
            while office.api.get('/payroll/employees').json['total'] < count:
                office.employee()
            asked = []

            def note(_path, sql, asked=asked):
                asked.append(sql)

            dates = FORTNIGHT if count == 1 else NEXT
            db.watch(note)
            run = office.run(**dates)
            office.step(run, 'approve', 'post')
            db.unwatch(note)
            assert run['employee_count'] == count
            counts.append(len(asked))
        assert counts[0] == counts[1] < 60

    def test_run_and_stubs_are_read_in_two(self, office):
        office.employee()
        run = office.run()
        asked = []
        hook = lambda _path, sql: asked.append(sql)  # noqa: E731
        db.watch(hook)
        office.stubs(run)
        db.unwatch(hook)
        assert len([sql for sql in asked if '@' not in sql and 'pay_' in sql]) == 2
