"""TP-1015.F: H, E, J, K1, labour funds, exemption, lump sums."""

from karvo.payroll.engine.parameters import first_of_year, quebec
from karvo.payroll.engine.quebec import bracket, indexed_credits
from tests.payroll.pays import D, computed, steps, ytd

LAW = quebec(first_of_year(2026))


class TestIncome:
    def test_h_is_6_percent_up_to_its_part_of_the_maximum(self):
        assert computed(gross='900').steps['H'] == D('54.00')
        assert computed(gross='930').steps['H'] == D('55.77')
        assert computed(periods=53, gross='5000').steps['H'] == D('27.36')

    def test_a_bracket_includes_its_upper_threshold(self):
        assert bracket(LAW.brackets, D('54345')).rate == D('0.14')
        assert bracket(LAW.brackets, D('54345.01')).rate == D('0.19')
        assert bracket(LAW.brackets, D('0')).rate == D('0.14')

    def test_no_tax_below_the_credits(self):
        assert computed(gross='700').qc_tax == 0

    def test_the_yearly_deduction_of_the_form_from_the_start(self):
        done = computed(tp1015_j='2600')
        assert done.steps['I'] == computed().steps['I'] - 2600

    def test_a_form_that_came_in_the_year_counts_for_the_pays_left(self):
        """26 × 2,600 / 13 = 5,200; K1 26 × 100 / 13 = 200."""
        done = computed(tp1015_j='2600', tp1016_k1='100', periods_remaining=13)
        assert steps(done, 'J', 'QC_K1') == {'J': '5200.00', 'QC_K1': '200.00'}
        assert done.steps['I'] == computed().steps['I'] - 5200
        assert computed(tp1016_k1='100').steps['Y'] == computed().steps['Y'] - 100


class TestCredits:
    def test_e_is_rounded_to_the_dollar_half_up(self):
        assert computed(tp1015_e='20000.49').steps['E'] == D('20000')
        assert computed(tp1015_e='20000.50').steps['E'] == D('20001')
        # 14 % × (20,000 − 18,952) / 26 = 5.64
        assert computed().qc_tax - computed(tp1015_e='20000').qc_tax == D('5.64')
        assert computed(tp1015_e='0').steps['E'] == 0

    def test_last_years_form_is_indexed(self):
        assert indexed_credits(D('18571'), LAW) == D('18951.71')

    def test_labour_funds_15_percent_of_5000_a_year_together(self):
        """15 % × 26 × 50 = 195; 15 % × 26 × 30 = 117; 26 × 250 = 6,500 is 5,000: 750."""
        plain = computed().steps['Y']
        assert computed(ftq_shares='50').steps['Y'] == plain - 195
        assert computed(ftq_shares='50', fondaction_shares='30').steps['Y'] == plain - 312
        assert computed(ftq_shares='150', fondaction_shares='100').steps['Y'] == plain - 750
        assert computed(fondaction_shares='250').steps['Y'] == plain - 750

    def test_they_give_no_federal_credit_unless_said(self):
        assert computed(ftq_shares='50').federal_tax == computed().federal_tax

    def test_an_exemption_frees_from_quebec_tax_only(self):
        done = computed(tp1015_exempt=True, lump_sum='3000')
        assert (done.qc_tax, done.qc_tax_lump) == (0, 0)
        assert min(done.qpp, done.ei, done.qpip, done.federal_tax) > 0


class TestLumpSum:
    def test_income_up_to_the_basic_amount_is_taxed_7_percent(self):
        assert computed(periods=52, gross='300', lump_sum='1000').qc_tax_lump == 70
        # 52 × 300 + 3,352 = 18,952 is still; a cent more is not: 14 % × (3,352.01 − CSB).
        at = computed(periods=52, gross='300', lump_sum='3352')
        assert at.qc_tax_lump == D('234.64')
        over = computed(periods=52, gross='300', lump_sum='3352.01')
        assert over.qc_tax_lump == round((D('3352.01') - over.steps['CSB']) * D('0.14'), 2)

    def test_what_was_paid_already_counts(self):
        earlier = ytd(gross_all='3000', gross_periodic='0')
        assert computed(periods=52, gross='300', lump_sum='1000', ytd=earlier).qc_tax_lump > 70
        wages = ytd(gross_all='30000', gross_periodic='30000')
        assert computed(periods=52, gross='0', lump_sum='1000', ytd=wages).qc_tax_lump > 70

    def test_second_method_looks_up_the_rate_with_all_lump_sums(self):
        """I_lump 57,081.08 is in the 19 % row; 60,000 of earlier ones bring it to 24 %."""
        before = ytd(gross_all='60000', gross_periodic='0')
        done = computed('2026-05-15', 24, '2400', lump_sum='1500', ytd=before)
        assert done.steps['I_lump'] == D('117081.08')
        assert done.qc_tax_lump == D('356.53')  # 24 % × 1,485.56

    def test_first_method_where_both_steps_are_in_one_bracket_is_the_second(self):
        before = ytd(gross_all='19200', gross_periodic='19200', qpp='1136.08')
        sums = ytd(
            gross_all='19200', gross_periodic='19200', qpp='1136.08', h='483.36', csa='180.32'
        )
        given = {'lump_sum': '1500', 'periods_remaining': 16}
        first = computed('2026-05-15', 24, '2400', qc_lump_method=1, ytd=sums, **given)
        second = computed('2026-05-15', 24, '2400', ytd=before, **given)
        assert first.steps['I1'] == D('55600.00')
        assert first.qc_tax_lump == second.qc_tax_lump == D('282.26')

    def test_first_method_gives_the_rest_of_the_deduction_for_workers(self):
        """H1 has 1,440 of 1,450: 10 are left for two pays. At the maximum nothing is."""
        given = {'lump_sum': '1500', 'periods_remaining': 2, 'qc_lump_method': 1}
        before = {'gross_all': '60000', 'gross_periodic': '60000', 'csa': '500', 'f': '1000'}
        done = computed(ytd=ytd(h='1440', **before), **given)
        assert done.steps['H2'] == D('5.00')
        assert computed(ytd=ytd(h='1450', **before), **given).steps['H2'] == 0
        f5a = done.steps['F5A']
        assert done.steps['I1'] == 60000 - 1440 - 500 - 1000 + 2 * (2000 - 5 - f5a)

    def test_no_lump_sum_no_steps_of_it(self):
        assert not {'CSB', 'I_lump', 'Y1', 'A_with'} & computed().steps.keys()
