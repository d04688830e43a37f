"""Customers as tests ask for them."""

import typing

from tests.conftest import Api
from tests.paper import made

ALL = {
    'code': 'cafe-1',
    'name': 'Café Côté',
    'email': 'a@cote.example',
    'phone': '514 555-0100',
    'website': 'https://cote.example',
    'type': 'person',
    'language': 'fr',
    'currency': 'CAD',
    'address1': '1 rue Un',
    'address2': 'bureau 2',
    'city': 'Québec',
    'province': 'qc',
    'postal_code': 'G1R 1N8',
    'country': 'CA',
    'ship_to': {'line1': '2 rue Deux', 'city': 'Lévis', 'province': 'QC', 'country': 'CA'},
    'group': 'GOLD',
    'price_tier': 'B2B',
    'payment_terms': 'net45',
    'credit_limit': '5000.00',
    'credit_hold': False,
    'tax_exempt': 'gst',
    'gst_no': '123456789 RT0001',
    'qst_no': '1234567890 TQ0001',
    'salesperson': 'Ann',
    'notes': 'call first',
    'tags': ['a', 'b'],
    'metadata': {'deal': 7},
    'interest_rate_annual': '18',
    'interest_agreed_on': '2026-01-01',
    'dunning_excluded': True,
    'in_collections': True,
}
#: as it is kept, where that is not as it was sent
KEPT = {
    'code': 'CAFE-1',
    'province': 'QC',
    'payment_terms': 'NET45',
    'credit_limit': 5000,
    'gst_no': '123456789RT0001',
    'qst_no': '1234567890TQ0001',
    'interest_rate_annual': 18,
    'ship_to': {'attention': None, 'line2': None, 'postal_code': None} | ALL['ship_to'],
}
LONG = f'"{"9" * 5000}"'


def customer(api: Api, **values: typing.Any) -> dict[str, typing.Any]:
    return made(api, '/customers', {'name': 'Acme'} | values)


def events(api: Api) -> list[dict[str, typing.Any]]:
    return api.get('/events', params={'type': 'customer.*', 'limit': 100}).json['data']
