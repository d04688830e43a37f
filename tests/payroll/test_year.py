"""A year of runs: maximums to the cent, undone and entered again, days paid once, order of runs."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karvo.kit.db import close_all, database
from tests.payroll.conftest import FORTNIGHT, NEXT
from tests.payroll.test_runs import shape_of

EMPTY = ('timesheet', 'pay_stub_line', 'pay_stub', 'pay_run')


def month(number, **more):
    """A monthly run; special ones of the same day among them."""
    day = f'2026-{number:02}'
    dates = {'period_start': f'{day}-01', 'period_end': f'{day}-28', 'pay_date': f'{day}-28'}
    return {'frequency': 'monthly'} | dates | more


#: (month, bonus, whether it is paid alone): several of one month come on one day.
ENTRIES = st.tuples(st.integers(1, 3), st.integers(0, 40_000), st.booleans())


class TestUndoing:
    @settings(
        max_examples=8, deadline=None, derandomize=True, database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(
        st.lists(
            ENTRIES, min_size=2, max_size=5, unique_by=lambda e: (e[0], e[1] if e[2] else None)
        ),
        st.randoms(use_true_random=False),
    )
    def test_void_and_rerun_is_the_original(self, office, entries, drawn):
        """Any runs of three months, same days among them in any order, any two of them undone."""
        with office.api.company():
            for table in EMPTY:
                database.execute_sql(f'DELETE FROM {table}')
        if office.api.get('/payroll/employees').json['total'] == 0:
            office.employee(pay_rate=290000, pay_frequency='monthly')
        runs = []
        for number, amount, alone in sorted(entries, key=lambda entry: entry[0]):
            lumps = [{'employee_id': 1, 'amount': amount + 1}] if amount or alone else []
            kind = 'special' if alone else 'regular'
            body = month(number, kind=kind, lump_sums=lumps)
            runs.append((office.made('/runs', body), body))
        original = shape_of(office.api)
        for run, body in drawn.sample(runs, 2):
            office.step(run, 'cancel')
            office.made('/runs', body)
            assert shape_of(office.api) == original

    def test_same_day_runs_keep_their_order(self, office):
        office.employee(pay_rate=400000)
        lumps = [{'employee_id': 1, 'amount': 30000}]
        office.step(office.run(kind='special', lump_sums=lumps), 'approve', 'post')
        middle = office.step(office.run(), 'approve', 'post')
        office.step(office.run(kind='special', lump_sums=lumps), 'approve', 'post')
        original = shape_of(office.api)
        for _ in range(2):
            office.step(middle, 'void')
            middle = office.step(office.run(), 'approve', 'post')
            assert shape_of(office.api) == original

    def test_an_approved_run_whose_predecessor_is_cancelled_is_not_posted(self, office):
        office.employee()
        first, second = office.run(), office.run(**NEXT)
        office.step(second, 'approve')
        office.step(first, 'cancel')
        answer = office.api.post(f'/payroll/runs/{second["id"]}/post')
        assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
        assert 'reopen' in answer.json['error']
        office.step(second, 'reopen', 'recalculate', 'approve', 'post')


class TestMaximums:
    def test_26_pays_reach_each_to_the_cent(self, office):
        office.employee(pay_rate=110000)
        office.api.put('/payroll/settings', {'calendars': [
            {'frequency': 'biweekly', 'year': 2026, 'periods': 26}]})  # fmt: skip
        for n in range(26):
            day = f'2026-{n // 3 + 1:02}-{10 * (n % 3) + 2:02}'
            office.run(period_start=day, period_end=day, pay_date=day)
        ytd = office.api.get('/payroll/employees/1').json['ytd']
        found = [ytd[name] for name in ('qpp', 'qpp2', 'ei', 'qpip')]
        assert found == [4479.30, 416.00, 895.70, 442.90]
        assert abs(ytd['gross'] - 110000) < 0.5


class TestChanges:
    def test_days_that_another_frequency_has_paid_are_not_paid_again(self, office):
        """Weekly pay to 7 March, then biweekly from 22 February: the first week is left."""
        office.employee(pay_frequency='weekly')
        weekly = office.step(office.week(), 'approve', 'post')
        office.api.put('/payroll/employees/1', {'pay_frequency': 'biweekly'})
        run = office.run()
        # 53 Thursdays in 2026; of the fortnight's ten weekdays five are left.
        assert (weekly['totals']['gross'], run['totals']['gross']) == (981.13, 1000)
        assert office.run(**NEXT)['totals']['gross'] == 2000

    def test_labour_standards_are_not_charged_to_who_is_exempt(self, office):
        office.employee()
        office.api.put('/payroll/settings', {'cnt_exempt': True})
        run = office.step(office.run(), 'approve', 'post')
        [stub] = office.stubs(run)
        assert (stub['employer']['cnt'], run['totals']['employer_cnt']) == (0, 0)
        assert (
            office.account('6010') == stub['employer']['total'] == run['totals']['employer_total']
        )

    def test_hours_not_approved_in_time_are_not_lost_in_a_closed_run(self, office):
        who = office.hourly()['id']
        office.api.put('/payroll/settings', {'require_approval': True})
        sheets = [office.hours(who, f'2026-03-0{day}', 8)['id'] for day in (2, 3)]
        office.api.post(f'/payroll/timesheets/{sheets[0]}/approve')
        office.step(office.week(), 'approve')
        late = f'/payroll/timesheets/{sheets[1]}'
        answer = office.api.post(f'{late}/approve')
        assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
        assert office.api.get(late).json['status'] == 'submitted'

    def test_a_holiday_is_a_part_of_what_was_earned_then(self, office):
        """A rise in the week of the holiday: the four weeks before were paid at 20.00."""
        who = office.hourly(pay_rate=20)['id']
        for n, day in enumerate(('02', '09', '16', '23')):
            office.hours(who, f'2026-06-{day}', 10)
            start = 31 if n == 0 else 7 * n
            first = f'2026-0{5 if n == 0 else 6}-{start:02}'
            last = f'2026-06-{7 * n + 6:02}'
            office.week(period_start=first, period_end=last, pay_date=last)
        office.api.put('/payroll/employees/1', {'pay_rate': 30})
        week = {'period_start': '2026-06-28', 'period_end': '2026-07-04', 'pay_date': '2026-07-09'}
        [stub] = office.stubs(office.week(**week))
        assert [(e['code'], e['amount']) for e in stub['earnings']] == [('holiday_indemnity', 40)]


def at_once(office, asked):
    """The answers, in order."""

    def answer(one):
        try:
            return one()
        finally:
            with office.api.company():
                close_all()

    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(answer, asked))


class TestAtOnce:
    def test_of_three_runs_for_one_period_one_is_made(self, office):
        office.employee()
        answers = at_once(office, [lambda: office.api.post('/payroll/runs', FORTNIGHT)] * 3)
        assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
        assert {a.json['code'] for a in answers if a.status_code == 422} == {'erp_invalid_state'}
        assert office.run(**NEXT)['run_no'] == 'RUN-2026-0002'

    def test_one_approves_while_another_recalculates(self, office):
        office.employee()
        run = office.run()
        path, lumps = f'/payroll/runs/{run["id"]}', [{'employee_id': 1, 'amount': 100}]
        approved, changed = at_once(office, [
            lambda: office.api.post(f'{path}/approve'),
            lambda: office.api.post(f'{path}/recalculate', {'lump_sums': lumps}),
        ])  # fmt: skip
        assert approved.status_code == 200
        read = office.api.get(f'/payroll/runs/{run["id"]}').json
        [stub] = office.stubs(run)
        assert (read['status'], read['totals']['net']) == ('approved', stub['net'])
        assert (stub['gross'] == 2100) is (changed.status_code == 200)
