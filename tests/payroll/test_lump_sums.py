"""Lump sums through the module: taxed by the year that they come on top of, with a pay or alone."""

import pytest

from tests.payroll.conftest import FORTNIGHT, NEXT, refused
from tests.payroll.pays import computed

ALONE = FORTNIGHT | {'kind': 'special', 'pay_date': '2026-03-20'}
TAXES = ('federal_tax', 'federal_tax_lump', 'qc_tax', 'qc_tax_lump')


def bonus(amount, **more):
    return [{'employee_id': 1, 'amount': amount} | more]


def taxes(stub):
    return [stub[name] for name in TAXES]


class TestAlone:
    def test_is_taxed_on_top_of_the_usual_pay(self, office):
        """5,000 to who earns 52,000 a year is in the second bracket of Quebec, not in the first."""
        office.employee()
        office.run()
        [stub] = office.stubs(office.made('/runs', ALONE | {'lump_sums': bonus(5000)}))
        expected = computed('2026-03-20', 26, '2000', lump_sum='5000', lump_separate=True)
        # QPP of the pay before is far from its maximum: the year to date changes nothing here.
        assert taxes(stub) == [0, float(expected.federal_tax_lump), 0, float(expected.qc_tax_lump)]
        assert (stub['qpp'], stub['qc_tax_lump']) == (315.00, 940.68)  # no exemption; 19 %
        assert stub['steps']['H'] == stub['steps']['CSA'] == 0
        assert stub['net'] == round(5000 - stub['total_deductions'], 2)

    def test_without_a_pay_before_the_terms_say_what_is_usual(self, office):
        office.employee()
        office.hourly(pay_rate=25, pay_frequency='biweekly', weekly_hours=40)
        lumps = [{'employee_id': n, 'amount': 5000} for n in (1, 2)]
        salaried, hourly = office.stubs(office.made('/runs', ALONE | {'lump_sums': lumps}))
        assert taxes(salaried) == taxes(hourly)
        assert salaried['federal_tax_lump'] > 500

    def test_what_was_earned_lately_is_what_is_usual(self, office):
        who = office.hourly(pay_frequency='biweekly')['id']
        for day in (2, 3, 4):
            office.hours(who, f'2026-03-0{day}', 8)
        office.run()
        [stub] = office.stubs(office.made('/runs', ALONE | {'lump_sums': bonus(5000)}))
        beside = computed('2026-03-20', 26, '720', lump_sum='5000', lump_separate=True)
        assert stub['federal_tax_lump'] == float(beside.federal_tax_lump)

    def test_nor_is_it_untaxed_in_a_regular_run_without_wages(self, office):
        """On leave since the pay before: the bonus comes on top of that year."""
        office.employee()
        office.run()
        office.api.put('/payroll/employees/1', {'status': 'on_leave'})
        [stub] = office.stubs(office.run(**NEXT, lump_sums=bonus(5000)))
        beside = computed('2026-03-27', 26, '2000', lump_sum='5000')
        assert taxes(stub) == [0, float(beside.federal_tax_lump), 0, float(beside.qc_tax_lump)]

    def test_bears_no_deduction_that_the_pay_bore(self, office):
        office.employee(deductions=[{'code': 'loan', 'amount': 100}, {'code': 'rrsp', 'pct': 5}])
        [stub] = office.stubs(office.made('/runs', ALONE | {'lump_sums': bonus(150)}))
        assert [(d['code'], d['amount']) for d in stub['deductions'][5:]] == [('rrsp', 7.5)]

    def test_a_net_below_zero_is_refused(self, office):
        office.employee(deductions=[{'code': 'garnishment', 'pct': 95}])
        answer = office.api.post('/payroll/runs', ALONE | {'lump_sums': bonus(5000)})
        refused(answer, 'employees.E00001.other_deductions')
        assert office.api.get('/payroll/runs').json['total'] == 0


class TestWithAPay:
    def test_leaves_the_periodic_taxes_as_they_are(self, office):
        office.employee(deductions=[{'code': 'rrsp', 'pct': 5}])
        [plain] = office.stubs(office.run())
        [stub] = office.stubs(office.run(**NEXT, lump_sums=bonus(20000)))
        # F5A is a share of F5 (PI − B)/PI: the exemption is spread over both, cents a pay.
        assert abs(stub['federal_tax'] - plain['federal_tax']) < 0.5
        assert abs(stub['qc_tax'] - plain['qc_tax']) < 0.5
        assert [line['amount'] for line in stub['deductions'][5:]] == [1100]
        assert stub['steps']['QC_F'] == 100

    def test_its_own_pension_contribution_is_a_line(self, office):
        office.employee()
        [stub] = office.stubs(office.run(lump_sums=bonus(3000, rpp=500)))
        assert [(d['code'], d['amount']) for d in stub['deductions'][5:]] == [('rpp', 500)]
        expected = computed(lump_sum='3000', lump_rpp='500')
        assert stub['federal_tax_lump'] == float(expected.federal_tax_lump)
        assert stub['net'] == float(expected.net) - 0 == round(5000 - stub['total_deductions'], 2)

    @pytest.mark.parametrize('kind', ['regular', 'special'])
    def test_the_first_method_does_not_spread_a_years_deduction_over_the_pays_left(
        self, office, kind
    ):
        """2,600 a year of J lower the periodic tax by 19 % of 100 a pay, in November too."""
        office.employee(tp1015_j=2600)
        opening = {'year': 2026, 'gross_all': 44000, 'h': 1226, 'csa': 390}
        office.api.put('/payroll/employees/1/opening', opening)
        late = {'period_start': '2026-10-18', 'period_end': '2026-10-31', 'pay_date': '2026-11-06'}
        [second] = office.stubs(office.run(**late))
        office.step({'id': 1}, 'cancel')
        office.api.put('/payroll/settings', {'qc_lump_method': 1})
        [first] = office.stubs(office.run(**late, kind=kind, lump_sums=bonus(1000)))
        if kind == 'regular':
            assert abs(first['qc_tax'] - second['qc_tax']) < 0.5
        assert first['qc_tax_lump'] > 0 and 'Y2' in first['steps']
