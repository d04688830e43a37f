"""Employees, runs and settings that payment files, remittances and slips start from."""

import typing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from karvo.kit.db import close_all
from tenants.models import control
from tests.conftest import Api, wide_key

RUNS = '/payroll/runs'
#: Valid numbers of nobody.
SINS = ('130692544', '193456787')
BANK = {'institution': '815', 'transit': '30011', 'account': '1234567'}
SETTINGS = {
    'bank_profile': 'desjardins',
    'originator_id': 'KARVO00001',
    'short_name': 'ACMÉ',
    'long_name': 'Nettoyage Acmé inc.',
    'return_account': {'institution': '815', 'transit': '12345', 'account': '7654321'},
}


def full(api: Api) -> Api:
    """The same company with payroll:full."""
    assert api.tenant
    key = wide_key(api.tenant, scopes=['read-write', 'payroll:read', 'payroll:write', *FULL])
    return Api(api.client.app, api.tenant, key)


FULL = ('payroll:full',)


def employ(api: Api, **more: typing.Any) -> dict[str, typing.Any]:
    body = {
        'first_name': 'Zoé',
        'last_name': 'Côté',
        'pay_type': 'salary',
        'pay_rate': 52000,
        'pay_frequency': 'biweekly',
        'sin': SINS[0],
        'bank': BANK,
        'birth_date': '1990-01-01',
    }
    made = api.post('/payroll/employees', body | more)
    assert made.status_code == 201, made.text
    return made.json


def run(api: Api, pay_date: str = '2026-03-13', **more: typing.Any) -> dict[str, typing.Any]:
    """A calculated run."""
    days = {
        '2026-03-13': ('2026-02-22', '2026-03-07'),
        '2026-03-27': ('2026-03-08', '2026-03-21'),
        '2026-04-10': ('2026-03-22', '2026-04-04'),
        '2025-03-14': ('2025-02-23', '2025-03-08'),
    }[pay_date]
    body = {'frequency': 'biweekly', 'period_start': days[0], 'period_end': days[1]}
    made = api.post(RUNS, body | {'pay_date': pay_date} | more)
    assert made.status_code == 201, made.text
    return made.json


def steps(api: Api, made: dict[str, typing.Any], *verbs: str) -> dict[str, typing.Any]:
    for verb in verbs:
        done = api.post(f'{RUNS}/{made["id"]}/{verb}')
        assert done.status_code == 200, done.text
        made = done.json
    return made


def booked(api: Api, pay_date: str = '2026-03-13', **more: typing.Any) -> dict[str, typing.Any]:
    """A run in the ledger."""
    return steps(api, run(api, pay_date, **more), 'approve', 'post')


def set_up(api: Api, **more: typing.Any) -> None:
    done = api.put('/payroll/filing-settings', SETTINGS | more)
    assert done.status_code == 200, done.text


def error(answer: typing.Any) -> str:
    return str(answer.json.get('message') or answer.json)


def together(count: int, act: Callable[[int], typing.Any]) -> list[typing.Any]:
    """All calls at once, each thread with a connection of its own."""

    def one(n: int) -> typing.Any:
        try:
            return act(n)
        finally:
            close_all()
            control.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))
