"""Stripe as the tests know it: configured, connected, worked through by hand."""

import contextlib
import typing
from collections.abc import Iterator

import msgspec
import pytest

from karvo.cli import check
from karvo.config import config
from karvo.kit import clock
from karvo.stripe import client
from tenants.models import StripeReceipt, control
from tenants.stripe import recognise, work
from tests.conftest import Api
from tests.stripe.stub import Stub
from tests.stripe.told import deliver

OWN_SECRET = 'whsec_ownAccount0001'


@contextlib.contextmanager
def configured(**values: typing.Any) -> Iterator[None]:
    """The one configuration object, changed for a while."""
    before = {name: getattr(config, name) for name in values}
    for name, value in values.items():
        msgspec.structs.force_setattr(config, name, value)
    client._client.cache_clear()
    recognise.forget()
    try:
        yield
    finally:
        for name, value in before.items():
            msgspec.structs.force_setattr(config, name, value)
        client._client.cache_clear()
        recognise.forget()


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A stand-in for Stripe."""
    made = Stub()
    yield made
    made.close()


@pytest.fixture
def platform(server: typing.Any, stub: Stub) -> Iterator[Stub]:
    """An installation that sells plans and offers Connect."""
    with configured(**stub.settings()):
        yield stub
    StripeReceipt.delete().execute()


class Shop:
    """A company that is paid through its own Stripe account."""

    def __init__(self, api: Api, stub: Stub) -> None:
        self.api, self.stub = api, stub
        body = {'api_key': 'rk_test_own12345', 'webhook_secrets': [OWN_SECRET]}
        answer = api.put('/stripe/account', body)
        assert answer.status_code == 200, answer.text
        self.account = answer.json
        self.key = self.account['webhook_url'].rpartition('/')[2]

    def tell(self, *events: typing.Any) -> None:
        """Deliver and work through."""
        for told in events:
            answer = deliver(self.api.client, told, OWN_SECRET, self.key)
            assert answer.status_code == 200, answer.text
        settle()

    def invoice(self, subtotal: float = 1000, customer: str = 'ACME01') -> dict[str, typing.Any]:
        """A posted invoice; 14.975 % of taxes come on top."""
        body = {'customer_code': customer, 'customer_name': 'Acme', 'subtotal': subtotal}
        answer = self.api.post('/invoices', body)
        assert answer.status_code == 201, answer.text
        return answer.json

    def balance(self, invoice_id: int) -> float:
        return self.api.get(f'/invoices/{invoice_id}').json['balance']

    def accounts(self) -> dict[str, float]:
        """{account: debits − credits} of those that moved."""
        rows = self.api.get('/ledger/trial-balance').json['data']
        return {row['code']: row['balance'] for row in rows if row['balance']}

    def is_sound(self) -> bool:
        """What `karvo check` says: nothing."""
        with self.api.company():
            found = check.problems()
        assert found == []
        return self.api.difference() == 0


def settle(turns: int = 12) -> None:
    """Work through what is due, pauses left out, until nothing changes."""
    for _ in range(turns):
        soon = {'due_at': clock.now()}
        StripeReceipt.update(**soon).where(StripeReceipt.state == 'received').execute()
        if work.carry() is None:
            return


def states() -> list[str]:
    """Of all receipts, in the order in which they came."""
    sql = 'SELECT state FROM control.stripe_receipt ORDER BY id'
    return [row[0] for row in control.run(sql).fetchall()]


@pytest.fixture
def shop(api: Api, platform: Stub) -> Shop:
    """A fresh Quebec company with its own account."""
    return Shop(api, platform)
