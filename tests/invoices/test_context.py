"""A customer who was billed before: one statement, made of what is true now."""

import concurrent.futures

import pytest

from karvo.invoices import context
from karvo.kit import db
from karvo.kit.db import database, url_of
from karvo.kit.work import atomic
from tenants.models import control

LINE = {'description': 'Soap', 'unit_price': 100}


def bill(shop, **body):
    return shop.post('/invoices', {'customer_code': 'ACME', 'lines': [LINE]} | body)


def elsewhere(shop, sql):
    """Another process of the same installation does it: nothing of this one hears of it."""
    with shop.company(), db.connect(url_of('main')) as connection:
        connection.execute(database.qualify(sql))


@pytest.fixture
def known(shop):
    """A customer of whom this process has read everything."""
    assert bill(shop, customer_name='Acme Inc.').status_code == 201
    assert bill(shop).status_code == 201
    return shop


@pytest.fixture
def sent(known):
    """The statements to the company from here on."""
    seen: list[str] = []

    def hook(path, sql):
        if path:
            seen.append(sql.split()[0])

    db.watch(hook)
    yield seen
    db.unwatch(hook)


class TestOneStatement:
    @pytest.mark.parametrize('named', [{}, {'customer_code': 'acme'}, {'customer_id': 1}])
    def test_however_the_customer_is_named(self, known, sent, named):
        body = {'lines': [LINE], 'customer_code': 'ACME'} | named
        if 'customer_id' in named:
            del body['customer_code']
        answer = known.post('/invoices', body)
        assert (answer.status_code, answer.json['invoice_no']) == (201, 'INV-2026-0003')
        assert sent == ['WITH']

    def test_its_id_is_the_same_everywhere(self, known):
        answer = bill(known, status='sent').json
        assert known.get(f'/invoices/{answer["id"]}').json['invoice_no'] == 'INV-2026-0003'
        with known.company():
            entry = database.values('SELECT source_id FROM @journal_entry ORDER BY id DESC LIMIT 1')
            events = database.run(
                "SELECT resource_id, object->'id', object->>'invoice_no' FROM @event "
                'ORDER BY seq DESC LIMIT 3'
            ).fetchall()
            audits = database.run(
                'SELECT entity, entity_id FROM @audit_log ORDER BY id DESC LIMIT 3'
            ).fetchall()
        assert entry == (str(answer['id']).encode(),)
        assert events == [(answer['id'], answer['id'], 'INV-2026-0003')] * 3
        assert audits == [('invoice', answer['id'])] * 3

    @pytest.mark.parametrize('text', ['⟦0⟧', '§source_id§ %(w0)s {0}'])
    def test_nobodys_text_stands_for_anything(self, known, text):
        known.put('/customers/1', {'name': text})
        answer = bill(known, po_reference=text, notes=text).json
        again = bill(known, po_reference=text, notes=text).json
        for one in (answer, again):
            assert (one['po_reference'], one['notes'], one['customer_name']) == (text,) * 3
        with known.company():
            sql = "SELECT object->>'customer_name' FROM @event ORDER BY seq DESC LIMIT 1"
            assert database.values(sql)[0].decode() == text

    def test_two_at_once_share_nothing(self, known):
        def some(_):
            try:
                return [bill(known).json for _ in range(5)]
            finally:
                db.close_all()
                control.close()

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = [one for answers in pool.map(some, range(4)) for one in answers]
        assert sorted(one['invoice_no'] for one in answers) == [
            f'INV-2026-{n:04}' for n in range(3, 23)
        ]
        assert len({one['id'] for one in answers}) == 20


class TestWhatChanged:
    def test_the_customer_by_another_process(self, known, sent):
        elsewhere(known, "UPDATE @party SET name = 'Acme Ltd.', language = 'en' WHERE id = 1")
        answer = bill(known).json
        assert (answer['customer_name'], answer['language']) == ('Acme Ltd.', 'en')
        assert sent == ['WITH', 'WITH', 'WITH']  # refused, read anew, written
        assert bill(known).json['customer_name'] == 'Acme Ltd.'
        assert sent[3:] == ['WITH']

    def test_the_customer_twice_in_one_transaction(self, known):
        sql = "UPDATE @party SET name = '{}' WHERE id = 1"
        with known.company(), atomic():
            database.run(sql.format('First'))
            assert context.read_context('invoice', 'ACME', None, None).party.name == 'First'
            database.run(sql.format('Second'))
        assert bill(known).json['customer_name'] == 'Second'

    def test_the_number_that_a_refused_statement_took_is_not_lost(self, known):
        elsewhere(known, "UPDATE @party SET name = 'Acme Ltd.' WHERE id = 1")
        assert bill(known).json['invoice_no'] == 'INV-2026-0003'
        assert known.get('/invoices/number-audit').json['unexplained'] == []

    def test_taxes_by_another_process(self, known):
        assert bill(known).json['total'] == 114.98
        elsewhere(known, "UPDATE @tax_rate SET rate = 0.10 WHERE family = 'tvq'")
        elsewhere(known, "UPDATE @setting SET value = '99' WHERE key = 'books_version'")
        assert bill(known).json['total'] == 115

    def test_a_lock_that_was_lifted_refuses_nothing(self, known):
        known.put('/settings/lock-dates', {'sales_lock': '2026-11-20'})
        assert bill(known).status_code == 422
        sql = "UPDATE @setting SET value = '{0}' WHERE key = '{1}'"
        elsewhere(known, sql.format('null', 'sales_lock'))
        elsewhere(known, sql.format('99', 'books_version'))
        assert bill(known).status_code == 201

    def test_a_lock_that_was_set_refuses(self, known):
        known.put('/settings/lock-dates', {'sales_lock': '2026-11-20'})
        answer = bill(known)
        assert (answer.status_code, answer.json['code']) == (422, 'erp_period_locked')

    def test_an_archived_customer_by_another_process(self, known):
        elsewhere(known, "UPDATE @party SET deleted_at = '2026-11-20 12:00:00Z' WHERE id = 1")
        answer = bill(known)
        assert (answer.status_code, answer.json['message']) == (422, 'customer_code not found')

    def test_a_place_of_supply(self, known):
        elsewhere(known, "UPDATE @party SET province = 'ON', country = 'CA' WHERE id = 1")
        assert [tax['code'] for tax in bill(known).json['taxes']] == ['TVH']


class TestAskedAnew:
    def test_what_somebody_with_a_limit_owes(self, known, sent):
        elsewhere(known, 'UPDATE @party SET credit_limit = 400 WHERE id = 1')
        warned = ['credit_limit_exceeded' in bill(known).json['warnings'] for _ in range(3)]
        assert warned == [False, True, True]

    def test_a_number_of_the_clients_own(self, known):
        assert bill(known, invoice_no='X-1').status_code == 201
        answer = bill(known, invoice_no='x-1')
        assert (answer.status_code, answer.json['code']) == (422, 'erp_duplicate')

    def test_in_a_transaction(self, known, sent):
        answer = known.post(
            '/invoices',
            {'customer_code': 'ACME', 'lines': [LINE]},
            headers={'Idempotency-Key': 'once'},
        )
        assert (answer.status_code, sent.count('WITH')) == (201, 2)

    def test_a_refusal_stays_one(self, known, sent):
        answer = bill(known, payment_terms='whenever')
        assert answer.status_code == 422
        assert 'WHENEVER is unknown' in answer.json['message']

    def test_capitals_that_are_not_everywhere_the_same(self, known):
        assert bill(known, customer_code='STRASSE', customer_name='x').status_code == 201
        assert bill(known, customer_code='strasse').status_code == 201
        assert bill(known, customer_code='straße').status_code == 422

    def test_who_has_long_notes(self, known, sent):
        known.put('/customers/1', {'notes': 'x' * 2001})
        bill(known)
        sent.clear()
        assert bill(known).status_code == 201
        assert len(sent) == 2

    def test_another_companys_customer_of_the_same_code(self, known, other):
        assert bill(other).status_code == 422
        assert bill(other, customer_name='Another').json['customer_name'] == 'Another'
        assert bill(known).json['customer_name'] == 'Acme Inc.'


def test_what_is_kept_is_bounded(known, monkeypatch):
    monkeypatch.setattr(context, 'MOST_KEPT', 3)
    for n in range(10):
        assert bill(known, customer_code=f'C{n}', customer_name=f'C {n}').status_code == 201
        assert bill(known, customer_code=f'C{n}').status_code == 201
    assert len(context._kept) <= 6
