"""What a customer's record says for its documents: choice of language (L-1), interest (AR-8)."""

import pytest

from tests.conftest import Api
from tests.paper import made


class TestChoiceOfEnglish:
    def test_the_server_says_when_and_who(self, api: Api) -> None:
        body = {'name': 'A', 'language_choice_recorded_ref': 'ticket 12'}
        sent = body | {'language_choice_recorded_at': '2001-01-01T00:00:00Z'}
        answer = api.post('/customers', sent)
        assert answer.headers['x-ignored-fields'] == 'language_choice_recorded_at'
        shown = api.get(f'/customers/{answer.json["id"]}').json
        assert shown['language_choice_recorded_ref'] == 'ticket 12'
        assert not shown['language_choice_recorded_at'].startswith('2001')
        assert shown['language_choice_recorded_by']

    def test_none_at_first(self, api: Api) -> None:
        shown = made(api, '/customers', {'name': 'A'})
        names = [f'language_choice_recorded_{name}' for name in ('at', 'by', 'ref')]
        assert [shown[name] for name in names] == [None, None, None]

    def test_an_empty_reference_is_none(self, api: Api) -> None:
        answer = api.post('/customers', {'name': 'A', 'language_choice_recorded_ref': ''})
        assert answer.status_code == 422

    def test_it_is_announced(self, api: Api) -> None:
        made(api, '/customers', {'name': 'A', 'code': 'A'})
        found = api.get('/customers?search=A').json['data'][0]['id']
        api.put(f'/customers/{found}', {'language_choice_recorded_ref': 'letter'})
        events = api.get('/events?limit=100').json['data']
        assert events[-1]['type'] == 'customer.updated'


class TestInterest:
    def test_a_rate_and_the_day_of_the_agreement(self, api: Api) -> None:
        body = {'name': 'A', 'interest_rate_annual': '18.5', 'interest_agreed_on': '2026-01-01'}
        shown = made(api, '/customers', body)
        assert (shown['interest_rate_annual'], shown['interest_agreed_on']) == (18.5, '2026-01-01')

    @pytest.mark.parametrize('rate', ['35.01', '-1', '101'])
    def test_never_above_the_criminal_rate(self, api: Api, rate: str) -> None:
        answer = api.post('/customers', {'name': 'A', 'interest_rate_annual': rate})
        assert answer.status_code == 422
        assert 'interest_rate_annual' in answer.json['data']['params']
        customer = made(api, '/customers', {'name': 'A'})['id']
        changed = api.put(f'/customers/{customer}', {'interest_rate_annual': rate})
        assert changed.status_code == 422

    def test_of_the_company(self, api: Api) -> None:
        assert api.put('/settings', {'interest_rate_annual': 36}).status_code == 422
        assert api.put('/settings', {'interest_rate_annual': 24}).status_code == 200
        assert api.put('/settings', {'criminal_interest_rate': 20}).status_code == 422
