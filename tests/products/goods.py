"""Products as tests ask for them."""

import typing

from tests.conftest import Api
from tests.paper import made

ALL: dict[str, typing.Any] = {
    'sku': 'CLN-5000',
    'name_fr': 'Nettoyant 5 L',
    'name_en': 'Cleaner 5L',
    'description_fr': 'Fort',
    'description_en': 'Strong',
    'type': 'consumable',
    'category': 'Nettoyants & savons',
    'uom': 'can',
    'barcode': '4006381333931',
    'aliases': ['OLD-5000', 'cleaner'],
    'list_price': '25.00',
    'min_price': '20.1234',
    'cost': '15.00',
    'tax_code': 'zero_rated',
    'tax_rate': '7.5',
    'pst_exempt': True,
    'weight': '5.2',
    'hazardous': True,
    'un_number': 'UN1760',
    'track_stock': False,
    'track': 'lot',
    'reorder_point': 4,
    'reorder_qty': 12,
    'lead_time_days': 9,
    'allow_backorder': False,
    'status': 'discontinued',
    'superseded_by': 'CLN-6000',
    'metadata': {'shelf': 'B'},
}
#: as it is kept, where that is not as it was sent
KEPT = {
    'category': 'NETTOYANTS-SAVONS',
    'list_price': 25,
    'min_price': 20.1234,
    'cost': 15,
    'tax_rate': 7.5,
    'weight': 5.2,
}


def product(api: Api, **values: typing.Any) -> dict[str, typing.Any]:
    return made(api, '/products', {'sku': 'A-1', 'name': 'Mop'} | values)


def events(api: Api) -> list[dict[str, typing.Any]]:
    return api.get('/events', params={'type': 'product.*', 'limit': 100}).json['data']


def types(api: Api) -> list[str]:
    return [event['type'].split('.')[1] for event in events(api)]
