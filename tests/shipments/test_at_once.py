"""Eight clients at once at one product: never below zero, what is reserved adds up."""

import concurrent.futures
import typing

import falcon

from karvo.cli import check
from karvo.kit.db import close_all
from tests.conftest import Api
from tests.shipping import on_hand, sell, stock_up

CLIENTS = 8


def test_eight_clients_want_one_product(app: falcon.App, api: Api) -> None:
    """Twelve are there in two warehouses; each client sells, ships, cancels some of it."""
    stock_up(api)
    invoices = [sell(api, ('A-1', 3)) for _ in range(2 * CLIENTS)]

    def trade(n: int) -> list[tuple[int, int]]:
        mine = Api(app, api.tenant, api.key)
        seen = []
        try:
            for at in (n, n + CLIENTS):
                made = mine.post('/shipments', {'invoice_id': invoices[at]['id']})
                seen.append((made.status_code, 0))
                if made.status_code != 201:
                    continue
                one = f'/shipments/{made.json["id"]}'
                target = ('shipped', 'cancelled', 'packed', 'delivered')[at % 4]
                seen.append((mine.put(one, {'status': target}).status_code, 1))
                if at % 4 == 0:
                    seen.append((mine.put(one, {'status': 'cancelled'}).status_code, 2))
        finally:
            with api.company():
                close_all()
        return seen

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        answers = [answer for seen in pool.map(trade, range(CLIENTS)) for answer in seen]
    assert {status for status, _ in answers} <= {200, 201, 422}
    assert {status for status, step in answers if step} == {200}
    assert sum(status == 201 for status, _ in answers) >= 4
    _agrees(api)


def _agrees(api: Api) -> None:
    rows: list[dict[str, typing.Any]] = api.get('/shipments?per_page=100').json['data']
    for warehouse, first in (('MTL', 10), ('QC', 2)):
        own = [row for row in rows if row['warehouse'] == warehouse]
        gone = sum(x['qty'] for r in own if r['shipped_at'] and r['status'] != 'cancelled'
                   for x in r['lines'])  # fmt: skip
        held = sum(x['qty'] for r in own if r['status'] in ('pending', 'picking', 'packed')
                   for x in r['lines'])  # fmt: skip
        assert on_hand(api, 'A-1', warehouse) == (first - gone, held)
        assert 0 <= held <= first - gone
    with api.company():
        assert check.problems() == []
    assert api.difference() == 0
