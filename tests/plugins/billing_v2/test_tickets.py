"""/tickets and /departments of api/v2."""

import typing

import pytest

from plugins.billing_v2.examples import EXAMPLES
from plugins.crm.operations.tickets import open_ticket
from plugins.crm.schemas import NewTicket
from tests.conftest import Api
from tests.plugins.billing_v2.asking import (
    clerk,
    is_forbidden,
    is_missing,
    made,
    reader,
    refusal,
    statements,
)
from tests.plugins.billing_v2.conftest import BillingV2

SAMPLE = {
    'customer_id': 1,
    'subject': 'Technical Support Required',
    'message': 'Need assistance with installation',
    'department_id': 1,
    'priority': 'High',
}


def with_customer(v2: BillingV2) -> BillingV2:
    assert v2.api.post('/customers', {'name': 'Acme'}).json['id'] == 1
    return v2


@pytest.fixture
def desk(v2: BillingV2) -> BillingV2:
    return with_customer(v2)


@pytest.fixture(scope='module')
def help_desk(shop: BillingV2) -> BillingV2:
    """One company for tests that look at one ticket each."""
    return with_customer(shop)


def ticket(v2: BillingV2, **values: typing.Any) -> typing.Any:
    return made(v2.post('/tickets', SAMPLE | values), 'Ticket created')


class TestCreate:
    def test_the_sample_of_the_text(self, desk: BillingV2) -> None:
        assert EXAMPLES['POST /tickets']['body'] == SAMPLE
        shown = ticket(desk)
        assert {name: shown[name] for name in SAMPLE if name != 'message'} == {
            name: value for name, value in SAMPLE.items() if name != 'message'
        }
        assert (shown['status'], shown['department']) == ('Open', 'Support')
        assert shown['ticket_number'].startswith('TKT-')
        [message] = shown['messages']
        assert (message['author'], message['message']) == ('customer', SAMPLE['message'])
        assert message['author_name'] == 'Acme'
        assert desk.get(f'/tickets/{shown["id"]}').json == {'success': True, 'data': shown}

    def test_medium_and_support_where_nothing_is_said(self, help_desk: BillingV2) -> None:
        answer = help_desk.post('/tickets', {'subject': 'A', 'message': 'B'})
        shown = made(answer, 'Ticket created')
        assert (shown['priority'], shown['department_id']) == ('Medium', 1)
        assert shown['customer_id'] is None

    @pytest.mark.parametrize(
        ('change', 'name', 'why'),
        [
            ({'subject': None}, 'subject', 'Subject is required'),
            ({'message': ' '}, 'message', 'Message is required'),
            ({'department_id': 9}, 'department_id', 'Department id not found'),
            ({'customer_id': 99}, 'customer_id', 'Customer id not found'),
            ({'priority': 'Soon'}, 'priority', 'Priority must be one of'),
        ],
    )
    def test_a_wrong_member_is_named(
        self, help_desk: BillingV2, change: dict[str, typing.Any], name: str, why: str
    ) -> None:
        assert refusal(help_desk.post('/tickets', SAMPLE | change), name)[name].startswith(why)

    def test_a_reader_may_not(self, help_desk: BillingV2) -> None:
        assert is_forbidden(reader(help_desk).post('/tickets', SAMPLE))


class TestList:
    def test_filtered(self, desk: BillingV2) -> None:
        first, second = ticket(desk), ticket(desk, department_id=2, subject='Wrong bill')
        desk.put(f'/tickets/{second["id"]}', {'status': 'Closed'})

        def ids(query: str) -> list[int]:
            answer = desk.get(f'/tickets?{query}')
            assert answer.json['meta']['total_records'] == len(answer.json['data'])
            return [row['id'] for row in answer.json['data']]

        assert ids('') == [second['id'], first['id']]
        assert ids('status=Open') == ids('status=open') == [first['id']]
        assert ids('status=Closed') == ids('department_id=2') == [second['id']]
        assert ids('customer_id=1&search=technical') == [first['id']]
        assert 'messages' not in desk.get('/tickets').json['data'][0]
        page = desk.get('/tickets?limit=1&page=2').json
        assert page['meta'] == {'current_page': 2, 'total_pages': 2, 'total_records': 2, 'limit': 1}

    def test_an_unknown_status(self, help_desk: BillingV2) -> None:
        said = refusal(help_desk.get('/tickets?status=gone'), 'status')
        assert said['status'] == 'Status must be one of Open, Pending, Closed'

    def test_a_hundred_cost_the_statements_of_one(self, desk: BillingV2) -> None:
        ticket(desk)
        one = statements(desk, '/tickets?limit=100')
        with desk.api.company():
            for _ in range(99):
                open_ticket(NewTicket(subject='A', message='B', customer_id=1), actor=clerk())
        assert statements(desk, '/tickets?limit=100') == one < 10
        assert len(desk.get('/tickets?limit=100').json['data']) == 100


class TestChange:
    def test_closed_and_reopened(self, help_desk: BillingV2) -> None:
        path = f'/tickets/{ticket(help_desk)["id"]}'
        shown = made(help_desk.put(path, {'status': 'Closed'}), 'Ticket updated', 200)
        assert (shown['status'], shown['closed_at'] is None) == ('Closed', False)
        shown = made(help_desk.put(path, {'status': 'Open'}), 'Ticket updated', 200)
        assert (shown['status'], shown['closed_at']) == ('Open', None)

    def test_everything_else(self, help_desk: BillingV2) -> None:
        path = f'/tickets/{ticket(help_desk)["id"]}'
        change = {'subject': 'B', 'department_id': 3, 'priority': 'Urgent', 'assigned_to': 'Julie'}
        shown = made(help_desk.put(path, change), 'Ticket updated', 200)
        assert {name: shown[name] for name in change} == change

    def test_steps_that_are_none(self, help_desk: BillingV2) -> None:
        path = f'/tickets/{ticket(help_desk)["id"]}'
        help_desk.put(path, {'status': 'Closed'})
        answer = help_desk.put(path, {'status': 'Pending'})
        refusal(answer)
        assert answer.json['message'] == 'a ticket that is closed cannot become pending'


class TestReplies:
    def test_staff_and_customer(self, help_desk: BillingV2) -> None:
        path = f'/tickets/{ticket(help_desk)["id"]}/replies'
        answer = help_desk.post(path, {'message': 'We call you.', 'author_name': 'Julie'})
        shown = made(answer, 'Reply created')
        assert (shown['status'], shown['messages_count']) == ('Pending', 2)
        last = shown['messages'][-1]
        assert (last['author'], last['author_name'], last['message']) == (
            'staff',
            'Julie',
            'We call you.',
        )
        shown = made(help_desk.post(path, {'message': 'Thanks', 'author': 'customer'}),
                     'Reply created')  # fmt: skip
        assert (shown['status'], shown['messages'][-1]['author_name']) == ('Open', 'Acme')

    def test_without_a_message(self, help_desk: BillingV2) -> None:
        path = f'/tickets/{ticket(help_desk)["id"]}/replies'
        assert refusal(help_desk.post(path, {}), 'message') == {'message': 'Message is required'}

    def test_staff_does_not_answer_a_closed_one(self, help_desk: BillingV2) -> None:
        path = f'/tickets/{ticket(help_desk)["id"]}'
        help_desk.put(path, {'status': 'Closed'})
        refusal(help_desk.post(f'{path}/replies', {'message': 'Hello?'}))


class TestForeign:
    def test_another_companys_is_not_found(self, v2: BillingV2, other: Api) -> None:
        path = f'/tickets/{ticket(with_customer(BillingV2(other)))["id"]}'
        assert is_missing(v2.get(path), 'Ticket')
        assert is_missing(v2.put(path, {'status': 'Closed'}), 'Ticket')
        assert is_missing(v2.post(f'{path}/replies', {'message': 'x'}), 'Ticket')

    def test_a_reader_reads(self, help_desk: BillingV2) -> None:
        path = f'/tickets/{ticket(help_desk)["id"]}'
        assert reader(help_desk).get(path).status_code == 200
        assert is_forbidden(reader(help_desk).put(path, {'status': 'Closed'}))
        assert is_forbidden(reader(help_desk).post(f'{path}/replies', {'message': 'x'}))


class TestDepartments:
    def test_those_of_a_fresh_company(self, v2: BillingV2) -> None:
        page = v2.get('/departments').json
        assert [(row['id'], row['name']) for row in page['data']] == [
            (1, 'Support'),
            (2, 'Billing'),
            (3, 'Sales'),
        ]
        assert page['meta']['total_records'] == 3
        assert v2.get('/departments?search=bill').json['meta']['total_records'] == 1
