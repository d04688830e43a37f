"""A company that writes letters, on 20 November 2026."""

import datetime as dt
import typing
from collections.abc import Iterator

import pytest

from karvo.cli import check
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.kit.jobs import Report
from karvo.receivables import jobs
from tests import paper
from tests.conftest import Api
from tests.days import stand_still
from tests.invoicing import created

TODAY = dt.date(2026, 11, 20)


class Desk:
    """The client, and what happens by the clock."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def late(self, days: int, customer: str = 'A', **values: typing.Any) -> int:
        """An invoice of 1437.19 that was due so many days ago."""
        due = TODAY - dt.timedelta(days=days)
        body = {'customer_code': customer, 'customer_name': customer, 'due_date': str(due)}
        return created(self.api, **body | {'date': str(min(due, TODAY))} | values)['id']

    def run(self, day: dt.date = TODAY, job: typing.Any = jobs.dunning) -> Report:
        with self.api.company():
            return job(system_actor('test', current_place()), day)

    def letters(self, query: str = '') -> list[dict[str, typing.Any]]:
        """Without what tells one run from another."""
        answer = self.api.get(f'/billing/dunning?order=asc&orderby=created_at&{query}')
        assert answer.status_code == 200, answer.text
        gone = {'id', 'uid', 'created_at', 'updated_at'}
        return [{n: v for n, v in row.items() if n not in gone} for row in answer.json['data']]

    def letter(self, **values: typing.Any) -> int:
        """The id of one proposed for an invoice `days` late."""
        self.late(values.pop('days', 6), **values)
        self.run()
        return self.api.get('/billing/dunning').json['data'][0]['id']

    def send(self, letter_id: int, **body: typing.Any) -> typing.Any:
        return self.api.post(f'/billing/dunning/{letter_id}/send', body)

    def customer(self, code: str = 'A') -> dict[str, typing.Any]:
        return self.api.get(f'/customers?search={code.lower()}').json['data'][0]

    def change_customer(self, code: str = 'A', **values: typing.Any) -> None:
        answer = self.api.put(f'/customers/{self.customer(code)["id"]}', values)
        assert answer.status_code == 200, answer.text

    def pay(self, invoice_id: int, amount: typing.Any = '1437.19') -> None:
        body = {'invoice_id': invoice_id, 'amount': amount}
        assert self.api.post('/billing/payments', body).status_code == 201

    def told(self, kind: str) -> list[dict[str, typing.Any]]:
        events = self.api.get(f'/events?type={kind}').json['data']
        return [event['data']['object'] for event in events]


@pytest.fixture
def desk(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    stand_still(monkeypatch, str(TODAY))
    yield Desk(paper.furnished(api))
    assert api.difference() == 0
    with api.company():
        assert check.problems() == []
