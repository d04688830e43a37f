"""What an invoice knows of its shipments, backorders and claims: that there were some, so that who
asks for one of which there were none pays nothing for it."""

import importlib

import pytest

from karvo.integrity.checks import problems
from karvo.invoices.operations.attached import mark_attached
from karvo.kit.db import connect, database, url_of
from tests.shipping import events, receive, sell, ship, stock_up, work_off
from tests.stories.test_at_once import together

MIGRATION = importlib.import_module('karvo.claims.migrations.0002_attached_in_document')
FLAGS = 'SELECT id, has_attached FROM @document ORDER BY id'
SECTIONS = ('shipments', 'backorders', 'claims')


@pytest.fixture
def books(shop):
    """A company with some stock."""
    stock_up(shop)
    return shop


def marked(api) -> list[int]:
    """The ids of documents that say that something hangs on them."""
    with api.company():
        return [id for id, has_attached in database.run(FLAGS).fetchall() if has_attached]


def hanging(api, invoice) -> tuple[int, ...]:
    """How many shipments, backorders and claims an invoice shows."""
    shown = api.get(f'/invoices/{invoice["id"]}').json
    return tuple(len(shown[name]) for name in SECTIONS)


def claim(api, invoice, **more):
    body = {'customer_code': 'ACME', 'type': 'damaged', 'description': 'It leaks'}
    made = api.post('/claims', body | {'invoice_id': invoice['id']} | more)
    assert made.status_code == 201, made.text
    return made.json


def wait_for(api, invoice, sku, qty):
    made = api.post('/backorders', {'invoice_id': invoice['id'], 'sku': sku, 'qty': qty})
    assert made.status_code == 201, made.text
    return made.json


class TestShown:
    def test_nothing_before_the_first(self, books):
        invoice = sell(books, ('A-1', 2))
        assert hanging(books, invoice) == (0, 0, 0)
        assert marked(books) == []

    def test_a_shipment(self, books):
        invoice = sell(books, ('A-1', 2))
        made = ship(books, invoice)
        shown = books.get(f'/invoices/{invoice["id"]}').json
        assert shown['shipment']['id'] == shown['shipments'][0]['id'] == made['id']
        assert marked(books) == [invoice['id']]

    def test_a_shipment_that_falls_short_and_what_it_leaves(self, books):
        invoice = sell(books, ('B-1', 5))
        ship(books, invoice)
        assert hanging(books, invoice) == (1, 1, 0)
        receive(books, 'B-1', 5)
        assert books.post('/backorders/1/fulfill').status_code == 200
        assert hanging(books, invoice)[1:] == (1, 0)

    def test_a_backorder(self, books):
        invoice = sell(books, ('A-1', 2))
        made = wait_for(books, invoice, 'A-1', 2)
        [shown] = books.get(f'/invoices/{invoice["id"]}').json['backorders']
        assert shown['id'] == made['id']
        assert marked(books) == [invoice['id']]

    def test_a_backorder_that_joins_the_shipment_of_another_invoice(self, books):
        first, second = (sell(books, ('A-1', 2)) for _ in range(2))
        wait_for(books, first, 'A-1', 2)
        wait_for(books, second, 'A-1', 2)
        for id in (1, 2):
            assert books.post(f'/backorders/{id}/fulfill').status_code == 200
        assert books.get('/shipments').json['total'] == 1
        assert hanging(books, first) == hanging(books, second) == (1, 1, 0)

    def test_a_claim(self, books):
        invoice = sell(books, ('A-1', 2))
        made = claim(books, invoice)
        [shown] = books.get(f'/invoices/{invoice["id"]}').json['claims']
        assert shown['id'] == made['id']
        assert marked(books) == [invoice['id']]

    def test_a_claim_that_is_resolved_by_goods(self, books):
        invoice = sell(books, ('A-1', 2))
        made = claim(books, invoice, lines=[{'sku': 'A-1', 'qty': 1}])
        granted = {'amount_approved': '9.00', 'resolution': 'replacement'}
        for status in ('under_review', 'approved', 'resolved'):
            answer = books.put(f'/claims/{made["id"]}', {'status': status} | granted)
            assert answer.status_code == 200, answer.text
        work_off(books)
        assert hanging(books, invoice) == (0, 0, 1)  # no line of the invoice is shipped by it
        assert books.get('/shipments').json['total'] == 1


class TestUntouched:
    def test_others_show_what_they_did(self, books):
        first, second = (sell(books, ('A-1', 2)) for _ in range(2))
        before = books.get(f'/invoices/{second["id"]}')
        ship(books, first)
        claim(books, first)
        assert marked(books) == [first['id']]
        assert books.get(f'/invoices/{second["id"]}').text == before.text
        assert hanging(books, second) == (0, 0, 0)

    def test_what_is_of_no_invoice_marks_none(self, books):
        invoice = sell(books, ('A-1', 2))
        body = {'customer_code': 'ACME', 'sku': 'A-1', 'qty': 1}
        assert books.post('/backorders', body).status_code == 201
        assert books.post('/backorders/1/fulfill').status_code == 200
        claim(books, {'id': None})
        assert hanging(books, invoice) == (0, 0, 0)
        assert marked(books) == []

    def test_it_is_no_change_of_the_invoice(self, books):
        invoice = sell(books, ('A-1', 2))
        before, told = books.get(f'/invoices/{invoice["id"]}'), events(books, 'invoice')
        claim(books, invoice)
        after = books.get(f'/invoices/{invoice["id"]}')
        assert after.json | {'claims': []} == before.json
        assert after.headers['etag'] == before.headers['etag'] == '"1"'
        assert events(books, 'invoice') == told

    def test_where_nothing_is_left_the_answer_is_that_of_one_that_had_nothing(self, books):
        invoice = sell(books, ('A-1', 2))
        before = books.get(f'/invoices/{invoice["id"]}').json
        with books.company():
            mark_attached([None, invoice['id'], invoice['id']])
        assert marked(books) == [invoice['id']]
        assert books.get(f'/invoices/{invoice["id"]}').json == before


def test_who_pays_at_the_same_time_takes_it_not_away(books):
    """A payment writes the whole row of an invoice, as it was when it was locked."""
    invoices = [sell(books, ('A-1', 1)) for _ in range(4)]

    def act(n):
        id = invoices[n // 2]['id']
        if n % 2:
            return books.post('/shipments', {'invoice_id': id})
        return books.post('/billing/payments', {'invoice_id': id, 'amount': 1})

    assert {answer.status_code for answer in together(8, act)} == {201}
    assert marked(books) == [invoice['id'] for invoice in invoices]


@pytest.mark.parametrize('make', [ship, claim])
def test_the_check_of_the_books_names_one_that_does_not_know(books, make):
    invoice = sell(books, ('A-1', 2))
    make(books, invoice)
    with books.company():
        database.run('UPDATE @document SET has_attached = false')
        found = problems()
        mark_attached([invoice['id']])
    said = 'does not show what is shipped or claimed of it'
    assert found == [f'document {invoice["invoice_no"]}: {said}']


def test_older_books_are_filled(books):
    invoices = [sell(books, ('A-1', 2)) for _ in range(4)]
    ship(books, invoices[0])
    wait_for(books, invoices[1], 'A-1', 1)
    claim(books, invoices[2])
    with connect(url_of('main')) as connection, connection.transaction(force_rollback=True):
        connection.execute(f'SET LOCAL search_path = {books.tenant.schema}, public')
        query = FLAGS.replace('@', '')
        before = connection.execute(query).fetchall()
        connection.execute('ALTER TABLE document DROP COLUMN has_attached')
        connection.execute(MIGRATION.SQL)
        after = connection.execute(query).fetchall()
    assert before == after
    assert [has_attached for _, has_attached in after] == [True, True, True, False]
