"""A company with its people, on 20 November 2026."""

import typing

import pytest

from tests.conftest import Api
from tests.days import stand_still

SIN = '130 692 544'
BANK = {'institution': '815', 'transit': '30011', 'account': '1234567'}
ANA = {
    'first_name': 'Ana',
    'last_name': 'Roy',
    'pay_type': 'salary',
    'pay_rate': 52000,
    'pay_frequency': 'biweekly',
}
FORTNIGHT = {
    'frequency': 'biweekly',
    'period_start': '2026-02-22',
    'period_end': '2026-03-07',
    'pay_date': '2026-03-13',
}
NEXT = FORTNIGHT | {
    'period_start': '2026-03-08',
    'period_end': '2026-03-21',
    'pay_date': '2026-03-27',
}
WEEK = {
    'frequency': 'weekly',
    'period_start': '2026-03-01',
    'period_end': '2026-03-07',
    'pay_date': '2026-03-12',
}


class Office:
    """The client, and payroll as tests make it."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def made(self, path: str, body: typing.Any) -> dict[str, typing.Any]:
        answer = self.api.post(f'/payroll{path}', body)
        assert answer.status_code == 201, answer.text
        return answer.json

    def employee(self, **values: typing.Any) -> dict[str, typing.Any]:
        return self.made('/employees', ANA | values)

    def hourly(self, **values: typing.Any) -> dict[str, typing.Any]:
        plain = {'pay_type': 'hourly', 'pay_rate': 30, 'pay_frequency': 'weekly'}
        return self.employee(**plain | values)

    def run(self, **values: typing.Any) -> dict[str, typing.Any]:
        return self.made('/runs', FORTNIGHT | values)

    def week(self, **values: typing.Any) -> dict[str, typing.Any]:
        return self.made('/runs', WEEK | values)

    def hours(self, who: int, date: str, hours: typing.Any, **values: typing.Any) -> typing.Any:
        return self.made('/timesheets', {'employee_id': who, 'date': date, 'hours': hours} | values)

    def step(self, run: typing.Any, *verbs: str) -> dict[str, typing.Any]:
        for verb in verbs:
            answer = self.api.post(f'/payroll/runs/{run["id"]}/{verb}')
            assert answer.status_code == 200, answer.text
        return self.api.get(f'/payroll/runs/{run["id"]}').json

    def stubs(self, run: typing.Any) -> list[dict[str, typing.Any]]:
        return self.api.get(f'/payroll/runs/{run["id"]}/stubs').json['data']

    def account(self, code: str) -> float:
        """Debits − credits."""
        rows = self.api.get('/ledger/trial-balance').json['data']
        return sum(row['balance'] for row in rows if row['code'] == code)

    def events(self, kind: str) -> list[dict[str, typing.Any]]:
        return self.api.get(f'/events?type={kind}&limit=1000').json['data']


@pytest.fixture
def office(api: Api, monkeypatch: pytest.MonkeyPatch) -> Office:
    stand_still(monkeypatch, '2026-11-20')
    return Office(api)


def refused(answer: typing.Any, *fields: str) -> str:
    """The words of a refusal that names these fields."""
    assert answer.status_code == 422, answer.text
    assert set(fields) <= set(answer.json['data']['params'] or {}), answer.text
    return answer.json['error']
