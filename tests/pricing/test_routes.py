"""/pricing over HTTP: prices, rules, negotiations (PRI-3 to PRI-8), and invoices that ask."""

import datetime as dt
from urllib.parse import quote

import pytest

from karvo.cli import check
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place, database
from karvo.pricing.models import TRANSITIONS, Negotiation, PriceRule
from karvo.pricing.operations.negotiations import expire_negotiations
from tests.conftest import Api, wide_key
from tests.days import stand_still

CLEANER = {'sku': 'CLN-5000', 'name': 'Cleaner 5L', 'list_price': '25.00', 'cost': '15.00'}
CLEANER |= {
    'category': 'Chemicals',
    'aliases': ['OLD-5000', {'alias': 'A-1', 'customer_code': 'ACME01'}],
}
ACME = {'code': 'ACME01', 'name': 'Acme', 'group': 'GOLD', 'price_tier': 'B2B'}
ASKED = {'customer_code': 'ACME01', 'sku': 'CLN-5000', 'requested_price': '20.00'}


@pytest.fixture
def shop(api: Api, monkeypatch):
    stand_still(monkeypatch, '2026-11-20')
    api.post('/customers', ACME)
    api.post('/customers', {'code': 'OTHER', 'name': 'Other'})
    assert api.post('/products', CLEANER).status_code == 201
    yield api
    with api.company():
        assert check.problems() == []


def price(api, query='customer_code=ACME01', sku='CLN-5000'):
    answer = api.get(f'/pricing/{sku}?{query}')
    assert answer.status_code == 200, answer.text
    return answer.json


def refused(answer, field=''):
    assert answer.status_code == 422, answer.text
    assert not field or field in answer.json['data']['params'], answer.text
    return answer.json['error']


def rule(api, **values):
    answer = api.post('/pricing/rules', values)
    assert answer.status_code == 201, answer.text
    return answer.json


def asked(api, **values):
    answer = api.post('/pricing/negotiations', ASKED | values)
    assert answer.status_code == 201, answer.text
    return answer.json


def decide(api, id, **body):
    return api.put(f'/pricing/negotiations/{id}', body)


def types(api, prefix='negotiation.'):
    data = api.get('/events?limit=1000').json['data']
    return [event['type'] for event in data if event['type'].startswith(prefix)]


class TestPrice:
    def test_as_the_api_texts_sample_reads_it(self, shop):
        shown = price(shop)
        assert (shown['price'], shown['source']) == (25, 'list')
        assert (shown['list_price'], shown['discount_pct'], shown['tier']) == (25, 0, 4)
        assert shown['currency'] == 'CAD'
        assert [step['source'] for step in shown['waterfall']] == [
            'negotiated',
            'customer',
            'tier',
            'list',
        ]

    @pytest.mark.parametrize('name', ['cln-5000', 'OLD-5000', 'a-1'])
    def test_by_any_name(self, shop, name):
        shown = price(shop, sku=name)
        assert (shown['sku'], shown['requested_sku']) == ('CLN-5000', name)

    def test_is_explained_in_the_language_of_the_request_or_the_company(self, shop):
        rule(shop, sku='CLN-5000', method='percent_off', value='4.5')
        rule(shop, customer_code='ACME01', sku='CLN-5000', value='22.5', min_qty='12')

        def reasons(language=''):
            headers = {'Accept-Language': language} if language else {}
            answer = shop.get('/pricing/CLN-5000?customer_code=ACME01', headers=headers)
            return [step['reason'] for step in answer.json['waterfall']]

        french = [
            'aucune négociation approuvée',
            'à partir d’une quantité de 12',
            'règle 1 : 4,5\xa0% de rabais sur le prix de liste',
            'un palier supérieur décide',
        ]
        assert reasons() == reasons('fr-CA,en;q=0.5') == french
        english = reasons('en-CA')
        assert english[:2] == ['no approved negotiation', 'from a quantity of 12']
        assert english[2:] == ['rule 1: 4.5% off the list price', 'a tier above decides']
        shop.put('/settings', {'language': 'en'})
        assert reasons() == english

    @pytest.mark.parametrize('date', ['1989-12-31', '2036-11-21'])
    def test_on_a_day_far_off(self, shop, date):
        assert refused(shop.get(f'/pricing/CLN-5000?date={date}'), 'date')

    def test_unknown_names(self, shop):
        assert shop.get('/pricing/NOPE').status_code == 404
        assert refused(shop.get('/pricing/CLN-5000?customer_code=NO'), 'customer_code')
        assert refused(shop.get('/pricing/CLN-5000?currency=EUR'), 'currency')
        assert refused(shop.get('/pricing/CLN-5000?qty=0'), 'qty')

    def test_each_tier_above_the_next(self, shop):
        rule(shop, sku='CLN-5000', method='percent_off', value=4)
        assert (price(shop, '')['price'], price(shop, '')['source']) == (24, 'tier')
        rule(shop, group='GOLD', category='CHEMICALS', method='amount_off', value=2)
        assert price(shop, '')['price'] == price(shop)['price'] == 24
        rule(shop, group='B2B', sku='CLN-5000', value='23.5', min_qty=10)
        assert price(shop, 'customer_code=ACME01&qty=10')['price'] == 23.5
        rule(shop, customer_code='ACME01', value=40, method='markup_on_cost')
        assert price(shop)['source'] == 'customer'
        assert price(shop)['price'] == 21
        assert price(shop, 'customer_code=OTHER')['price'] == 24
        decide(shop, asked(shop)['id'], action='approve')
        shown = price(shop)
        assert (shown['price'], shown['source'], shown['tier']) == (20, 'negotiated', 1)
        assert shown['discount_pct'] == 20

    def test_rules_have_their_days(self, shop):
        rule(shop, sku='CLN-5000', value=9, valid_from='2026-12-01', valid_to='2026-12-31')
        assert price(shop)['price'] == 25
        assert price(shop, 'date=2026-12-01')['price'] == 9
        assert price(shop, 'date=2026-12-31')['valid_until'] == '2026-12-31'
        assert price(shop, 'date=2027-01-01')['price'] == 25

    def test_below_cost_is_said(self, shop):
        rule(shop, sku='CLN-5000', value='14.99')
        assert price(shop)['warnings'] == ['below_cost']
        assert price(shop)['below_floor'] is True


class TestRules:
    def test_lists_with_filters(self, shop):
        own = rule(shop, customer_code='acme01', sku='OLD-5000', value=1, name='Own')
        assert (own['scope'], own['target'], own['sku']) == ('customer', 'sku', 'CLN-5000')
        rule(shop, group='GOLD', category='CHEMICALS', value=2, valid_to='2026-11-01')
        rule(shop, value=3, method='percent_off', active=False)
        for query, expected in {
            'customer_code=ACME01': [1],
            'sku=cln-5000': [1],
            'group=GOLD': [2],
            'category=chemicals': [2],
            'active=false': [3],
            'date=2026-11-20': [1, 3],
            'search=ow': [1],
            'orderby=priority&order=desc': [3, 2, 1],
        }.items():
            page = shop.get(f'/pricing/rules?{query}').json
            assert [row['id'] for row in page['data']] == expected, query
            assert page['total'] == len(expected)

    @pytest.mark.parametrize(
        ('wanted', 'names'),
        [('cote', ['Côté, 5 %']), ('CÔTÉ', ['Côté, 5 %']), ('%', ['Côté, 5 %']), ('_', ['A_1'])],
    )
    def test_is_found_by_its_name_whatever_accents_and_signs(self, shop, wanted, names):
        for name in ('Côté, 5 %', 'A_1', 'Other'):
            rule(shop, name=name, value=1)
        page = shop.get(f'/pricing/rules?search={quote(wanted)}').json
        assert [row['name'] for row in page['data']] == names

    @pytest.mark.parametrize(
        ('body', 'field'),
        [
            ({'sku': 'CLN-5000'}, 'value'),
            ({'value': 101, 'method': 'percent_off'}, 'value'),
            ({'value': -1}, 'value'),
            ({'value': 1, 'customer_code': 'NO'}, 'customer_code'),
            ({'value': 1, 'sku': 'NO'}, 'sku'),
            ({'value': 1, 'category': 'NO'}, 'category'),
            ({'value': 1, 'group': 'NO'}, 'group'),
            ({'value': 1, 'scope': 'group'}, 'group'),
            ({'value': 1, 'scope': 'all', 'customer_code': 'ACME01'}, 'customer_code'),
            ({'value': 1, 'target': 'sku'}, 'sku'),
            ({'value': 1, 'valid_from': '2026-02-02', 'valid_to': '2026-02-01'}, 'valid_to'),
            ({'value': 1, 'valid_from': '0001-01-01'}, 'valid_from'),
            ({'value': 1, 'valid_to': '9999-12-31'}, 'valid_to'),
        ],
    )
    def test_what_is_refused(self, shop, body, field):
        refused(shop.post('/pricing/rules', body), field)

    def test_change_and_delete(self, shop):
        made = rule(shop, sku='CLN-5000', value=10)
        path = f'/pricing/rules/{made["id"]}'
        assert shop.put(path, {'value': 11}, headers={'If-Match': '"7"'}).status_code == 412
        shown = shop.put(path, {'value': 11, 'customer_code': 'ACME01', 'scope': 'customer'}).json
        assert (shown['value'], shown['customer_code'], shown['version']) == (11, 'ACME01', 2)
        assert price(shop, 'customer_code=OTHER')['price'] == 25
        back = shop.put(path, {'customer_code': None, 'scope': 'all'}).json
        assert (back['scope'], back['customer_code']) == ('all', None)
        assert shop.delete(path).json == {'deleted': True, 'id': made['id']}
        assert shop.get(path).status_code == shop.delete(path).status_code == 404
        assert types(shop, 'price_rule.') == [
            'price_rule.created',
            'price_rule.updated',
            'price_rule.updated',
            'price_rule.deleted',
        ]

    def test_a_negotiated_one_is_only_switched_off(self, shop):
        decide(shop, asked(shop)['id'], action='approve')
        [made] = shop.get('/pricing/rules').json['data']
        path = f'/pricing/rules/{made["id"]}'
        assert 'negotiate it anew' in refused(shop.put(path, {'value': 1}))
        refused(shop.delete(path))
        assert shop.put(path, {'active': False}).json['active'] is False
        assert price(shop)['source'] == 'list'

    def test_a_reader_may_only_read(self, shop, app):
        reader = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['read-only']))
        assert reader.get('/pricing/rules').status_code == 200
        assert reader.post('/pricing/rules', {'value': 1}).status_code == 403
        assert reader.post('/pricing/negotiations', ASKED).status_code == 403

    def test_another_company_sees_none(self, shop, other):
        made = rule(shop, value=10)
        asked(shop)
        assert other.get(f'/pricing/rules/{made["id"]}').status_code == 404
        assert other.get('/pricing/negotiations/1').status_code == 404
        assert other.get('/pricing/CLN-5000').status_code == 404
        assert other.get('/pricing/rules').json['total'] == 0

    def test_dates_that_it_had_before_may_be_sent_back(self, shop):
        made = rule(shop, sku='CLN-5000', value=9)
        with shop.company():
            PriceRule.update(valid_to='2099-12-31').execute()
        kept = made | {'valid_to': '2099-12-31', 'value': 8}
        assert shop.put(f'/pricing/rules/{made["id"]}', kept).json['value'] == 8
        refused(shop.put(f'/pricing/rules/{made["id"]}', {'valid_to': '2099-12-30'}), 'valid_to')


class TestNegotiations:
    def test_asked_countered_accepted(self, shop):
        made = asked(shop, reason='We take 50', qty=50, valid_until='2027-01-31')
        assert (made['status'], made['number']) == ('pending', 'NEG-2026-0001')
        assert (made['current_price'], made['requested_price']) == (25, 20)
        shown = decide(shop, made['id'], action='counter', counter_price='22.50').json
        assert (shown['status'], shown['counter_price'], shown['counter_by']) == (
            'countered',
            22.5,
            'company',
        )
        shown = decide(shop, made['id'], status='approved').json
        assert (shown['status'], shown['price'], shown['valid_until']) == (
            'approved',
            22.5,
            '2027-01-31',
        )
        assert [turn['status'] for turn in shown['history']] == ['pending', 'countered', 'approved']
        assert price(shop, 'customer_code=ACME01&qty=50')['price'] == 22.5
        assert price(shop, 'customer_code=ACME01&qty=49')['price'] == 25
        assert types(shop) == [
            'negotiation.created',
            'negotiation.countered',
            'negotiation.approved',
        ]

    def test_sides_take_turns(self, shop):
        made = asked(shop)['id']
        first = decide(shop, made, action='counter', counter_price=23, by='customer')
        assert 'turn of the company' in refused(first)
        decide(shop, made, action='counter', counter_price=23)
        shown = decide(shop, made, action='counter', counter_price=21, by='customer').json
        assert shown['counter_by'] == 'customer'
        assert decide(shop, made, action='approve').json['price'] == 21

    def test_an_event_says_what_changed_and_from_what(self, shop):
        made = asked(shop)['id']
        decide(shop, made, action='counter', counter_price=22)
        decide(shop, made, action='approve', approved_price=21)
        data = shop.get('/events?limit=1000&type=negotiation.*').json['data']
        countered, approved = (event['data'] for event in data[1:])
        assert countered['previous_attributes'] == {
            'status': 'pending',
            'counter_price': None,
            'counter_by': None,
        }
        assert approved['previous_attributes'] == {
            'status': 'countered',
            'price': None,
            'valid_from': None,
            'valid_until': None,
        }
        assert float(approved['object']['price']) == 21
        with shop.company():
            sql = "SELECT after FROM @audit_log WHERE action = 'negotiation.approved'"
            [(after,)] = database.run(sql).fetchall()
        assert (after['price'], after['valid_until']) == (21, '2027-02-18')

    def test_by_default_ninety_days(self, shop):
        shown = decide(shop, asked(shop)['id'], action='approve').json
        assert (shown['valid_from'], shown['valid_until']) == ('2026-11-20', '2027-02-18')

    def test_a_new_one_supersedes_the_older_price(self, shop):
        decide(shop, asked(shop)['id'], action='approve')
        decide(shop, asked(shop, requested_price=19)['id'], action='approve')
        assert price(shop)['price'] == 19
        active = shop.get('/pricing/rules?active=true').json
        assert active['total'] == 1

    def test_a_price_from_later_on_lets_the_older_hold_till_then(self, shop):
        decide(shop, asked(shop)['id'], action='approve')
        later = asked(shop, requested_price=19, valid_from='2027-03-01')['id']
        assert decide(shop, later, action='approve').json['valid_until'] == '2027-05-30'
        again = asked(shop, requested_price=18, valid_from='2027-01-10')['id']
        decide(shop, again, action='approve', valid_until='2027-02-28')
        found = [price(shop, f'customer_code=ACME01&date={day}')['price'] for day in (
            '2026-11-20', '2027-01-09', '2027-01-10', '2027-02-28')]  # fmt: skip
        assert found == [20, 20, 18, 18]

    def test_a_price_of_other_days_stands(self, shop):
        later = asked(shop, requested_price=18, valid_from='2027-03-01')['id']
        decide(shop, later, action='approve')
        decide(shop, asked(shop, valid_until='2026-12-31')['id'], action='approve')
        days = ('2026-12-31', '2027-01-01', '2027-03-01')
        found = [price(shop, f'customer_code=ACME01&date={day}')['price'] for day in days]
        assert found == [20, 25, 18]

    def test_a_later_price_that_lasts_longer_holds_afterwards(self, shop):
        later = asked(shop, requested_price=18, valid_from='2027-01-01')['id']
        decide(shop, later, action='approve', valid_until='2027-12-31')
        decide(shop, asked(shop)['id'], action='approve', valid_until='2027-01-05')
        days = ('2026-12-31', '2027-01-05', '2027-01-06', '2027-12-31')
        found = [price(shop, f'customer_code=ACME01&date={day}')['price'] for day in days]
        assert found == [20, 20, 18, 18]

    def test_a_price_replaced_on_its_first_day_never_comes_back(self, shop):
        decide(shop, asked(shop)['id'], action='approve')
        anew = asked(shop, requested_price=22)['id']
        decide(shop, anew, action='approve', valid_until='2026-11-30')
        days = ('2026-11-20', '2026-11-30', '2026-12-01')
        found = [price(shop, f'customer_code=ACME01&date={day}')['price'] for day in days]
        assert found == [22, 22, 25]
        older, newer = shop.get('/pricing/rules').json['data']
        assert (older['active'], newer['active']) == (False, True)

    def test_what_was_agreed_before_still_holds_for_the_days_before(self, shop, monkeypatch):
        decide(shop, asked(shop)['id'], action='approve')
        stand_still(monkeypatch, '2026-12-01')
        decide(shop, asked(shop, requested_price=19)['id'], action='approve')
        days = ('2026-11-20', '2026-11-30', '2026-12-01')
        found = [price(shop, f'customer_code=ACME01&date={day}')['price'] for day in days]
        assert found == [20, 20, 19]
        body = {'customer_code': 'ACME01', 'lines': [{'sku': 'CLN-5000'}], 'date': '2026-11-30'}
        assert shop.post('/invoices', body).json['subtotal'] == 20

    def test_sent_back_whole_it_is_decided(self, shop):
        made = asked(shop)['id']
        shown = decide(shop, made, action='counter', counter_price='22.50').json
        whole = shown | {'status': 'approved'}
        assert shop.put(f'/pricing/negotiations/{made}', whole).json['price'] == 22.5

    def test_is_labelled_in_both_languages(self, shop):
        made = asked(shop)
        assert made['status_label'] == 'En attente'
        path = f'/pricing/negotiations/{made["id"]}'
        assert shop.get(path, headers={'Accept-Language': 'en'}).json['status_label'] == 'Pending'
        decide(shop, made['id'], action='reject', reason='no')
        [listed] = shop.get('/pricing/negotiations').json['data']
        assert listed['status_label'] == 'Refusée'
        shop.put('/settings', {'language': 'en'})
        assert shop.get(path).json['status_label'] == 'Rejected'

    def test_of_a_day_are_those_of_the_companys_day(self, shop):
        asked(shop)
        with shop.company():
            # Half past nine in the evening in Montréal.
            Negotiation.update(created_at='2026-11-21T02:30:00Z').execute()
        for day, total in {'2026-11-20': 1, '2026-11-21': 0, '2026-11-19': 0}.items():
            assert shop.get(f'/pricing/negotiations?date={day}').json['total'] == total, day

    def test_in_the_companys_currency(self, shop):
        assert asked(shop, currency='cad')['currency'] == 'CAD'

    @pytest.mark.parametrize('what', ['product', 'customer'])
    def test_nothing_is_offered_of_what_was_archived_since(self, shop, what):
        made = asked(shop)['id']
        shop.post('/invoices', {'customer_code': 'ACME01', 'lines': [{'sku': 'CLN-5000'}]})
        assert shop.delete('/invoices/1').status_code == 200
        if what == 'product':
            assert shop.put('/products/1', {'status': 'archived'}).status_code == 200
        else:
            assert shop.delete('/customers/1').status_code == 200
        assert 'is archived' in refused(decide(shop, made, action='approve'))
        assert 'is archived' in refused(decide(shop, made, action='counter', counter_price=22))
        assert decide(shop, made, action='reject', reason='gone').json['status'] == 'rejected'

    def test_one_open_at_a_time(self, shop):
        asked(shop)
        assert 'is open already' in refused(shop.post('/pricing/negotiations', ASKED))
        asked(shop, customer_code='OTHER')

    @pytest.mark.parametrize(
        ('body', 'field'),
        [
            ({'customer_code': 'NO'}, 'customer_code'),
            ({'sku': 'NO'}, 'sku'),
            ({'requested_price': 0}, 'requested_price'),
            ({'qty': 0}, 'qty'),
            ({'valid_until': '2026-11-19'}, 'valid_until'),
            ({'valid_from': '9999-12-31'}, 'valid_from'),
            ({'valid_until': '9999-12-31'}, 'valid_until'),
            ({'currency': 'EUR'}, 'currency'),
        ],
    )
    def test_what_is_refused(self, shop, body, field):
        refused(shop.post('/pricing/negotiations', ASKED | body), field)

    @pytest.mark.parametrize(
        ('body', 'field'),
        [
            ({'action': 'reject'}, 'reason'),
            ({'action': 'counter'}, 'counter_price'),
            ({'action': 'counter', 'counter_price': 0}, 'counter_price'),
            ({'action': 'approve', 'status': 'rejected'}, 'status'),
            ({'action': 'approve', 'counter_price': 22}, 'counter_price'),
            ({'action': 'reject', 'reason': 'no', 'approved_price': 22}, 'approved_price'),
            ({'action': 'approve', 'valid_until': '9999-12-31'}, 'valid_until'),
            ({}, 'action'),
        ],
    )
    def test_decisions_that_are_refused(self, shop, body, field):
        refused(decide(shop, asked(shop)['id'], **body), field)

    def test_below_cost_needs_the_override(self, shop, app):
        made = asked(shop, requested_price=10)['id']
        assert decide(shop, made, action='approve').status_code == 403
        boss = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['read-write', 'price.override']))
        assert decide(boss, made, action='approve').json['price'] == 10
        assert price(shop)['warnings'] == ['below_cost']

    def test_four_eyes(self, shop, app):
        shop.put('/settings', {'four_eyes_pricing': True})
        made = asked(shop)['id']
        assert decide(shop, made, action='approve').status_code == 403
        second = Api(app, shop.tenant, wide_key(shop.tenant))
        named = decide(second, made, action='approve', approved_price=21)
        assert named.status_code == 403
        assert decide(second, made, action='approve').json['status'] == 'approved'

    def test_expiry(self, shop, monkeypatch):
        made = asked(shop, valid_until='2026-11-25')['id']
        stand_still(monkeypatch, '2026-11-26')
        assert shop.get('/pricing/negotiations?status=expired').json['total'] == 1
        assert shop.get('/pricing/negotiations?status=pending').json['total'] == 0
        assert 'already expired' in refused(decide(shop, made, action='approve'))
        with shop.company():
            actor = system_actor('job', current_place())
            day = dt.date(2026, 11, 26)
            assert [expire_negotiations(day, actor=actor) for _ in range(2)] == [1, 0]
        assert types(shop) == ['negotiation.created', 'negotiation.expired']
        assert asked(shop)['status'] == 'pending'

    def test_filters(self, shop):
        asked(shop)
        asked(shop, customer_code='OTHER')
        for query, total in {
            'customer_code=OTHER': 1,
            'sku=cln-5000': 2,
            'status=pending,countered': 2,
            'status=approved': 0,
            'search=neg-2026': 2,
            'search=_EG': 0,
            'search=%25': 0,
        }.items():
            assert shop.get(f'/pricing/negotiations?{query}').json['total'] == total, query
        refused(shop.get('/pricing/negotiations?status=odd'), 'status')


DECISIONS = {
    'approved': {'action': 'approve'},
    'rejected': {'action': 'reject', 'reason': 'no'},
    'countered': {'action': 'counter', 'counter_price': 22},
    'withdrawn': {'action': 'withdraw'},
}
PATHS = {
    'pending': [],
    'countered': ['countered'],
    'approved': ['approved'],
    'rejected': ['rejected'],
    'withdrawn': ['withdrawn'],
}


@pytest.mark.parametrize('before', PATHS)
@pytest.mark.parametrize('after', DECISIONS)
def test_every_pair_of_states(shop, before, after):
    made = asked(shop)['id']
    for step in PATHS[before]:
        assert decide(shop, made, **DECISIONS[step]).status_code == 200
    answer = decide(shop, made, **DECISIONS[after])
    if after in TRANSITIONS[before]:
        assert answer.json['status'] == after
    else:
        assert refused(answer) == f'negotiation already {before}'


class TestInvoices:
    def invoice(self, api, *lines, **values):
        body = {'customer_code': 'ACME01', 'lines': list(lines)} | values
        answer = api.post('/invoices', body)
        assert answer.status_code == 201, answer.text
        return answer.json

    def test_a_line_without_a_price_takes_the_customers(self, shop):
        assert self.invoice(shop, {'sku': 'CLN-5000', 'qty': 2})['subtotal'] == 50
        rule(shop, group='GOLD', sku='CLN-5000', value=24)
        rule(shop, group='GOLD', sku='CLN-5000', value=23, min_qty=10)
        shown = self.invoice(shop, {'sku': 'A-1'}, {'sku': 'CLN-5000', 'qty': 10})
        assert [line['unit_price'] for line in shown['lines']] == [24, 23]
        decide(shop, asked(shop)['id'], action='approve')
        assert self.invoice(shop, {'sku': 'CLN-5000'})['subtotal'] == 20
        assert self.invoice(shop, {'sku': 'CLN-5000'}, customer_code='OTHER')['subtotal'] == 25

    def test_the_invoices_date_counts(self, shop):
        rule(shop, sku='CLN-5000', value=9, valid_from='2026-12-01')
        assert self.invoice(shop, {'sku': 'CLN-5000'}, date='2026-12-01')['subtotal'] == 9

    def test_a_price_that_is_sent_stands(self, shop):
        rule(shop, sku='CLN-5000', value=9)
        shown = self.invoice(shop, {'sku': 'CLN-5000', 'unit_price': 30})
        assert (shown['subtotal'], 'warnings' in shown) == (30, True)
        assert 'below_cost' not in shown['warnings']

    def test_below_cost_is_said(self, shop):
        rule(shop, sku='CLN-5000', value=9)
        assert 'below_cost' in self.invoice(shop, {'sku': 'CLN-5000'})['warnings']

    def test_prices_that_include_tax_are_compared_without(self, shop):
        for gross, is_below in ((17.24, True), (17.25, False)):  # 15.00 and its taxes
            line = {'sku': 'CLN-5000', 'qty': 10, 'unit_price': gross}
            shown = self.invoice(shop, line, prices_include_tax=True)
            assert ('below_cost' in shown.get('warnings', [])) == is_below

    def test_so_they_are_when_the_draft_is_changed(self, shop):
        line = {'sku': 'CLN-5000', 'qty': 10, 'unit_price': '17.24'}
        made = self.invoice(shop, line, prices_include_tax=True, status='draft')
        changed = shop.put(f'/invoices/{made["id"]}', {'notes': 'x', 'due_date': '2026-12-31'})
        assert changed.status_code == 200, changed.text
        assert 'below_cost' in changed.json.get('warnings', ['not said'])

    @pytest.mark.parametrize(
        ('line', 'is_below'),
        [
            ({'unit_price': '14.9999'}, True),
            ({'unit_price': 15}, False),
            ({'unit_price': 25, 'discount_pct': 40}, False),
            ({'unit_price': 25, 'discount_pct': '40.01'}, True),
            ({'discount_pct': 50}, True),
        ],
    )
    def test_so_is_a_price_that_was_sent_or_discounted(self, shop, line, is_below):
        warnings = self.invoice(shop, {'sku': 'CLN-5000'} | line).get('warnings', [])
        assert ('below_cost' in warnings) == is_below
