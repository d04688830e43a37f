"""What settled an invoice, in its own row: as its allocations say, with the numbers that were taken
at the end of the same unit of work."""

import datetime as dt
import importlib
import json
from decimal import Decimal

import pytest

from karvo.billing.operations.settle import settle
from karvo.integrity.checks import problems
from karvo.invoices.models import Document
from karvo.invoices.schemas import CreditRead, PaymentRead
from karvo.invoices.settled import settled_columns
from karvo.kit.actor import system_actor
from karvo.kit.db import connect, current_place, url_of
from karvo.kit.work import atomic
from tests.invoicing import LINE, created

MIGRATION = importlib.import_module('karvo.billing.migrations.0006_settled_in_document')
TODAY = dt.date(2026, 11, 20)
COLUMNS = 'id, payments::jsonb, credits::jsonb'


class Row:
    payments = credits = '[]'


def payment(id=1, amount='10.00', **known) -> PaymentRead:
    shown = {'payment_no': f'PAY-{id}', 'date': TODAY, 'method': 'eft', 'reference': None}
    return PaymentRead(payment_id=id, amount=Decimal(amount), **shown | known)


def after(*taken: PaymentRead | CreditRead) -> list[dict]:
    row = Row()
    for one in taken:
        for name, text in settled_columns(row, one).items():
            setattr(row, name, text)
    return [
        {**one, 'amount': str(one['amount'])}
        for text in (row.payments, row.credits)
        for one in json.loads(text, parse_float=Decimal)
    ]


class TestColumns:
    def test_more_of_one_payment_is_one_entry(self):
        [one] = after(payment(amount='10.00'), payment(amount='0.10'))
        assert (one['payment_id'], one['amount']) == (1, '10.10')

    def test_they_stand_in_the_order_of_their_ids(self):
        assert [one['payment_id'] for one in after(payment(9), payment(2), payment(5))] == [2, 5, 9]

    def test_who_gave_nothing_in_the_end_is_not_shown(self):
        assert after(payment(1), payment(2), payment(1, '-10.00')) == after(payment(2))

    def test_credits_stand_beside_payments(self):
        credit = CreditRead(credit_id=1, credit_no='CN-1', date=TODAY, amount=Decimal('3.50'))
        paid, credited = after(payment(1), credit)
        assert (paid['payment_no'], credited['credit_no']) == ('PAY-1', 'CN-1')
        assert credited['amount'] == '3.50'

    def test_what_is_known_of_a_payment_stays_as_it_was(self):
        [one] = after(payment(1, payment_no='PAY-7'), payment(1, payment_no='⟦1⟧'))
        assert one['payment_no'] == 'PAY-7'


def paid(api, id):
    shown = api.get(f'/invoices/{id}').json
    return [(one['payment_no'], one['amount']) for one in shown['payments']]


def books_hold(api) -> bool:
    with api.company():
        assert problems() == []
    return True


class TestShown:
    def test_with_the_number_that_is_taken_at_the_end(self, shop):
        shown = created(shop)
        answer = shop.post('/billing/payments', {'invoice_id': shown['id'], 'amount': 10}).json
        assert paid(shop, shown['id']) == [(answer['payment_no'], 10.0)]
        assert answer['payment_no'].startswith('PAY-')
        assert books_hold(shop)

    def test_two_payments_of_one_unit_have_a_number_each(self, shop):
        shown = created(shop)
        body = {'balance': shown['total'] - 10, 'status': 'paid'}
        answer = shop.put(f'/invoices/{shown["id"]}', body)
        numbers = [one['payment_no'] for one in answer.json['payments']]
        assert [one['amount'] for one in answer.json['payments']][0] == 10.0
        assert len(set(numbers)) == 2
        assert all(number.startswith('PAY-') for number in numbers)
        assert books_hold(shop)

    def test_one_payment_of_several_invoices(self, shop):
        ids = [created(shop)['id'] for _ in range(3)]
        parts = [{'invoice_id': id, 'amount': 5 + id % 7} for id in ids]
        body = {'amount': 40, 'customer_code': 'A', 'allocations': parts}
        number = shop.post('/billing/payments', body).json['payment_no']
        for part in parts:
            assert paid(shop, part['invoice_id']) == [(number, part['amount'])]
        assert books_hold(shop)

    def test_a_void_payment_is_gone_and_the_others_stay(self, shop):
        shown = created(shop)
        first, second = (
            shop.post('/billing/payments', {'invoice_id': shown['id'], 'amount': n}).json
            for n in (10, 20)
        )
        shop.delete(f'/billing/payments/{first["id"]}')
        assert paid(shop, shown['id']) == [(second['payment_no'], 20.0)]
        assert books_hold(shop)

    @pytest.mark.parametrize(('given', 'shown'), [(b'15', '15.00'), (b'1e1', '10.00')])
    def test_amounts_have_two_decimals_however_they_came(self, shop, given, shown):
        id = created(shop)['id']
        body = b'{"invoice_id": %d, "amount": %b}' % (id, given)
        assert shop.raw('POST', '/billing/payments', body).status_code == 201
        assert f'"amount":{shown}' in shop.get(f'/invoices/{id}?_fields=payments').text
        told = shop.get('/events?types=payment.received').text
        assert f'"amount":{shown}' in told.replace(' ', '')

    def test_a_reference_may_hold_anything(self, shop):
        odd = '⟦0⟧ "x" \\ %s § null'
        shown = created(shop)
        body = {'invoice_id': shown['id'], 'amount': 10, 'reference': odd}
        number = shop.post('/billing/payments', body).json['payment_no']
        [one] = shop.get(f'/invoices/{shown["id"]}').json['payments']
        assert (one['reference'], one['payment_no']) == (odd, number)
        assert books_hold(shop)

    def test_credits_with_their_own_number_and_with_ours(self, shop):
        shown = created(shop)
        for more in ({}, {'credit_no': 'OURS-1'}):
            body = {'invoice_id': shown['id'], 'amount': 10, 'reason': 'x'} | more
            assert shop.post('/billing/credits', body).status_code == 201
        credits = shop.get(f'/invoices/{shown["id"]}').json['credits']
        assert [one['amount'] for one in credits] == [11.5, 11.5]  # tax included
        assert credits[0]['credit_no'].startswith('CN-')
        assert books_hold(shop)

    def test_a_list_shows_them_where_it_is_asked(self, shop):
        shown = created(shop)
        shop.post('/billing/payments', {'invoice_id': shown['id'], 'amount': 10})
        one = shop.get(f'/invoices/{shown["id"]}').json
        [listed] = shop.get('/invoices?include=payments').json['data']
        [plain] = shop.get('/invoices').json['data']
        assert (listed['payments'], listed['credits']) == (one['payments'], [])
        assert 'payments' not in plain

    def test_an_invoice_that_takes_its_number_in_the_same_unit_is_refused(self, shop):
        shown = created(shop)
        known = shop.post('/billing/payments', {'customer_code': 'A', 'amount': 10}).json
        with (
            shop.company(),
            pytest.raises(RuntimeError, match='takes its number'),
            atomic() as work,
        ):
            invoice = Document.get_by_id(shown['id'])
            invoice.number = None
            settle(
                invoice,
                Decimal('1.00'),
                TODAY,
                kind='payment',
                by=payment(known['id'], payment_no=work.take_number('PAY', 2026).token),
                work=work,
                actor=system_actor('test', current_place()),
            )


@pytest.mark.parametrize('name', ['payments', 'credits'])
def test_the_check_of_the_books_names_one_that_shows_others(shop, name):
    shown = created(shop)
    with connect(url_of('main')) as connection:
        table = f'{shop.tenant.schema}.document'
        wrong = '[{"payment_id":1}]'
        connection.execute(f'UPDATE {table} SET {name} = %s', [wrong])
        with shop.company():
            found = problems()
        connection.execute(f"UPDATE {table} SET {name} = '[]'")
    assert found == [f'invoice {shown["invoice_no"]}: shows others than the payments that it took']


def test_older_books_are_filled(shop):
    ids = [created(shop, lines=[LINE])['id'] for _ in range(3)]
    for id in ids[:2]:
        shop.post('/billing/payments', {'invoice_id': id, 'amount': 10, 'reference': 'é "x"'})
        shop.post('/billing/credits', {'invoice_id': id, 'amount': 5, 'reason': 'x'})
    with connect(url_of('main')) as connection, connection.transaction(force_rollback=True):
        connection.execute(f'SET LOCAL search_path = {shop.tenant.schema}, public')
        query = f'SELECT {COLUMNS} FROM document ORDER BY id'
        before = connection.execute(query).fetchall()
        connection.execute('ALTER TABLE document DROP COLUMN payments, DROP COLUMN credits')
        connection.execute(MIGRATION.SQL)
        after = connection.execute(query).fetchall()
    assert before == after
    assert sum(bool(row[1]) and bool(row[2]) for row in after) == 2
