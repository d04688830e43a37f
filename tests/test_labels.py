"""What a status is called, in every module that answers one: the request's language, else the
company's (L-3). The status itself stays English.
"""

import pytest

from tests.conftest import Api

LINE = {'sku': 'CLN-5000', 'description': 'Cleaner', 'qty': 4, 'unit_price': 25}
#: {list: (status, French, English)}
LABELS = {
    '/invoices': ('unpaid', 'Impayée', 'Unpaid'),
    '/shipments': ('pending', 'En attente', 'Pending'),
    '/backorders': ('open', 'En souffrance', 'Open'),
    '/claims': ('open', 'Ouverte', 'Open'),
    '/pricing/negotiations': ('pending', 'En attente', 'Pending'),
}


@pytest.fixture
def busy(api: Api) -> Api:
    """One of each, open."""
    acme = {'customer_code': 'ACME'}
    number = made(api, '/invoices', acme | {'customer_name': 'Acme', 'lines': [LINE]})['invoice_no']
    made(api, '/products', {'sku': 'P', 'name': 'x', 'price': 3})
    made(api, '/shipments', {'invoice_no': number, 'method': 'pickup'})
    made(api, '/backorders', acme | {'sku': 'P', 'qty': 1})
    made(api, '/claims', acme | {'type': 'other', 'description': 'late', 'invoice_no': number})
    made(api, '/pricing/negotiations', acme | {'sku': 'P', 'requested_price': 2})
    return api


def made(api: Api, path: str, body: dict[str, object]) -> dict[str, object]:
    answer = api.post(path, body)
    assert answer.status_code == 201, answer.text
    return answer.json


def labels(api: Api, language: str = '') -> dict[str, list[tuple[str, str]]]:
    """{list: the row's status and label, in the list and alone}"""
    headers = {'Accept-Language': language} if language else {}
    found = {}
    for path in LABELS:
        [row] = api.get(path, headers=headers).json['data']
        alone = api.get(f'{path}/{row["id"]}', headers=headers).json
        found[path] = [(one['status'], one['status_label']) for one in (row, alone)]
    return found


def test_follow_the_request_then_the_company(busy: Api) -> None:
    french = {path: [(status, fr)] * 2 for path, (status, fr, _) in LABELS.items()}
    english = {path: [(status, en)] * 2 for path, (status, _, en) in LABELS.items()}
    assert labels(busy) == labels(busy, 'fr-CA,fr;q=0.9,en;q=0.8') == french
    assert labels(busy, 'en-CA,en;q=0.9,fr;q=0.8') == english
    busy.put('/settings', {'language': 'en'})
    # Documents keep the language that they were made in (G-15).
    own = {'/invoices', '/shipments'}
    expected = {path: (french if path in own else english)[path] for path in LABELS}
    assert labels(busy) == expected
