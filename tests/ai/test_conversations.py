"""Conversations over HTTP: questions and answers, turns that lean on others, whose they are."""

import falcon
import pytest

from karvo.kit import db
from karvo.kit.db import database
from tests.conftest import BASE, Api, new_tenant, wide_key
from tests.invoicing import created, refused
from tests.tenants.people import basic

pytestmark = pytest.mark.xdist_group('ai')


def begun(api: Api) -> int:
    made = api.post('/ai/conversations')
    assert made.status_code == 201, made.text
    return made.json['id']


def asked(api: Api, talk: int, message: str) -> dict:
    answer = api.post(f'/ai/conversations/{talk}/message', {'message': message})
    assert answer.status_code == 200, answer.text
    return answer.json


class TestMessage:
    def test_a_figure_comes_as_sentence_rows_and_query(self, books: Api) -> None:
        talk = begun(books)
        answer = asked(books, talk, 'Revenue in Montréal this quarter')
        assert answer['answer'] == 'Revenue, 1 Jul – 30 Sep 2026, Montréal: $6,836.95.'
        assert (answer['kind'], answer['answered'], answer['language']) == ('result', True, 'en')
        assert answer['rows'] == [{'revenue': 6836.95}] and answer['chart'] == 'number'
        assert answer['query']['time'] == {
            'from': '2026-07-01',
            'to': '2026-09-30',
            'label': 'this_quarter',
            'field': 'invoice_date',
        }
        assert (answer['conversation_id'], answer['read_by']) == (talk, 'rules')
        assert [column['unit'] for column in answer['columns']] == ['money']

    def test_a_turn_leans_on_the_one_before_whatever_lies_between(self, books: Api) -> None:
        talk = begun(books)
        asked(books, talk, 'Revenue this year')
        assert asked(books, talk, 'blah frobnicate')['kind'] == 'refusal'
        answer = asked(books, talk, 'and last year?')
        assert answer['query']['metrics'] == ['revenue']
        assert answer['query']['time']['label'] == 'last_year'
        french = asked(books, talk, 'seulement à Montréal')
        assert french['language'] == 'fr'
        assert french['query']['filters'][0]['value'] == 'Montréal'

    def test_a_question_back_is_answered_by_the_next_turn(self, books: Api) -> None:
        talk = begun(books)
        question = asked(books, talk, 'Revenue from Nordik this year')
        assert (question['kind'], question['answered'], question['query']) == (
            'clarification',
            False,
            None,
        )
        assert question['rows'] == [] and len(question['suggestions']) == 2
        answer = asked(books, talk, 'the first one')
        assert answer['kind'] == 'result' and len(answer['query']['filters']) == 1

    def test_many_who_owe_the_most_are_one(self, books: Api) -> None:
        talk = begun(books)
        for message in ('Which customers owe the most?', 'Quels clients nous doivent le plus ?'):
            answer = asked(books, talk, message)
            assert (answer['query']['limit'], len(answer['rows'])) == (1, 1)
        assert asked(books, talk, 'Which 3 customers owe the most?')['query']['limit'] == 3

    def test_must_say_something_of_at_most_4000_characters(self, api: Api) -> None:
        path = f'/ai/conversations/{begun(api)}/message'
        for body in ({}, {'message': ''}, {'message': ' \n'}, {'message': 'x' * 4001}):
            refused(api.post(path, body), 'message')
        assert api.post(path, {'message': 'x' * 4000}).json['kind'] == 'refusal'

    def test_costs_ten_statements_at_most(self, api: Api) -> None:
        created(api)
        talk, sent = begun(api), []

        def hook(path: str, sql: str) -> None:
            sent.append(sql)

        db.watch(hook)
        try:
            asked(api, talk, 'Top 5 customers this year')
        finally:
            db.unwatch(hook)
        commits = sum(sql.startswith('BEGIN') for sql in sent)
        assert len(sent) + commits <= 10


class TestConversation:
    def test_tells_its_whole_history(self, api: Api) -> None:
        created(api)
        talk = begun(api)
        asked(api, talk, 'Revenue all time')
        asked(api, talk, 'drop table customers')
        whole = api.get(f'/ai/conversations/{talk}').json
        assert (whole['title'], whole['message_count'], whole['language']) == (
            'Revenue all time',
            4,
            'en',
        )
        assert [one['role'] for one in whole['messages']] == ['user', 'assistant'] * 2
        first, last = whole['messages'][1], whole['messages'][3]
        assert first['answer']['rows'] == [{'revenue': 1250}]
        assert first['content'] == 'Revenue, all time: $1,250.00.'
        assert (last['answer']['kind'], last['answer']['query']) == ('refusal', None)
        before = api.get(f'/ai/conversations/{talk}?before={first["id"]}').json['messages']
        assert [one['content'] for one in before] == ['Revenue all time']

    def test_keeps_two_hundred_rows(self, api: Api) -> None:
        with api.company():
            rows = [('party', f'k{n}', f'C{n}', f'Customer {n}') for n in range(250)]
            for _, key, code, name in rows:
                database.run(PARTY, {'key': key, 'code': code, 'name': name})
        talk = begun(api)
        answer = asked(api, talk, 'List all customers')
        assert (len(answer['rows']), answer['row_count']) == (250, 250)
        kept = api.get(f'/ai/conversations/{talk}').json['messages'][1]['answer']
        assert (len(kept['rows']), kept['row_count']) == (200, 250)

    def test_is_listed_the_latest_first_and_found_by_its_title(self, api: Api) -> None:
        first, second = begun(api), begun(api)
        api.post('/ai/conversations', {'title': 'Margins'})
        asked(api, first, 'Revenue all time')
        listed = api.get('/ai/conversations').json
        assert [one['id'] for one in listed['data']][0] == first
        assert listed['total'] == 3
        assert api.get('/ai/conversations?search=margin').json['total'] == 1
        assert api.delete(f'/ai/conversations/{second}').json == {'deleted': True, 'id': second}
        assert api.get(f'/ai/conversations/{second}').status_code == 404

    def test_is_its_owners_alone(self, app: falcon.App, api: Api, other: Api) -> None:
        talk = begun(api)
        second_key = Api(app, api.tenant, wide_key(api.tenant))
        for stranger in (second_key, other):
            path = f'/ai/conversations/{talk}'
            assert stranger.get(path).status_code == 404
            answer = stranger.post(f'{path}/message', {'message': 'Revenue'})
            assert answer.status_code == 404
            assert stranger.delete(path).status_code == 404
            assert stranger.get('/ai/conversations').json['total'] == 0
        assert api.get(f'/ai/conversations/{talk}').json['message_count'] == 0

    def test_of_a_person_is_seen_with_every_password_of_his(self, app: falcon.App) -> None:
        tenant = new_tenant()
        headers = basic(tenant.username, tenant.application_password)
        anonymous = Api(app, None)
        made = anonymous.post('/ai/conversations', headers=headers)
        assert made.status_code == 201
        key = Api(app, tenant)
        assert key.get(f'/ai/conversations/{made.json["id"]}').status_code == 404
        again = anonymous.get(f'/ai/conversations/{made.json["id"]}', headers=headers)
        assert again.status_code == 200


class TestScopes:
    def test_a_figure_needs_the_scope_of_its_module(self, app: falcon.App, api: Api) -> None:
        created(api)
        key = wide_key(api.tenant, scopes=['ai:read', 'ai:write'])
        narrow = Api(app, api.tenant, key)
        talk = begun(narrow)
        answer = asked(narrow, talk, 'Revenue this year')
        assert (answer['kind'], answer['rows'], answer['query']) == ('refusal', [], None)
        assert 'do not allow' in answer['answer'] and '1,250' not in answer['answer']
        stock = asked(narrow, talk, 'How many customers do we have?')
        assert stock['kind'] == 'refusal'

    def test_without_them_nothing_is_asked(self, app: falcon.App, api: Api) -> None:
        none = Api(app, api.tenant, wide_key(api.tenant, scopes=['invoices:read']))
        assert none.get('/ai/conversations').status_code == 403
        assert none.post('/ai/conversations').status_code == 403
        talk = begun(api)
        path = f'/ai/conversations/{talk}/message'
        assert none.post(path, {'message': 'Revenue'}).status_code == 403
        assert none.client.simulate_get(f'{BASE}/ai/conversations').status_code == 401


PARTY = """
INSERT INTO @party (uid, key, code, name, type, is_customer, is_vendor, email, currency,
  credit_limit, credit_hold, tax_exempt, country, tags, metadata, auto_created, dunning_excluded,
  in_collections, search_text, version, created_at, updated_at)
VALUES (gen_random_uuid(), %(key)s, %(code)s, %(name)s, 'company', true, false, '', 'CAD', 0, false,
  'none', 'CA', '[]', '{}', false, false, false, lower(%(name)s), 1, '2026-01-01', '2026-01-01')"""
