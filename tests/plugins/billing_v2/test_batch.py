"""POST /api/v2/batch/customers."""

import concurrent.futures
import typing

import pytest
from falcon import testing

from karvo.customers.models import Party
from karvo.customers.operations import create_each
from karvo.customers.schemas import CustomerChange
from karvo.kit.actor import system_actor
from karvo.kit.db import close_all, current_place, statement_count
from karvo.kit.errors import Forbidden, KarvoError
from plugins.billing_v2 import batch
from tenants.models import control
from tests.plugins.billing_v2.conftest import BillingV2

#: of the text, verbatim
SAMPLE = {
    'customers': [
        {'account': 'Customer 1', 'email': 'customer1@example.com'},
        {'account': 'Customer 2', 'email': 'customer2@example.com'},
    ]
}
MIXED: list[typing.Any] = [
    {'account': 'Good'},
    {'email': 'nobody@example.com'},
    {'account': 'Bad', 'email': 'nobody'},
    'Jane',
    {'account': 'Twice', 'code': 'C00001'},
    {'account': 'Long', 'zip': 7, 'state': 'Quebec'},
    {'account': 'Good too', 'code': 'own-1'},
]
WHY = {
    1: {'account': 'Account is required'},
    2: {'email': 'Invalid email format'},
    3: {'customer': 'Customer must be an object'},
    4: {'code': 'Code exists already'},
    5: {'zip': 'Zip must be text', 'state': 'State must have at most 3 characters'},
}


def events(v2: BillingV2) -> list[str]:
    return [event['type'] for event in v2.api.get('/events').json['data']]


def total(v2: BillingV2) -> int:
    return v2.get('/customers').json['meta']['total_records']


class TestAllGood:
    def test_the_sample_of_the_text(self, v2: BillingV2) -> None:
        answer = v2.post('/batch/customers', SAMPLE)
        assert answer.status_code == 201
        assert answer.json['success'] is True
        made, failed = answer.json['data']['created'], answer.json['data']['failed']
        assert [(row['account'], row['email']) for row in made] == [
            (new['account'], new['email']) for new in SAMPLE['customers']
        ]
        assert [row['code'] for row in made] == ['C00001', 'C00002']
        assert failed == []
        assert v2.get('/customers').json['data'] == made
        assert events(v2).count('customer.created') == 2

    def test_a_hundred_cost_as_many_statements_as_two(self, v2: BillingV2) -> None:
        v2.post('/batch/customers', SAMPLE)
        costs = []
        for count in (2, 100):
            new = [{'account': f'Customer {n}'} for n in range(count)]
            before = statement_count()
            answer = v2.post('/batch/customers', {'customers': new})
            costs.append(statement_count() - before)
            assert len(answer.json['data']['created']) == count
        assert costs[0] == costs[1]


class TestSomeBad:
    def test_the_good_ones_stay(self, v2: BillingV2) -> None:
        answer = v2.post('/batch/customers', {'customers': MIXED})
        assert (answer.status_code, answer.json['success']) == (200, True)
        data = answer.json['data']
        assert [(row['account'], row['code']) for row in data['created']] == [
            ('Good', 'C00001'), ('Good too', 'OWN-1')
        ]  # fmt: skip
        assert {row['index']: row['errors'] for row in data['failed']} == WHY
        assert total(v2) == 2
        assert events(v2).count('customer.created') == 2

    def test_one_bad_of_a_hundred_costs_little(self, v2: BillingV2) -> None:
        new: list[typing.Any] = [{'account': f'Customer {n}'} for n in range(100)]
        new[63]['email'] = '@'
        before = statement_count()
        data = v2.post('/batch/customers', {'customers': new}).json['data']
        assert statement_count() - before < 120
        assert [row['index'] for row in data['failed']] == [63]
        assert [row['code'] for row in data['created']] == [f'C{n:05d}' for n in range(1, 100)]
        assert [row['account'] for row in data['created']][62:64] == ['Customer 62', 'Customer 64']

    def test_all_bad(self, v2: BillingV2) -> None:
        answer = v2.post('/batch/customers', {'customers': [{}, {'account': ''}]})
        assert answer.status_code == 200
        assert answer.json['data']['created'] == []
        assert [row['index'] for row in answer.json['data']['failed']] == [0, 1]
        assert total(v2) == 0

    def test_a_nul_is_one_customers_own(self, v2: BillingV2) -> None:
        new = [{'account': 'Good'}, {'account': 'B\0d'}, {'account': 'Too', 'other': 'x\0'}, '\0']
        answer = v2.post('/batch/customers', {'customers': new})
        assert answer.status_code == 200
        data = answer.json['data']
        assert [row['account'] for row in data['created']] == ['Good', 'Too']
        assert {row['index']: list(row['errors']) for row in data['failed']} == {
            1: ['account'],
            3: ['customer'],
        }

    def test_a_refusal_that_names_no_member(
        self, v2: BillingV2, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(batch, 'create_each', lambda *_, **__: [Forbidden('No')])
        data = v2.post('/batch/customers', {'customers': [{'account': 'A'}]}).json['data']
        assert data['failed'] == [{'index': 0, 'errors': {}, 'message': 'Forbidden'}]

    def test_an_address_twice_is_a_warning_here_too(self, v2: BillingV2) -> None:
        v2.post('/customers', {'account': 'Old', 'email': 'old@example.com'})
        mails = ('OLD@example.com', 'a@example.com', 'A@example.com', None, None)
        new = [{'account': 'New', 'email': mail} for mail in mails]
        rows = v2.post('/batch/customers', {'customers': new}).json['data']['created']
        warned = [row.get('warnings') for row in rows]
        assert warned == [['duplicate_email'], None, ['duplicate_email'], None, None]

    def test_the_same_code_twice(self, v2: BillingV2) -> None:
        new = [{'account': 'One', 'code': 'X'}, {'account': 'Two', 'code': 'X'}]
        data = v2.post('/batch/customers', {'customers': new}).json['data']
        assert [row['account'] for row in data['created']] == ['One']
        assert data['failed'][0]['errors'] == {'code': 'Code exists already'}

    def test_atomic_creates_none(self, v2: BillingV2) -> None:
        answer = v2.post('/batch/customers', {'customers': MIXED, 'atomic': True})
        assert (answer.status_code, answer.json['message']) == (400, 'Validation failed')
        assert answer.json['errors'] == {
            f'customers[{n}].{name}': text for n, why in WHY.items() for name, text in why.items()
        }
        assert total(v2) == 0
        assert 'customer.created' not in events(v2)

    def test_atomic_creates_all(self, v2: BillingV2) -> None:
        assert v2.post('/batch/customers', {**SAMPLE, 'atomic': True}).status_code == 201
        assert total(v2) == 2

    def test_once_for_one_idempotency_key(self, v2: BillingV2) -> None:
        headers = {'Idempotency-Key': 'b-1'}
        body = {'customers': MIXED}
        first, again = (v2.post('/batch/customers', body, headers=headers) for _ in range(2))
        assert first.status_code == again.status_code == 200
        assert first.json == again.json
        assert total(v2) == 2


class TestWhatIsNoBatch:
    def test_is_refused_whole(self, v2: BillingV2) -> None:
        for customers in ([], [{'account': 'A'}] * 101, {'account': 'A'}, None):
            refused = v2.post('/batch/customers', {'customers': customers})
            assert (refused.status_code, list(refused.json['errors'])) == (400, ['customers'])
        assert total(v2) == 0
        refused = v2.post('/batch/customers', {})
        assert refused.json['errors'] == {'customers': 'Customers is required'}


class TestAtOnce:
    def test_two_batches_share_no_code(self, v2: BillingV2) -> None:
        new = {'customers': [{'account': f'Customer {n}'} for n in range(30)]}

        def act(_: int) -> testing.Result:
            try:
                return v2.post('/batch/customers', new)
            finally:
                close_all()
                control.close()

        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            answers = [*pool.map(act, range(3))]
        assert [answer.status_code for answer in answers] == [201] * 3
        codes = [row['code'] for x in answers for row in x.json['data']['created']]
        assert sorted(codes) == [f'C{n:05d}' for n in range(1, 91)]


class TestUnitOfWork:
    def test_what_failed_leaves_nothing_behind(self, v2: BillingV2) -> None:
        news = [CustomerChange(name='A'), CustomerChange(name='B', email='b'), CustomerChange()]
        with v2.api.company():
            made = create_each(news, actor=system_actor('test', current_place()))
            assert [isinstance(one, KarvoError) for one in made] == [False, True, True]
            assert [row.name for row in Party.select()] == ['A']
        assert events(v2).count('customer.created') == 1
