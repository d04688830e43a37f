"""Sheets that go with shipments, reviews announced: once each, whatever happens in between."""

import datetime as dt

import pytest

from karvo.kit.actor import system_actor
from karvo.kit.db import current_place, database
from karvo.kit.jobs import StoredEvent
from karvo.mail.models import Mail
from karvo.mail.papers import paper_of
from karvo.whmis import jobs
from karvo.whmis.operations import reviews
from tests.conftest import Api
from tests.days import stand_still
from tests.paper import text
from tests.whmis.test_routes import PDF, SHEET, entered

AT = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)


@pytest.fixture
def books(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    stand_still(monkeypatch, '2026-11-20')
    for sku in ('ULTRA', 'PLAIN'):
        new = {'sku': sku, 'name_en': sku, 'hazardous': sku == 'ULTRA'}
        assert api.post('/products', new).status_code == 201
    buyer = {'code': 'A', 'name': 'Acheteur', 'email': 'a@a.example', 'language': 'fr'}
    for body in (buyer, {'code': 'B', 'name': 'Buyer'}):
        assert api.post('/customers', body | {'province': 'QC'}).status_code == 201
    return api


def ship(books: Api, party: int = 1, at: dt.datetime = AT, products: tuple = (1, 2, None)) -> None:
    lines = [{'product_id': n, 'sku': 'x', 'qty': 1} for n in products]
    shown = {'id': 5, 'number': 'SHP-1', 'party_id': party, 'customer_code': 'A', 'lines': lines}
    event = StoredEvent(
        seq=1,
        uid='evt_1',
        type='shipment.shipped',
        occurred_at=at,
        resource='shipment',
        resource_id=5,
        object=shown,
        previous={},
    )
    with books.company():
        jobs.send_sheets(event, system_actor('test', current_place()))


def mails(books: Api) -> list[Mail]:
    with books.company():
        return list(Mail.select().where(Mail.kind == 'sds').order_by(Mail.id))


def types(books: Api) -> list[str]:
    return [event['type'] for event in books.get('/events').json['data']]


class TestShipped:
    def test_a_version_goes_out_once(self, books: Api) -> None:
        entered(books)
        ship(books)
        ship(books)
        [mail] = mails(books)
        assert mail.recipient == 'a@a.example'
        assert mail.subject.startswith('Fiche de données de sécurité')
        assert 'Ultra 5L, version 1' in mail.text
        assert types(books).count('whmis.sent') == 1
        with books.company():
            paper = paper_of(mail.paper_kind, mail.paper_id)
        assert paper.name == 'SDS-ULTRA-v1.pdf' and 'Premiers soins' in text(paper.body)

    def test_the_suppliers_own_file_is_preferred(self, books: Api) -> None:
        entered(books)
        books.put('/whmis/ULTRA/pdf/fr', {'content': PDF})
        ship(books)
        [mail] = mails(books)
        with books.company():
            assert paper_of(mail.paper_kind, mail.paper_id).body == b'%PDF-1.4 supplier'

    def test_a_revision_names_whom_to_tell_and_goes_with_the_next_shipment(
        self, books: Api
    ) -> None:
        entered(books)
        ship(books)
        ship(books, 2)
        ship(books, 2, at=AT - dt.timedelta(days=800))  # told late: the last day counts
        books.put('/whmis/ULTRA', {'revised_on': '2026-11-19'})
        updated = [e for e in books.get('/events').json['data'] if e['type'] == 'whmis.updated']
        assert updated[-1]['data']['object']['customers_to_notify'] == 2
        rows = books.get('/whmis/ULTRA/customers?to_notify=true').json['data']
        assert [(r['customer_code'], r['version_no'], r['channel']) for r in rows] == [
            ('B', 1, 'shipment'),
            ('A', 1, 'email'),
        ]
        ship(books)
        rows = books.get('/whmis/ULTRA/customers').json['data']
        assert {r['customer_code']: r['to_notify'] for r in rows} == {'A': False, 'B': True}
        assert len(mails(books)) == 2

    def test_after_24_months_nobody_is_listed(self, books: Api) -> None:
        entered(books)
        ship(books, at=AT - dt.timedelta(days=740))
        assert books.get('/whmis/ULTRA/customers').json['total'] == 0

    def test_without_a_sheet_the_customer_waits_for_the_first(self, books: Api) -> None:
        ship(books)
        assert mails(books) == []
        [row] = books.get('/whmis/ULTRA/customers').json['data']
        assert (row['version_no'], row['to_notify']) == (None, False)  # there is nothing to tell
        entered(books)
        assert books.get('/whmis/ULTRA/customers?to_notify=true').json['total'] == 1

    def test_an_unusable_address_holds_nothing_up(self, books: Api) -> None:
        entered(books)
        with books.company():
            database.run("UPDATE @party SET email = 'nobody'")
        ship(books)
        assert mails(books) == [] and types(books).count('whmis.sent') == 1


class TestReview:
    def run(self, books: Api, day: str) -> int:
        with books.company():
            actor = system_actor('test', current_place())
            return jobs.review(actor, dt.date.fromisoformat(day))['announced']

    def test_once_for_each_threshold(self, books: Api) -> None:
        entered(books)  # its review is due on 2029-03-01
        days = ('2028-11-30', '2028-12-01', '2028-12-02', '2029-01-30', '2029-02-22', '2029-03-01')
        assert [self.run(books, day) for day in days] == [0, 1, 0, 1, 1, 0]
        assert [self.run(books, day) for day in ('2029-03-02', '2029-03-02', '2030-01-01')] == [
            1,
            0,
            0,
        ]
        told = [event['data']['object'] for event in books.get('/events').json['data'][-4:]]
        assert [one['threshold_days'] for one in told] == [90, 30, 7, 0]
        assert types(books)[-4:] == ['whmis.review_due'] * 3 + ['whmis.expired']

    def test_killed_half_way_and_run_again(
        self, books: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(3):
            entered(books)
        for n in range(4):
            books.post('/products', {'sku': f'P{n}', 'name_en': 'x'})
            assert books.post(f'/whmis/P{n}', SHEET).status_code == 201
        monkeypatch.setattr(reviews, 'MOST', 2)
        real, calls = reviews._announce, []

        def die_at_the_fourth(*arguments: object) -> None:
            calls.append(arguments)
            if len(calls) == 4:
                raise KeyboardInterrupt
            real(*arguments)

        monkeypatch.setattr(reviews, '_announce', die_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            self.run(books, '2029-03-02')
        monkeypatch.setattr(reviews, '_announce', real)
        assert self.run(books, '2029-03-02') == 3
        expired = [e for e in books.get('/events').json['data'] if e['type'] == 'whmis.expired']
        assert len({e['data']['object']['id'] for e in expired}) == len(expired) == 5
