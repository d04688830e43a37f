"""Invoices that become overdue: announced once for each due date."""

import datetime as dt

import pytest

from karvo.invoices import jobs
from karvo.invoices.operations import overdue
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from tests.conftest import Api
from tests.invoicing import created

DAY = dt.date(2026, 11, 20)


def run(shop: Api, day: dt.date = DAY) -> int:
    with shop.company():
        return jobs.overdue(system_actor('test', current_place()), day)['announced']


def announced(shop: Api) -> list[int]:
    events = shop.get('/events?type=invoice.overdue').json['data']
    return [event['data']['object']['id'] for event in events]


def late(shop: Api, **values: object) -> int:
    return created(shop, **{'date': '2026-10-01', 'due_date': '2026-11-19'} | values)['id']


class TestOverdue:
    def test_once_for_each_and_only_what_is_owed_and_late(self, shop: Api) -> None:
        first = late(shop)
        late(shop, due_date='2026-11-20')  # today: not yet
        paid = late(shop)
        shop.put(f'/invoices/{paid}', {'status': 'paid'})
        late(shop, status='draft')
        shop.delete(f'/invoices/{late(shop)}')
        part = late(shop)
        shop.post('/billing/payments', {'invoice_id': part, 'amount': 1})
        assert [run(shop), run(shop)] == [2, 0]
        assert announced(shop) == [first, part]
        assert shop.get(f'/invoices/{first}').json['status'] == 'overdue'

    def test_again_when_the_due_date_moved_and_passed_anew(self, shop: Api) -> None:
        one = late(shop)
        run(shop)
        shop.put(f'/invoices/{one}', {'due_date': '2026-11-25'})
        assert run(shop) == 0
        assert [run(shop, dt.date(2026, 11, 26)) for _ in range(2)] == [1, 0]
        assert announced(shop) == [one, one]

    def test_killed_half_way_the_rest_comes_with_the_next_run(
        self, shop: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ids = [late(shop) for _ in range(5)]
        monkeypatch.setattr(overdue, 'MOST', 2)
        real, calls = overdue.announce, []

        def die_at_the_fourth(*arguments: object) -> None:
            calls.append(arguments)
            if len(calls) == 4:
                raise KeyboardInterrupt
            real(*arguments)

        monkeypatch.setattr(overdue, 'announce', die_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            run(shop)
        assert announced(shop) == ids[:2]
        monkeypatch.setattr(overdue, 'announce', real)
        assert run(shop) == 3
        assert announced(shop) == ids
