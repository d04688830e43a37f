"""The catalogue of events, and that it is true of what is sent."""

import json

import jsonschema
import pytest

from karvo.app import document_of
from karvo.kit.events import CATALOGUE
from karvo.webhooks import catalogue
from tests.conftest import INVOICE
from tests.webhooks.conftest import hook

SECRETS = ('whsec_', 'whsk_', 'se_live')


def validator(schema):
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


class TestCatalogue:
    def test_each_type_has_words_a_schema_and_an_example_that_fits(self):
        types = catalogue.event_types()
        assert [one.type for one in types] == sorted(CATALOGUE)
        for one in types:
            assert len(one.description) > 10, one.type
            assert '"' not in one.type and one.resource
            assert list(validator(one.schema).iter_errors(one.example)) == [], one.type
            assert list(one.example) == list(one.schema['properties'])
            assert not any(secret in json.dumps(one.example) for secret in SECRETS)

    def test_what_happens_is_as_described(self, api):
        """Each event of a small story, member by member."""
        hook(api, signatures=['v1a'])
        made = api.post('/invoices', INVOICE).json['id']
        api.put(f'/invoices/{made}', {'po_reference': 'PO-1'})
        paid = api.post('/billing/payments', {'invoice_id': made, 'amount': 5}).json['id']
        api.delete(f'/billing/payments/{paid}')
        api.post('/billing/credits', {'invoice_id': made, 'amount': 1, 'reason': 'x'})
        api.post('/products', {'sku': 'P', 'name': 'x', 'price': 5})
        api.put('/products/1', {'price': 6})
        api.post('/pricing/rules', {'sku': 'P', 'value': 2})
        asked = {'customer_code': 'ACME01', 'sku': 'P', 'requested_price': 1}
        api.post('/pricing/negotiations', asked)
        api.put('/settings', {'phone': '514 555-0100'})
        api.post('/keys', {'name': 'till'})
        events = api.get('/events?limit=1000').json['data']
        assert len({event['type'] for event in events}) > 15
        for event in events:
            one = catalogue.event_type(event['type'])
            assert list(validator(one.schema).iter_errors(event)) == [], event
            if one.resource != 'settings':
                known = one.schema['properties']['data']['properties']['object']['properties']
                assert set(event['data']['object']) <= set(known), event

    def test_an_event_that_nobody_described_has_a_plain_schema(self, monkeypatch):
        monkeypatch.setattr(catalogue, '_known', lambda: catalogue.Known(resources={}, types={}))
        one = catalogue.event_type('settings.updated')
        assert one.description == 'A setting or a lock date changed.'
        assert list(validator(one.schema).iter_errors(one.example)) == []


class TestOverHttp:
    def test_all_and_one(self, api):
        shown = api.get('/webhooks/event-types').json
        assert shown['total'] == len(shown['data']) == len(CATALOGUE)
        assert api.get('/webhooks/event-types/invoice.paid').json in shown['data']
        assert api.get('/webhooks/event-types/invoice.nothing').status_code == 404

    @pytest.mark.parametrize('name', ['invoice.paid', 'webhook.disabled'])
    def test_openapi_describes_them_too(self, name):
        operation = document_of()['webhooks'][name]['post']
        content = operation['requestBody']['content']['application/json']
        assert content['example']['type'] == name
        assert content['schema']['properties']['type'] == {'const': name}
