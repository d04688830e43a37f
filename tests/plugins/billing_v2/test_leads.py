"""/leads of api/v2."""

import typing

import pytest

from plugins.billing_v2.examples import EXAMPLES
from plugins.crm.operations.leads import create_lead
from plugins.crm.schemas import LeadChange
from tests.conftest import Api
from tests.plugins.billing_v2.asking import (
    clerk,
    is_forbidden,
    is_missing,
    made,
    reader,
    refusal,
    statements,
)
from tests.plugins.billing_v2.conftest import BillingV2

SAMPLE = {
    'first_name': 'John',
    'last_name': 'Smith',
    'email': 'john@example.com',
    'company': 'Acme Corp',
    'phone': '1234567890',
    'source': 'Website',
}


def lead(v2: BillingV2, **values: typing.Any) -> typing.Any:
    return made(v2.post('/leads', SAMPLE | values), 'Lead created')


def change(v2: BillingV2, shown: typing.Any, **values: typing.Any) -> typing.Any:
    return made(v2.put(f'/leads/{shown["id"]}', values), 'Lead updated', 200)


def qualified(v2: BillingV2) -> typing.Any:
    shown = lead(v2)
    change(v2, shown, status='Contacted')
    return change(v2, shown, status='Qualified')


class TestCreate:
    def test_the_sample_of_the_text(self, v2: BillingV2) -> None:
        assert EXAMPLES['POST /leads']['body'] == SAMPLE
        shown = lead(v2)
        assert {name: shown[name] for name in SAMPLE} == SAMPLE
        assert (shown['status'], shown['customer_id']) == ('New', None)
        assert 'warnings' not in shown
        assert v2.get(f'/leads/{shown["id"]}').json == {'success': True, 'data': shown}

    def test_a_second_one_of_the_same_address(self, v2: BillingV2) -> None:
        first = lead(v2)
        second = lead(v2, email='JOHN@example.com')
        assert second['id'] != first['id']
        assert second['warnings'] == ['duplicate_email']

    @pytest.mark.parametrize(
        ('body', 'names', 'why'),
        [
            ({}, ['first_name', 'company'], 'is required'),
            ({'last_name': 'Smith'}, ['first_name', 'company'], 'is required'),
            ({'company': 'A', 'email': 'nobody'}, ['email'], 'Invalid email format'),
            ({'company': 'A' * 201}, ['company'], 'Company must have at most 200 characters'),
        ],
    )
    def test_a_wrong_member_is_named(
        self, shop: BillingV2, body: dict[str, typing.Any], names: list[str], why: str
    ) -> None:
        said = refusal(shop.post('/leads', body), *names)
        assert all(text.endswith(why) for text in said.values())

    def test_a_reader_may_not(self, shop: BillingV2) -> None:
        assert is_forbidden(reader(shop).post('/leads', SAMPLE))


class TestList:
    def test_filtered(self, v2: BillingV2) -> None:
        first, second = lead(v2), lead(v2, email=None, company='Boréal', source='Fair')
        change(v2, second, status='Lost', lost_reason='Too dear')

        def ids(query: str) -> list[int]:
            answer = v2.get(f'/leads?{query}')
            assert answer.json['meta']['total_records'] == len(answer.json['data'])
            return [row['id'] for row in answer.json['data']]

        assert ids('') == [second['id'], first['id']]
        assert ids('status=new') == ids('status=New') == [first['id']]
        assert ids('source=fair') == ids('search=boreal') == ids('status=Lost') == [second['id']]
        refusal(v2.get('/leads?status=gone'), 'status')

    def test_a_hundred_cost_the_statements_of_one(self, v2: BillingV2) -> None:
        lead(v2)
        one = statements(v2, '/leads?limit=100')
        with v2.api.company():
            for _ in range(99):
                create_lead(LeadChange(first_name='John'), actor=clerk())
        assert statements(v2, '/leads?limit=100') == one < 10
        assert len(v2.get('/leads?limit=100').json['data']) == 100


class TestChange:
    def test_members_and_the_next_step_at_once(self, v2: BillingV2) -> None:
        shown = change(v2, lead(v2), phone=None, notes='Call', status='Contacted')
        assert (shown['phone'], shown['notes'], shown['status']) == (None, 'Call', 'Contacted')
        assert change(v2, shown, status='Contacted')['status'] == 'Contacted'
        shown = change(v2, shown, status='Lost', lost_reason='Too dear')
        assert (shown['status'], shown['lost_reason']) == ('Lost', 'Too dear')
        assert change(v2, shown, lost_reason='Gone')['lost_reason'] == 'Gone'
        refused = v2.put(f'/leads/{lead(v2)["id"]}', {'lost_reason': 'Gone'})
        assert refusal(refused, 'lost_reason')

    def test_what_was_read_may_be_sent_back(self, shop: BillingV2) -> None:
        shown = lead(shop)
        for status in ('New', 'Contacted', 'Lost'):
            shown = change(shop, shown, **{**shown, 'status': status})
            back = change(shop, shown, **shown)
            assert back == shown

    def test_both_or_neither(self, v2: BillingV2) -> None:
        shown = lead(v2)
        answer = v2.put(f'/leads/{shown["id"]}', {'notes': 'Call', 'status': 'Qualified'})
        refusal(answer)
        assert answer.json['message'] == 'a lead that is new cannot become qualified'
        assert v2.get(f'/leads/{shown["id"]}').json['data'] == shown

    def test_a_name_must_stay(self, shop: BillingV2) -> None:
        path = f'/leads/{lead(shop)["id"]}'
        refusal(shop.put(path, {'first_name': None, 'company': ''}), 'first_name', 'company')


class TestDelete:
    def test_gone(self, shop: BillingV2) -> None:
        path = f'/leads/{lead(shop)["id"]}'
        assert shop.delete(path).json == {'success': True, 'message': 'Lead deleted'}
        assert is_missing(shop.get(path), 'Lead')


class TestConvert:
    def test_to_a_new_customer(self, v2: BillingV2) -> None:
        shown = qualified(v2)
        answer = v2.post(f'/leads/{shown["id"]}/convert', {})
        shown = made(answer, 'Lead converted')
        assert shown['status'] == 'Converted'
        customer = v2.api.get(f'/customers/{shown["customer_id"]}').json
        assert (customer['name'], customer['email']) == ('Acme Corp', 'john@example.com')
        refusal(v2.post(f'/leads/{shown["id"]}/convert', {}))
        refusal(v2.delete(f'/leads/{shown["id"]}'))

    def test_to_one_who_is_known(self, v2: BillingV2) -> None:
        known = v2.api.post('/customers', {'name': 'Acme'}).json['id']
        path = f'/leads/{qualified(v2)["id"]}/convert'
        said = refusal(v2.post(path, {'customer_id': 99}), 'customer_id')
        assert said == {'customer_id': 'Customer id not found'}
        assert made(v2.post(path, {'customer_id': known}), 'Lead converted')['customer_id'] == known

    def test_only_once_it_is_qualified(self, shop: BillingV2) -> None:
        answer = shop.post(f'/leads/{lead(shop)["id"]}/convert', {})
        refusal(answer)
        assert answer.json['message'] == 'a lead that is new cannot become converted'

    def test_needs_the_customers_scope(self, v2: BillingV2) -> None:
        scopes = {'scopes': ['leads:read', 'leads:write']}
        hunter = BillingV2(v2.api, v2.api.post('/keys', scopes).json['api_key'])
        assert is_forbidden(hunter.post(f'/leads/{qualified(hunter)["id"]}/convert', {}))


class TestForeign:
    def test_another_companys_is_not_found(self, v2: BillingV2, other: Api) -> None:
        path = f'/leads/{lead(BillingV2(other))["id"]}'
        for answer in (v2.get(path), v2.put(path, {'notes': 'x'}), v2.delete(path)):
            assert is_missing(answer, 'Lead')
        assert is_missing(v2.post(f'{path}/convert', {}), 'Lead')

    def test_a_reader_reads(self, shop: BillingV2) -> None:
        path = f'/leads/{lead(shop)["id"]}'
        assert reader(shop).get(path).status_code == 200
        assert is_forbidden(reader(shop).put(path, {'notes': 'x'}))
        assert is_forbidden(reader(shop).delete(path))
        assert is_forbidden(reader(shop).post(f'{path}/convert', {}))
