"""Every pair of states, in the table and not in it, by every method (domain §16, SHP-5)."""

import itertools
import typing
from collections.abc import Iterator

import falcon
import pytest

from karvo.kit.errors import Conflict
from karvo.shipments.compute import allowed, next_status, order_of, steps, tracking_url
from karvo.shipments.models import METHODS, STATES, TRANSITIONS, Shipment
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle
from tests.shipping import sell, ship

PAIRS = list(itertools.product(STATES, STATES))
#: The table as the rules print it, beside the code's.
PRINTED = {
    'pending': 'picking on_hold cancelled',
    'picking': 'packed pending on_hold cancelled',
    'packed': 'shipped delivered picking on_hold cancelled',
    'shipped': 'delivered cancelled',
    'on_hold': 'pending picking packed cancelled',
    'delivered': 'returned',
    'cancelled': '',
    'returned': '',
}
#: Where PUT gets by several steps.
FAR = {('pending', 'packed'), ('pending', 'shipped'), ('pending', 'delivered')}
FAR |= {('picking', 'shipped'), ('picking', 'delivered'), ('packed', 'delivered')}
FAR |= {('packed', 'pending')}


def is_possible(start: str, target: str, method: str) -> bool:
    """By the printed table, a step at a time."""
    if method == 'pickup' and target == 'shipped':
        return False
    one = target in PRINTED[start].split() and (start, target) != ('on_hold', 'picking')
    if start == 'on_hold' and target not in ('pending', 'cancelled'):
        return False  # it came from pending
    return one or (start, target) in FAR


def test_the_table_is_the_printed_one() -> None:
    assert {s: set(t.split()) for s, t in PRINTED.items()} == TRANSITIONS


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize(('start', 'target'), PAIRS)
def test_steps(start: str, target: str, method: str) -> None:
    if not is_possible(start, target, method):
        with pytest.raises(Conflict):
            steps(start, target, method, 'pending')
        return
    at = start
    for one in steps(start, target, method, 'pending'):
        assert one in allowed(at, method, 'pending')
        assert one in TRANSITIONS[at]
        at = one
    assert at == target


@pytest.mark.parametrize('method', METHODS)
def test_advance_goes_through_all(method: str) -> None:
    state: str | None = 'pending'
    passed = []
    while state:
        passed.append(state)
        state = next_status(state, method)
    assert tuple(passed) == order_of(method)
    assert ('shipped' in passed) == (method != 'pickup')


def test_tracking_pages() -> None:
    assert tracking_url('Purolator', '7') == 'https://www.purolator.com/en/shipping/tracker?pin=7'
    assert tracking_url('Uncle Bob', '7') is None
    assert tracking_url(None, '7') is None


class Yard(typing.NamedTuple):
    """A client, and an invoice of very many."""

    api: Api
    invoice: dict[str, typing.Any]


@pytest.fixture(scope='module')
def yard(app: falcon.App) -> Iterator[Yard]:
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    yield Yard(api, sell(api, ('X-1', 100_000)))
    recycle(tenant)


@pytest.mark.parametrize('method', ['carrier', 'pickup'])
@pytest.mark.parametrize('start', STATES)
def test_put(yard: Yard, start: str, method: str) -> None:
    """Over HTTP: what is allowed happens, what is not is 422 and changes nothing."""
    api = yard.api
    lines = [{'sku': 'X-1', 'qty': 1}]
    made = ship(api, yard.invoice, method=method, lines=lines)['id']
    for target in STATES:
        with api.company():
            previous = 'pending' if start == 'on_hold' else None
            Shipment.update(state=start, previous_state=previous).where(
                Shipment.id == made
            ).execute()
        answer = api.put(f'/shipments/{made}', {'status': target})
        by_hand = target != 'returned' and is_possible(start, target, method)
        expected = 200 if by_hand or start == target else 422
        assert answer.status_code == expected, (start, target, answer.text)
        shown = api.get(f'/shipments/{made}').json
        assert shown['status'] == (target if expected == 200 else start)
