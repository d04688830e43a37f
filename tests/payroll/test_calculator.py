"""POST /payroll/calculate over HTTP."""

import pytest

from tests.conftest import Api, wide_key

PAY = {'pay_date': '2026-03-13', 'periods': 26, 'gross': '2000.00'}
PATH = '/payroll/calculate'
#: what is wrong with a pay, and the fields that the refusal names
WRONG = [
    ({'pay_date': '2027-01-01'}, {'pay_date'}),
    ({'pay_date': '2026-13-01'}, {'pay_date'}),
    ({'periods': 25}, {'periods'}),
    ({'gross': '-1'}, {'gross'}),
    ({'gross': '1.001'}, {'gross'}),
    ({'gross': 'a lot', 'rrsp': -5}, {'gross', 'rrsp'}),
    ({'gross': '1e15'}, {'gross'}),
    ({'td1_claim_code': 11}, {'td1_claim_code'}),
    ({'td1_claim_code': 'X'}, {'td1_claim_code'}),
    ({'qc_lump_method': 3}, {'qc_lump_method'}),
    ({'qpp_months': 13}, {'qpp_months'}),
    ({'hsf_rate': 101}, {'hsf_rate'}),
    ({'ytd': {'qpp': -1}}, {'ytd.qpp'}),
    ({'ytd': 5}, {'ytd'}),
    ({'ytd': {'gross_all': 4, 'gross_periodic': 5}}, {'ytd.gross_periodic'}),
    ({'periods_remaining': 40}, {'periods_remaining'}),
    ({'lump_sum': 5, 'qc_lump_method': 1}, {'periods_remaining'}),
    ({'other_deductions': 2000}, {'other_deductions'}),
]


class TestCalculate:
    def test_three_fields_make_a_pay(self, api: Api):
        answer = api.post(PATH, PAY)
        assert answer.status_code == 200
        shown = answer.json
        steps = shown.pop('steps')
        assert shown == {
            'qpp': '117.52',
            'qpp2': '0.00',
            'ei': '26.00',
            'qpip': '8.60',
            'federal_tax': '135.30',
            'federal_tax_lump': '0.00',
            'qc_tax': '167.53',
            'qc_tax_lump': '0.00',
            'total_statutory': '454.95',
            'net': '1545.05',
            'employer': {
                'qpp': '117.52',
                'qpp2': '0.00',
                'ei': '36.40',
                'qpip': '12.04',
                'hsf': '0.00',
                'cnt': '1.20',
                'cnesst': '0.00',
            },
        }
        assert steps['A'] == '51515.10' and steps['Y'] == '4355.83'
        assert all(isinstance(value, str) and value[-3] == '.' for value in steps.values())

    def test_numbers_and_texts_are_the_same(self, api: Api):
        given = {'pay_date': '2026-10-30', 'rrsp': 12.5, 'hsf_rate': 1.65, 'td1_claim_code': 2}
        given |= {'ytd': {'qpp': 4087.17, 'ei': 877.5, 'pensionable': 67500}}
        numbers = api.post(PATH, given | {'periods': 12, 'gross': 7500})
        texts = {'pay_date': '2026-10-30', 'rrsp': '12.50', 'hsf_rate': '1.65'}
        texts |= {'td1_claim_code': '2', 'periods': '12', 'gross': '7500.00'}
        texts |= {'ytd': {'qpp': '4087.17', 'ei': '877.50', 'pensionable': '67500.00'}}
        assert numbers.status_code == 200
        assert api.post(PATH, texts).json == numbers.json
        assert numbers.json['qpp2'] == '16.00' and numbers.json['employer']['hsf'] == '123.75'

    def test_every_field_is_known(self, api: Api):
        money = ('lump_rpp', 'rpp', 'rrsp', 'fhsa', 'union_dues', 'other_deductions', 'k3')
        money += ('ftq_shares', 'fondaction_shares', 'lsvcc_fed', 'tp1015_j', 'tp1016_k1')
        money += ('additional_tax_fed', 'additional_tax_qc')
        given = PAY | dict.fromkeys(money, '10.00') | {'lump_sum': '500', 'ytd': {}}
        given |= {'lump_separate': True, 'qc_lump_method': 1, 'periods_remaining': 21}
        given |= {'pensionable': '2400', 'insurable': '2400', 'qpip_insurable': '2400'}
        given |= {'td1_total': '16452', 'td1_claim_code': 'E', 'tp1015_e': '18952'}
        given |= {'tp1015_exempt': True, 'qpp_exempt': True, 'qpp_months': 9, 'ei_exempt': True}
        given |= {'hsf_rate': '1.65', 'cnesst_rate': '1.12'}
        before = ('qpp', 'qpp2', 'ei', 'qpip', 'qpip_employer', 'pensionable', 'gross_all')
        given['ytd'] = dict.fromkeys([*before, 'gross_periodic', 'h', 'csa', 'f'], '1.00')
        answer = api.post(PATH, given)
        assert answer.status_code == 200, answer.text
        assert 'X-Ignored-Fields' not in answer.headers
        assert answer.json['federal_tax'] == answer.json['qc_tax'] == answer.json['ei'] == '0.00'

    def test_a_bonus(self, api: Api):
        given = {'pay_date': '2026-05-15', 'periods': 24, 'gross': 2400, 'lump_sum': 1500}
        shown = api.post(PATH, given).json
        assert (shown['federal_tax_lump'], shown['qc_tax_lump']) == ('161.78', '282.26')

    def test_there_were_no_lump_sums_where_one_gross_is_said(self, api: Api):
        given = {'pay_date': '2026-05-15', 'periods': 24, 'gross': 2400, 'lump_sum': 1500}
        for known in ('gross_all', 'gross_periodic'):
            shown = api.post(PATH, given | {'ytd': {known: 102000}}).json
            assert (shown['federal_tax_lump'], shown['qc_tax_lump']) == ('161.78', '282.26')
            assert shown['employer']['cnt'] == '0.60'  # 1,000 are left of 103,000

    def test_keeps_nothing(self, api: Api):
        before = api.get('/events').json
        assert api.post(PATH, PAY).status_code == 200
        assert api.get('/events').json == before


class TestRefusals:
    def test_name_the_field(self, api: Api):
        for given, fields in WRONG:
            answer = api.post(PATH, PAY | given)
            assert answer.status_code == 422, given
            assert set(answer.json['data']['params']) == fields, given

    def test_name_what_is_required(self, api: Api):
        answer = api.post(PATH, {})
        assert answer.status_code == 422
        assert set(answer.json['data']['params']) == {'pay_date', 'periods', 'gross'}

    def test_without_its_scope(self, app, api: Api):
        narrow = Api(app, api.tenant, wide_key(api.tenant, scopes=['invoices:read']))
        assert narrow.post(PATH, PAY).status_code == 403
        assert Api(app, None).post(PATH, PAY).status_code == 401
        reader = Api(app, api.tenant, wide_key(api.tenant, scopes=['payroll:read']))
        assert reader.post(PATH, PAY).status_code == 200


#: Recomputed apart from this code, from T4127 and TP-1015.F, by a second program.
BY_HAND = [
    (
        {'pay_date': '2026-05-07', 'periods': 53, 'gross': '1432.55', 'rrsp': '75.00',
         'union_dues': '14.33'},
        {'qpp': '86.09', 'ei': '18.62', 'qpip': '6.16', 'federal_tax': '117.05',
         'qc_tax': '148.81', 'net': '966.49'},
    ),
    (
        {'pay_date': '2025-07-03', 'periods': 26, 'gross': '2710.40', 'lump_sum': '3500.00',
         'ytd': {'qpp': '2100.11', 'ei': '461.52', 'qpip': '173.90', 'pensionable': '35235.20',
                 'gross_all': '35235.20'}},
        {'qpp': '388.85', 'ei': '81.36', 'qpip': '30.68', 'federal_tax': '238.83',
         'federal_tax_lump': '585.98', 'qc_tax': '297.18', 'qc_tax_lump': '658.49',
         'net': '3929.03'},
    ),
    (
        {'pay_date': '2024-05-31', 'periods': 12, 'gross': '14500.00',
         'ytd': {'qpp': '3637.36', 'ei': '765.60', 'qpip': '286.52', 'pensionable': '58000.00',
                 'gross_all': '58000.00'}},
        {'qpp': '522.64', 'qpp2': '160.00', 'ei': '68.64', 'qpip': '71.63',
         'federal_tax': '2225.00', 'qc_tax': '2600.34', 'net': '8851.75'},
    ),
    (
        {'pay_date': '2024-06-28', 'periods': 12, 'gross': '14500.00',
         'ytd': {'qpp': '4160.00', 'qpp2': '148.00', 'ei': '834.24', 'qpip': '358.15',
                 'pensionable': '72500.00', 'gross_all': '72500.00'}},
        {'qpp': '0.00', 'qpp2': '40.00', 'ei': '0.00', 'qpip': '71.63',
         'federal_tax': '2269.52', 'qc_tax': '2652.27', 'net': '9466.58'},
    ),
]  # fmt: skip


@pytest.mark.parametrize(('sent', 'expected'), BY_HAND)
def test_pays_recomputed_by_hand(api, sent, expected):
    """53 weeks with RRSP and dues; July 2025 with a bonus; the maximums of 2024 and QPP2."""
    answer = api.post('/payroll/calculate', sent).json
    assert {name: answer[name] for name in expected} == expected
