"""What may become of a customer (CUS-3, G-6, G-8, G-10, G-11, G-13)."""

import typing

import pytest

from tests.conftest import Api, wide_key
from tests.customers.cards import ALL, LONG, customer, events
from tests.invoicing import created, refused
from tests.paper import made


class TestChange:
    def test_absent_is_unchanged(self, api: Api) -> None:
        before = customer(api, **ALL)
        after = api.put(f'/customers/{before["id"]}', {'notes': 'new'}).json
        changed = {name for name in before if after[name] != before[name]}
        assert changed == {'notes', 'version', 'updated_at'}

    @pytest.mark.parametrize(
        'field',
        [
            *('email', 'phone', 'website', 'language', 'address1', 'address2', 'city', 'province'),
            *('postal_code', 'country', 'ship_to', 'group', 'price_tier', 'payment_terms'),
            *('gst_no', 'qst_no', 'salesperson', 'notes', 'interest_rate_annual'),
            'interest_agreed_on',
        ],
    )
    def test_null_clears(self, api: Api, field: str) -> None:
        one = customer(api, **ALL)['id']
        answer = api.put(f'/customers/{one}', {field: None})
        assert answer.status_code == 200, answer.text
        assert answer.json[field] is None

    @pytest.mark.parametrize(
        'field',
        ['name', 'code', 'type', 'currency', 'credit_limit', 'credit_hold', 'tax_exempt', 'tags'],
    )
    def test_what_cannot_be_cleared(self, api: Api, field: str) -> None:
        one = customer(api, **ALL)['id']
        refused(api.put(f'/customers/{one}', {field: None}), field)

    def test_metadata_are_replaced_and_cleared(self, api: Api) -> None:
        one = customer(api, metadata={'a': 1, 'b': {'c': [2]}})['id']
        assert api.put(f'/customers/{one}', {'metadata': {'d': 3}}).json['metadata'] == {'d': 3}
        assert api.put(f'/customers/{one}', {'metadata': None}).json['metadata'] == {}

    def test_what_was_read_may_be_sent_back(self, api: Api) -> None:
        before = customer(api, **ALL)
        answer = api.put(f'/customers/{before["id"]}', before)
        assert answer.status_code == 200, answer.text
        assert answer.json == before
        assert len(events(api)) == 1

    def test_nothing_new_is_no_event(self, api: Api) -> None:
        one = customer(api, **ALL)['id']
        for change in ({}, {'name': 'Café Côté'}, {'code': 'CAFE-1'}, {'province': 'qc'}):
            assert api.put(f'/customers/{one}', change).json['version'] == 1
        assert len(events(api)) == 1

    def test_part_of_an_address(self, api: Api) -> None:
        one = customer(api, **ALL)['id']
        shown = api.put(f'/customers/{one}', {'address': {'city': 'Lévis'}}).json
        assert (shown['city'], shown['address']['city']) == ('Lévis', 'Lévis')
        assert (shown['address1'], shown['postal_code']) == ('1 rue Un', 'G1R 1N8')
        shown = api.put(f'/customers/{one}', {'address': {'line2': None}}).json
        assert (shown['address2'], shown['address1']) == (None, '1 rue Un')
        shown = api.put(f'/customers/{one}', {'address': None}).json
        assert set(shown['address'].values()) == {None}

    @pytest.mark.parametrize(
        ('change', 'field'),
        [
            ({'city': 'Laval', 'address': {'city': 'Lévis'}}, 'city'),
            ({'address1': '2 rue Deux', 'address': {'line1': None}}, 'address1'),
            ({'country': 'US', 'address': None}, 'country'),
            ({'gst_no': '999999999RT0001', 'gst_number': None}, 'gst_no'),
        ],
    )
    def test_two_spellings_that_differ(
        self, api: Api, change: dict[str, typing.Any], field: str
    ) -> None:
        one = customer(api, **ALL)['id']
        assert 'given twice' in refused(api.put(f'/customers/{one}', change), field)
        assert api.get(f'/customers/{one}').json['version'] == 1
        assert api.put('/customers/99999', change).status_code == 404

    def test_two_spellings_of_what_is_new(self, api: Api) -> None:
        new = {'name': 'B', 'city': 'Laval', 'gst_no': '999999999RT0001'}
        for other in ({'address': {'city': 'Lévis'}}, {'gst_number': '123456789RT0001'}):
            assert 'given twice' in refused(api.post('/customers', new | other))
        same = {'address': {'city': 'laval'}, 'gst_number': '999999999 RT 0001'}
        empty = {'address': {'city': ''}, 'gst_number': None}
        for other in (same, empty):
            shown = customer(api, **new, **other)
            assert (shown['city'], shown['gst_no']) == ('Laval', '999999999RT0001')

    @pytest.mark.parametrize('is_nested', [True, False])
    def test_one_of_what_was_read(self, api: Api, is_nested: bool) -> None:
        shown = customer(api, **ALL)
        change = (
            {'address': shown['address'] | {'city': 'Laval'}} if is_nested else {'city': 'Laval'}
        )
        after = api.put('/customers/1', shown | change).json
        assert (after['city'], after['address']['city']) == ('Laval', 'Laval')
        assert {n for n in shown if after[n] != shown[n]} == {
            *('address', 'city', 'version', 'updated_at'),
        }

    def test_two_that_agree(self, api: Api) -> None:
        one = customer(api)['id']
        change = {'city': 'Laval', 'address': {'city': 'Laval', 'country': 'CA'}}
        shown = api.put(f'/customers/{one}', change).json
        assert (shown['city'], shown['country']) == ('Laval', 'CA')

    def test_a_postal_code_and_a_country_that_do_not_agree(self, api: Api) -> None:
        one = customer(api, country='CA', postal_code='H2X 1Y4')['id']
        refused(api.put(f'/customers/{one}', {'postal_code': '12345'}), 'postal_code')
        assert api.put(f'/customers/{one}', {'postal_code': '12345', 'country': 'US'}).json
        refused(api.put(f'/customers/{one}', {'country': 'CA'}), 'postal_code')
        assert api.put(f'/customers/{one}', {'name': 'B'}).status_code == 200

    def test_it_is_announced_with_what_was_before(self, api: Api) -> None:
        one = customer(api, name='Old', group='A')['id']
        api.put(f'/customers/{one}', {'name': 'New', 'group': 'A'})
        event = events(api)[-1]
        assert event['type'] == 'customer.updated'
        assert event['data']['object']['name'] == 'New'
        assert event['data']['previous_attributes'] == {'name': 'Old'}

    @pytest.mark.parametrize('is_held', [True, False])
    def test_a_hold_is_announced_of_its_own(self, api: Api, is_held: bool) -> None:
        one = customer(api, credit_hold=not is_held)['id']
        shown = api.put(f'/customers/{one}', {'credit_hold': is_held}).json
        assert shown['status'] == ('hold' if is_held else 'active')
        assert [e['type'] for e in events(api)[1:]] == ['customer.updated', 'customer.credit_hold']

    def test_one_that_there_is_not(self, api: Api) -> None:
        answer = api.put('/customers/99', {'name': 'B'})
        assert (answer.status_code, answer.json['code']) == (404, 'erp_not_found')

    def test_posted_documents_keep_the_name(self, api: Api) -> None:
        number = created(api, customer_code='A', customer_name='Old name')['id']
        api.put('/customers/1', {'name': 'New name', 'address': {'city': 'Laval'}})
        assert api.get(f'/invoices/{number}').json['customer_name'] == 'Old name'


class TestVersion:
    def test_of_every_answer(self, api: Api) -> None:
        answer = api.post('/customers', {'name': 'A'})
        assert (answer.headers['etag'], answer.json['version']) == ('"1"', 1)
        assert api.put('/customers/1', {'name': 'B'}).headers['etag'] == '"2"'
        assert api.get('/customers/1').headers['etag'] == '"2"'

    @pytest.mark.parametrize('tag', ['"1"', '1', 'W/"1"', '*', ' "1" '])
    def test_that_matches(self, api: Api, tag: str) -> None:
        customer(api)
        headers = {'If-Match': tag}
        assert api.put('/customers/1', {'name': 'B'}, headers=headers).status_code == 200

    @pytest.mark.parametrize(
        'tag', ['"2"', '"0"', '"x"', '""', '"١"', '"-1"', LONG], ids=lambda tag: tag[:3]
    )
    @pytest.mark.parametrize('method', ['PUT', 'DELETE'])
    def test_that_does_not(self, api: Api, tag: str, method: str) -> None:
        customer(api, name='A')
        answer = api.ask(method, '/customers/1', {'name': 'B'}, headers={'If-Match': tag})
        assert (answer.status_code, answer.json['code']) == (412, 'erp_precondition_failed')
        assert api.get('/customers/1').json['name'] == 'A'


class TestDelete:
    def test_one_without_history(self, api: Api) -> None:
        one = customer(api)['id']
        answer = api.delete(f'/customers/{one}')
        assert (answer.status_code, answer.json) == (200, {'deleted': True, 'id': one})
        for again in (api.get(f'/customers/{one}'), api.delete(f'/customers/{one}')):
            assert again.status_code == 404
        assert api.get('/customers').json['total'] == 0
        assert events(api)[-1]['type'] == 'customer.deleted'

    def test_one_with_history(self, api: Api) -> None:
        number = created(api, customer_code='A', customer_name='Acme')['id']
        api.put(f'/invoices/{number}', {'status': 'paid'})
        assert api.delete('/customers/1').json == {'deleted': True, 'id': 1}
        gone = [
            api.get('/customers/1'),
            api.put('/customers/1', {'name': 'B'}),
            api.delete('/customers/1'),
            api.get('/customers/1/invoices'),
        ]
        assert [answer.status_code for answer in gone] == [404] * 4
        assert api.get('/customers').json['total'] == 0
        assert api.post('/customers/search', {'code': 'A'}).json['total'] == 0
        assert api.get(f'/invoices/{number}').json['customer_name'] == 'Acme'
        again = api.post('/invoices', {'customer_code': 'A', 'subtotal': 1})
        assert again.status_code == 422

    def test_one_who_owes(self, api: Api) -> None:
        created(api, customer_code='A')
        answer = api.delete('/customers/1')
        assert answer.json['code'] == 'erp_invalid_state'
        assert 'open balance' in refused(answer)
        assert api.get('/customers/1').status_code == 200

    def test_one_who_has_something_left(self, api: Api) -> None:
        number = created(api, customer_code='A', lines=[{'description': 'x', 'unit_price': 100}])
        api.put(f'/invoices/{number["id"]}', {'status': 'paid'})
        api.post('/billing/payments', {'customer_code': 'A', 'amount': 5})
        refused(api.delete('/customers/1'))

    def test_one_with_a_draft(self, api: Api) -> None:
        created(api, customer_code='A', status='draft')
        assert api.delete('/customers/1').status_code == 200
        assert api.get('/customers/1').status_code == 404
        refused(api.post('/customers', {'name': 'B', 'code': 'A'}), 'code')

    def test_one_who_waits_for_goods(self, api: Api) -> None:
        customer(api, code='A')
        made(api, '/products', {'sku': 'MOP', 'name': 'Mop'})
        waiting = made(api, '/backorders', {'customer_code': 'A', 'sku': 'MOP', 'qty': 2})
        assert 'open backorders' in refused(api.delete('/customers/1'))
        api.post(f'/backorders/{waiting["id"]}/cancel', {'reason': 'enough'})
        assert api.delete('/customers/1').status_code == 200

    def test_a_part_number_of_his_is_history(self, api: Api) -> None:
        customer(api, code='A')
        aliases = [{'alias': 'HIS-1', 'customer_code': 'A'}]
        made(api, '/products', {'sku': 'MOP', 'name': 'Mop', 'aliases': aliases})
        assert api.delete('/customers/1').status_code == 200
        refused(api.post('/customers', {'name': 'B', 'code': 'A'}), 'code')

    def test_with_a_key_that_only_reads(self, api: Api, app: typing.Any) -> None:
        customer(api)
        reader = Api(app, api.tenant, wide_key(api.tenant, scopes=['read-only']))
        writes = [
            reader.delete('/customers/1'),
            reader.put('/customers/1', {'name': 'B'}),
            reader.post('/customers', {'name': 'B'}),
        ]
        assert [answer.status_code for answer in writes] == [403] * 3
        assert reader.post('/customers/search', {'q': 'acme'}).json['total'] == 1
