"""Slips of a year over HTTP: from posted pays only, frozen when issued, amended, cancelled."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from decimal import Decimal

import pytest

from tests.payfiles.paid import (
    RUNS,
    SINS,
    booked,
    employ,
    error,
    full,
    run,
    set_up,
    steps,
    together,
)

D = Decimal
ADDRESS = {'line1': '12, rue Côté', 'city': 'Québec', 'province': 'QC', 'postal_code': 'G1R 2L3'}
FILING = {
    'cra_account': '123456782RP0001',
    'rq_account': '1234567890RS0001',
    'neq': '1144556677',
    'dental_code': '1',
    'rl1_first': '91000001',
    'rl1_last': '91000004',
    'contact': {
        'name': 'Ana Roy',
        'area_code': '418',
        'phone': '555-0100',
        'email': 'ana@acme.example',
    },
}
COMPANY = {'legal_name': 'Nettoyage Acmé inc.', 'address1': '1, rue A', 'city': 'Québec'}
COMPANY |= {'province': 'QC', 'postal_code': 'G1A 1A1'}


def decimals(answer):
    assert answer.status_code in (200, 201), answer.text
    return json.loads(answer.content, parse_float=D)


def year_of(api, who, year: int = 2026):
    return decimals(api.get(f'/payroll/employees/{who["id"]}/t4?year={year}'))


@pytest.fixture
def filed(api):
    """Two employees with two posted pays, and all that a return needs; without payroll:full."""
    set_up(api, **FILING)
    assert api.put('/settings', COMPANY).status_code == 200
    employ(api, address=ADDRESS)
    employ(api, first_name='Ana Maria', last_name='Roy', sin=SINS[1], address=ADDRESS, bank=None)
    booked(api)
    booked(api, '2026-03-27')
    return api


class TestEmployeeYear:
    def test_boxes_are_the_sums_of_posted_pays_of_the_year_alone(self, api):
        who = employ(api, deductions=[{'code': 'rpp', 'amount': 50}, {'code': 'union', 'pct': 1}])
        booked(api, '2025-03-14')
        stubs = []
        for date in ('2026-03-13', '2026-03-27'):
            stubs += decimals(api.get(f'{RUNS}/{booked(api, date)["id"]}/stubs'))['data']
        steps(api, run(api, '2026-04-10'), 'approve')

        def total(*names: str) -> Decimal:
            return sum((D(one[name]) for one in stubs for name in names), D(0))

        shown = year_of(api, who)
        t4, rl1 = shown['t4'], shown['rl1']
        assert shown['pays'] == 2
        assert t4['box_14'] == rl1['box_a'] == total('gross') == 4000
        assert t4['box_17'] == rl1['box_b_a'] == total('qpp')
        assert t4['box_17a'] == rl1['box_b_b'] == 0
        assert t4['box_18'] == rl1['box_c'] == total('ei')
        assert t4['box_20'] == rl1['box_d'] == 100
        assert t4['box_44'] == rl1['box_f'] == 40
        assert t4['box_22'] == total('federal_tax', 'federal_tax_lump')
        assert rl1['box_e'] == total('qc_tax', 'qc_tax_lump')
        assert t4['box_24'] == t4['box_26'] == rl1['box_g'] == total('pensionable')
        assert t4['box_55'] == rl1['box_h'] == total('qpip')
        assert t4['box_56'] == rl1['box_i'] == 4000
        assert (t4['box_10'], t4['box_16'], t4['box_16a']) == ('QC', None, None)
        assert (t4['box_12'], shown['problems'], shown['issued']) == ('***-***-544', [], None)
        assert 'dental_code' in shown['missing']
        assert year_of(api, who, 2025)['t4']['box_14'] == 2000
        assert year_of(api, who, 2024)['t4']['box_14'] == 0

    def test_whoever_is_exempt_all_year_has_box_28(self, api):
        who = employ(api, exemptions={'ei': True, 'qpip': True})
        booked(api)
        t4 = year_of(api, who)['t4']
        assert (t4['box_28_ei'], t4['box_28_cpp_qpp'], t4['box_28_ppip']) == (True, False, True)
        assert (t4['box_18'], t4['box_24'], t4['box_55'], t4['box_56']) == (0, 0, 0, 0)

    def test_caps_of_a_high_salary(self, api):
        who = employ(api, pay_rate=260_000)
        bonus = [{'employee_id': who['id'], 'amount': 200_000}]
        booked(api, lump_sums=bonus)
        shown = year_of(api, who)
        t4 = shown['t4']
        assert (t4['box_24'], t4['box_26'], t4['box_56']) == (68900, 85000, 103000)
        assert (t4['box_17a'], shown['problems']) == (416, [])
        assert t4['box_14'] == 210_000

    def test_the_sin_is_for_payroll_full(self, api):
        who = employ(api)
        assert year_of(full(api), who)['t4']['box_12'] == SINS[0]
        assert year_of(api, who)['t4']['box_12'] == '***-***-544'

    def test_details_are_kept_by_year(self, api):
        who = employ(api)
        booked(api)
        path = f'/payroll/employees/{who["id"]}/t4?year=2026'
        said = {'dental_code': '3', 'donations': 20, 'rl1': {'j': '300.00', 'm': '10'}}
        shown = decimals(api.put(path, said))
        assert (shown['t4']['box_45'], shown['t4']['box_46']) == ('3', 20)
        assert shown['rl1']['box_a'] == shown['t4']['box_14'] + 300
        assert (shown['rl1']['box_j'], shown['rl1']['box_m']) == (300, 10)
        assert shown['problems'] == []
        assert year_of(api, who, 2025)['t4']['box_45'] is None
        shown = decimals(api.put(path, {'rl1': {'l': 99_999}}))
        assert 'more than box A' in shown['problems'][0]

    @pytest.mark.parametrize('query', ['', '?year=', '?year=x', '?year=2019', '?year=2031'])
    def test_the_year_is_required_and_known(self, api, query):
        who = employ(api)
        refused = api.get(f'/payroll/employees/{who["id"]}/t4{query}')
        assert refused.status_code in (400, 422)
        assert 'year' in error(refused)

    def test_unknown_employee_and_bad_details(self, api):
        assert api.get('/payroll/employees/99/t4?year=2026').status_code == 404
        assert api.put('/payroll/employees/99/t4?year=2026', {}).status_code == 404
        who = employ(api)
        for bad in ({'dental_code': '6'}, {'donations': -1}, {'rpp_registration': '12'}):
            refused = api.put(f'/payroll/employees/{who["id"]}/t4?year=2026', bad)
            assert refused.status_code in (400, 422), bad


class TestSummary:
    def test_agrees_with_slips_and_remittances(self, filed):
        shown = decimals(filed.get('/payroll/slips/summary?year=2026'))
        assert shown['problems'] == []
        assert shown['missing'] == []
        assert (shown['not_issued'], shown['issued'], shown['electronic']) == (2, 0, False)
        assert shown['due_date'] == '2027-03-01'
        found = decimals(filed.get('/payroll/remittances?year=2026'))['data']
        sums = {one['code'].split('-')[0]: one['total'] for one in found}
        assert shown['t4']['box_80'] == sums['cra']
        assert shown['rl1']['total'] == sums['rq'] + sums['cnt']
        slips = [year_of(filed, {'id': n}) for n in (1, 2)]
        for name in ('box_14', 'box_18', 'box_22'):
            assert shown['t4'][name] == sum(one['t4'][name] for one in slips)
        assert shown['rl1']['box_a'] == sum(one['rl1']['box_a'] for one in slips)

    def test_an_empty_year(self, api):
        shown = decimals(api.get('/payroll/slips/summary?year=2026'))
        assert (shown['t4']['slips'], shown['problems']) == (0, [])
        assert api.get('/payroll/slips/summary').status_code == 422


class TestIssue:
    def test_freezes_what_the_pays_come_to(self, filed):
        done = decimals(filed.post('/payroll/slips', {'year': 2026}))
        assert done == {'year': 2026, 'issued': 2, 'already': 0}
        listed = filed.get('/payroll/slips?year=2026').json['data']
        assert [one['rl1_number'] for one in listed] == ['910000022', '910000011']
        before = year_of(filed, {'id': 1})
        assert (before['issued']['kind'], before['differs']) == ('original', False)
        booked(filed, '2026-04-10')
        now = year_of(filed, {'id': 1})
        assert (now['differs'], now['t4']['box_14']) == (True, 6000)
        kept = decimals(filed.get(f'/payroll/slips/{now["issued"]["id"]}'))
        assert kept['data']['t4'] == before['t4']
        again = decimals(filed.post('/payroll/slips', {'year': 2026}))
        assert (again['issued'], again['already']) == (0, 2)
        shown = decimals(filed.get('/payroll/slips/summary?year=2026'))
        assert (shown['issued'], shown['differing']) == (2, 2)

    def test_amended_then_cancelled_then_issued_anew(self, filed):
        filed.post('/payroll/slips', {'year': 2026, 'employee_ids': [1]})
        [first] = filed.get('/payroll/slips').json['data']
        path = f'/payroll/slips/{first["id"]}'
        assert 'nothing to amend' in error(filed.post(f'{path}/amend'))
        booked(filed, '2026-04-10')
        amended = decimals(filed.post(f'{path}/amend', {'reason': 'late pay'}))
        assert (amended['kind'], amended['amends_id']) == ('amended', first['id'])
        assert (amended['rl1_number'], amended['previous_rl1_number']) == (
            '910000022',
            '910000011',
        )
        assert amended['data']['t4']['box_14'] == 6000
        assert filed.get(path).json['status'] == 'superseded'
        for verb in ('amend', 'cancel'):
            assert error(filed.post(f'{path}/{verb}')) == f'slip {first["id"]} is superseded'
        done = decimals(filed.post(f'/payroll/slips/{amended["id"]}/cancel', {'reason': 'twice'}))
        assert (done['kind'], done['status'], done['rl1_number']) == (
            'cancelled',
            'cancelled',
            '910000022',
        )
        assert filed.post(f'/payroll/slips/{done["id"]}/cancel').status_code == 422
        assert year_of(filed, {'id': 1})['differs'] is False
        again = decimals(filed.post('/payroll/slips', {'year': 2026, 'employee_ids': [1]}))
        assert again['issued'] == 1
        kinds = [one['kind'] for one in filed.get('/payroll/slips?employee_id=1').json['data']]
        assert sorted(kinds) == ['amended', 'cancelled', 'original', 'original']
        types = ('issued', 'amended', 'cancelled')
        events = [filed.get(f'/events?type=payroll.slip_{one}').json['data'] for one in types]
        assert [len(one) for one in events] == [2, 1, 1]
        assert 'box' not in str(events)

    def test_numbers_that_ran_out_issue_nothing(self, filed):
        filed.put('/payroll/filing-settings', {'rl1_last': '91000001'})
        refused = filed.post('/payroll/slips', {'year': 2026})
        assert refused.status_code == 422
        assert '2 RL-1 numbers are needed, the assigned range has 1 left' in error(refused)
        assert filed.get('/payroll/slips').json['total'] == 0

    def test_a_lower_range_begins_at_its_first_number(self, filed):
        filed.post('/payroll/slips', {'year': 2026, 'employee_ids': [1]})
        filed.put('/payroll/filing-settings', {'rl1_first': '81000001', 'rl1_last': '81000002'})
        done = decimals(filed.post('/payroll/slips', {'year': 2026}))
        assert done['issued'] == 1
        [last] = filed.get('/payroll/slips?employee_id=2').json['data']
        assert last['rl1_number'].startswith('81000001')

    def test_boxes_that_contradict_issue_nothing(self, filed):
        filed.put('/payroll/employees/2/t4?year=2026', {'rl1': {'l': 99_999}})
        refused = filed.post('/payroll/slips', {'year': 2026})
        assert refused.status_code == 422
        assert 'E00002: boxes J, K' in error(refused)

    def test_two_at_once_issue_once(self, filed):
        answers = together(3, lambda _: filed.post('/payroll/slips', {'year': 2026}))
        assert sorted(one.json['issued'] for one in answers) == [0, 0, 2]

    def test_bad_requests(self, filed):
        assert filed.post('/payroll/slips').status_code == 422
        assert filed.post('/payroll/slips', {'year': 2019}).status_code == 422
        refused = filed.post('/payroll/slips', {'year': 2026, 'employee_ids': [1, 77]})
        assert 'employee_ids[1] has no posted pay in 2026' in error(refused)
        assert filed.post('/payroll/slips/99/amend').status_code == 404
        assert filed.get('/payroll/slips/99').status_code == 404


class TestReturns:
    def test_the_t4_return_has_every_slip_and_its_summary(self, filed):
        filed.post('/payroll/slips', {'year': 2026})
        answer = full(filed).get('/payroll/slips/t4.xml?year=2026')
        assert answer.status_code == 200, answer.text
        assert answer.headers['content-type'] == 'application/xml'
        root = ET.fromstring(answer.content)
        slips = root.findall('Return/T4/T4Slip')
        assert [one.findtext('sin') for one in slips] == list(SINS[:2])
        assert [one.findtext('EMPE_NM/gvn_nm') for one in slips] == ['Zoé', 'Ana']
        assert [one.findtext('EMPE_NM/init') for one in slips] == [None, 'M']
        total = sum(D(one.findtext('T4_AMT/empt_incamt')) for one in slips)
        summary = root.find('Return/T4/T4Summary')
        assert D(summary.findtext('T4_TAMT/tot_empt_incamt')) == total == 8000
        assert summary.findtext('slp_cnt') == '2'
        shown = decimals(filed.get('/payroll/slips/summary?year=2026'))['t4']
        assert D(summary.findtext('T4_TAMT/tot_empr_eip_amt')) == shown['box_19']
        again = full(filed).get('/payroll/slips/t4.xml?year=2026')
        assert again.content == answer.content

    def test_an_amended_return_holds_amended_and_cancelled_slips(self, filed):
        filed.post('/payroll/slips', {'year': 2026})
        booked(filed, '2026-04-10')
        ids = {one['employee_id']: one['id'] for one in filed.get('/payroll/slips').json['data']}
        filed.post(f'/payroll/slips/{ids[1]}/amend', {'reason': 'late pay'})
        filed.post(f'/payroll/slips/{ids[2]}/cancel')
        answer = full(filed).get('/payroll/slips/t4.xml?year=2026&type=amended')
        root = ET.fromstring(answer.content)
        assert [one.text for one in root.iter('rpt_tcd')] == ['A', 'C', 'A']
        summary = root.find('Return/T4/T4Summary')
        assert summary.findtext('slp_cnt') == '2'
        assert summary.findtext('T4_TAMT/tot_empt_incamt') == '6000.00'
        assert root.findtext('Return/T4/T4Summary/fileramendmentnote') == 'late pay'

    def test_only_the_last_slip_of_an_employee_is_sent(self, filed):
        filed.put('/payroll/filing-settings', {'rl1_last': '91000005'})
        filed.post('/payroll/slips', {'year': 2026})
        booked(filed, '2026-04-10')

        def last(who: int) -> int:
            found = filed.get(f'/payroll/slips?employee_id={who}').json['data']
            return max(one['id'] for one in found)

        for who in (1, 2):
            for verb in ('amend', 'cancel'):
                assert filed.post(f'/payroll/slips/{last(who)}/{verb}').status_code in (200, 201)
        filed.post('/payroll/slips', {'year': 2026, 'employee_ids': [1]})
        path = '/payroll/slips/t4.xml?year=2026'
        root = ET.fromstring(full(filed).get(path).content)
        assert [one.text for one in root.iter('rpt_tcd')] == ['O', 'O', 'O']
        assert [one.text for one in root.iter('empt_incamt')] == ['4000.00', '6000.00']
        root = ET.fromstring(full(filed).get(f'{path}&type=amended').content)
        assert [one.text for one in root.iter('rpt_tcd')] == ['C', 'A']
        assert root.findtext('Return/T4/T4Summary/T4_TAMT/tot_empt_incamt') is None
        rows = full(filed).get('/payroll/slips/rl1.csv?year=2026').content.decode()
        assert rows.count('\n') == 8

    def test_rl1_values_are_marked_not_transmittable(self, filed):
        filed.post('/payroll/slips', {'year': 2026})
        answer = full(filed).get('/payroll/slips/rl1.csv?year=2026')
        assert answer.headers['x-transmittable'] == 'false'
        rows = list(csv.DictReader(io.StringIO(answer.content.decode('utf-8-sig'))))
        assert [one['sin'] for one in rows] == list(SINS[:2])
        assert [one['A'] for one in rows] == ['4000.00', '4000.00']
        assert all('NON TRANSMISSIBLE' in one['notice'] for one in rows)

    def test_need_payroll_full_and_issued_slips(self, filed):
        for path in ('t4.xml', 'rl1.csv'):
            assert filed.get(f'/payroll/slips/{path}?year=2026').status_code == 403
            assert full(filed).get(f'/payroll/slips/{path}?year=2026').status_code == 404
            assert full(filed).get(f'/payroll/slips/{path}').status_code == 422

    def test_what_is_not_known_is_named(self, api):
        assert api.put('/settings', {'country': 'FR'}).status_code == 200
        employ(api)
        booked(api)
        api.post('/payroll/slips', {'year': 2026})
        refused = full(api).get('/payroll/slips/t4.xml?year=2026')
        assert refused.status_code == 422
        for name in ('cra_account', 'contact.name', 'settings.country', 'E00001: dental_code'):
            assert name in error(refused), name
