"""A shop with one invoice of goods that were handed over."""

import typing
from collections.abc import Iterator

import falcon
import pytest

from karvo.cli import check
from tests.conftest import Api, new_tenant, wide_key
from tests.days import stand_still
from tests.invoicing import created
from tests.recycled import recycle

LINES = [
    {'sku': 'CLN-5000', 'description': 'Cleaner 5L', 'qty': 50, 'unit_price': '25.00'},
    {'sku': 'MOP-1', 'description': 'Mop', 'qty': 4, 'unit_price': '10.00'},
]


class Shop:
    """The client, its invoice, and claims as tests make them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.invoice = created(
            api, customer_code='ACME01', customer_name='Acme', lines=LINES, date='2026-11-01'
        )

    def post(self, **values: typing.Any) -> typing.Any:
        body = {'customer_code': 'ACME01', 'type': 'damaged', 'description': 'Two cans leaked'}
        return self.api.post('/claims', body | {'invoice_no': self.invoice['invoice_no']} | values)

    def claim(self, status: str = 'open', **values: typing.Any) -> dict[str, typing.Any]:
        """A claim of 100.00 for a credit, brought to a status along the table."""
        answer = self.post(**{'amount_claimed': '100.00'} | values)
        assert answer.status_code == 201, answer.text
        shown = answer.json
        for step in PATHS[status]:
            shown = self.put(shown['id'], status=step, **WITH.get(step, {}))
        return shown

    def put(self, claim_id: int, **values: typing.Any) -> dict[str, typing.Any]:
        answer = self.api.put(f'/claims/{claim_id}', values)
        assert answer.status_code == 200, answer.text
        return answer.json

    def balance(self) -> float:
        return self.api.get(f'/invoices/{self.invoice["id"]}').json['balance']

    def pay(self, amount: typing.Any = None) -> int:
        body = {'invoice_id': self.invoice['id'], 'amount': amount or self.invoice['total']}
        answer = self.api.post('/billing/payments', body | {'method': 'eft'})
        assert answer.status_code == 201, answer.text
        return answer.json['id']

    def events(self, kind: str) -> list[dict[str, typing.Any]]:
        return self.api.get(f'/events?type={kind}&limit=1000').json['data']


PATHS: dict[str, list[str]] = {
    'open': [],
    'under_review': ['under_review'],
    'approved': ['under_review', 'approved'],
    'rejected': ['rejected'],
    'resolved': ['under_review', 'approved', 'resolved'],
    'closed': ['rejected', 'closed'],
}
#: What a status needs to be entered.
WITH: dict[str, dict[str, typing.Any]] = {
    'approved': {'amount_approved': '80.00', 'resolution': 'credit_note'},
    'rejected': {'resolution_note': 'no trace of it'},
}


@pytest.fixture(scope='module')
def desk(app: falcon.App) -> Iterator[Shop]:
    """One shop for tests that leave nothing that others would trip over."""
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    with pytest.MonkeyPatch.context() as patch:
        stand_still(patch, '2026-11-20')
        yield Shop(api)
    _check(api)
    recycle(tenant)


@pytest.fixture
def shop(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    stand_still(monkeypatch, '2026-11-20')
    yield Shop(api)
    _check(api)


def _check(api: Api) -> None:
    assert api.difference() == 0
    with api.company():
        assert check.problems() == []
