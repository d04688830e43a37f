"""A company that starts in the middle of a year: what was paid before counts in the year."""

import json

import pytest

from tests.conftest import wide_key
from tests.payroll.conftest import refused

PATH = '/payroll/employees/1/opening'
#: facts 6.3: nine monthly pays of 7,500 before the tenth.
NINE = {
    'year': 2026, 'gross_all': '67500.00', 'qpp': '4087.17', 'ei': '877.50', 'qpip': '290.25',
    'qpip_employer': '406.35', 'federal_tax': '7000.00', 'qc_tax': '8400.00',
}  # fmt: skip
OCTOBER = {
    'frequency': 'monthly', 'period_start': '2026-10-01', 'period_end': '2026-10-31',
    'pay_date': '2026-10-30',
}  # fmt: skip


@pytest.fixture
def paid(office):
    office.employee(pay_rate=90000, pay_frequency='monthly')
    return office


class TestOpening:
    def test_the_third_worked_example_after_nine_pays_elsewhere(self, paid):
        """facts 6.3: QPP to its maximum, the first QPP2, EI to its maximum."""
        assert paid.api.put(PATH, NINE).status_code == 200
        [stub] = paid.stubs(paid.run(**OCTOBER))
        expected = {'qpp': 392.13, 'qpp2': 16.00, 'ei': 18.20, 'qpip': 32.25}
        expected |= {'federal_tax': 781.63, 'qc_tax': 939.65}
        assert {name: stub[name] for name in expected} == expected
        assert (stub['ytd']['gross'], stub['ytd']['qpp']) == (75000, 4479.30)
        ytd = paid.api.get('/payroll/employees/1').json['ytd']
        assert (ytd['gross'], ytd['pensionable'], ytd['federal_tax']) == (75000, 75000, 7781.63)

    def test_is_read_as_it_was_sent(self, paid):
        sent = paid.api.put(PATH, NINE | {'gross_periodic': '60000.00'}).json
        assert sent == paid.api.get(f'{PATH}?year=2026').json
        assert (sent['gross_periodic'], sent['insurable'], sent['qpp']) == (60000, 67500, 4087.17)
        assert paid.api.get(f'{PATH}?year=2025').json['gross_all'] is None

    def test_counts_in_its_year_alone(self, paid):
        paid.api.put(PATH, NINE | {'year': 2025, 'ei': '860.67'})
        assert paid.stubs(paid.run(**OCTOBER))[0]['ytd']['gross'] == 7500

    def test_what_is_calculated_is_calculated_anew(self, paid):
        run = paid.run(**OCTOBER)
        paid.api.put(PATH, NINE)
        answer = paid.api.post(f'/payroll/runs/{run["id"]}/approve')
        assert 'recalculate' in answer.json['error']
        paid.step(run, 'recalculate', 'approve', 'post')

    def test_not_once_a_run_of_the_year_is_posted(self, paid):
        run = paid.run(**OCTOBER)
        paid.step(run, 'approve', 'post')
        answer = paid.api.put(PATH, NINE)
        assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
        assert 'RUN-2026-0001' in answer.json['error'] and 'E00001 Ana Roy' in answer.json['error']
        assert paid.api.put(PATH, NINE | {'year': 2025, 'ei': '860.67'}).status_code == 200
        paid.step(run, 'void')
        assert paid.api.put(PATH, NINE).status_code == 200

    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'qpp': '4479.31'}, 'qpp'),
            ({'qpp2': '416.01'}, 'qpp2'),
            ({'ei': '895.71'}, 'ei'),
            ({'qpip': '442.91'}, 'qpip'),
            ({'gross_periodic': '67500.01'}, 'gross_periodic'),
            ({'year': 2023}, 'year'),
            ({'qc_tax': '-1'}, 'qc_tax'),
            ({'year': None}, 'year'),
        ],
    )
    def test_refuses_what_no_year_can_have(self, paid, values, field):
        refused(paid.api.put(PATH, NINE | values), field)
        assert paid.api.get(f'{PATH}?year=2026').json['gross_all'] is None

    def test_whose_it_is_and_who_may(self, paid, other):
        assert other.put(PATH, NINE).status_code == 404
        assert other.get(PATH).status_code == 404
        paid.api.put(PATH, NINE)
        assert '4087' not in json.dumps(paid.events('*'))
        paid.api.key = wide_key(paid.api.tenant, scopes=['payroll:read'])
        assert (paid.api.put(PATH, NINE).status_code, paid.api.get(PATH).status_code) == (403, 200)
        paid.api.key = wide_key(paid.api.tenant, scopes=['events:read', 'settings:read'])
        assert paid.api.get(PATH).status_code == 403
