"""What pricing does by the clock."""

import datetime as dt

from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.pricing.jobs import expire
from tests.conftest import Api

DAY = dt.date(2026, 11, 21)


def run(api: Api, day: dt.date = DAY) -> dict[str, int]:
    with api.company():
        return expire(system_actor('scheduler', current_place()), day)


class TestExpire:
    def test_a_price_that_holds_no_more_is_told_of_once(self, api: Api) -> None:
        api.post('/products', {'sku': 'P', 'name': 'x', 'price': 3})
        for valid_to in ('2026-11-20', '2026-11-21', '2026-01-01', None):
            made = api.post('/pricing/rules', {'sku': 'P', 'value': 2, 'valid_to': valid_to})
            assert made.status_code == 201
        assert run(api) == {'expired': 0, 'rules': 1}
        assert run(api) == {'expired': 0, 'rules': 0}
        told = [e for e in api.get('/events').json['data'] if e['type'] == 'price_rule.expired']
        assert [e['data']['object']['id'] for e in told] == [1]

    def test_one_that_was_prolonged_is_told_of_again(self, api: Api) -> None:
        api.post('/products', {'sku': 'P', 'name': 'x', 'price': 3})
        api.post('/pricing/rules', {'sku': 'P', 'value': 2, 'valid_to': '2026-11-20'})
        assert run(api)['rules'] == 1
        assert api.put('/pricing/rules/1', {'valid_to': '2026-11-25'}).status_code == 200
        assert run(api)['rules'] == 0
        assert run(api, dt.date(2026, 11, 26))['rules'] == 1
