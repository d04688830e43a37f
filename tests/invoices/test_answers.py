"""JSON that PostgreSQL writes, and the wire's shape built from the read struct: the same."""

import datetime as dt
import re
import zoneinfo

import msgspec
import pytest

from karvo.invoices import routes
from karvo.invoices.answers import invoice_answer, invoices_answer
from karvo.invoices.models import TRANSITIONS
from karvo.invoices.reads import LINES, STATUS, detail_sql, read_document
from karvo.invoices.settled import SETTLED
from karvo.invoices.wire import STATUS_LABELS, InvoiceOut, invoice_out
from karvo.kit import clock, db
from karvo.kit.http import Page
from karvo.kit.paging import PageOf, Slice
from tests.invoicing import LINE, created

ATTACHED = routes._ATTACHED
WHOLE = detail_sql(LINES, SETTLED)


def both(api, id, language=''):
    with api.company():
        answer = invoice_answer(id, language, ATTACHED)
        row = read_document(id, sql=WHOLE)
    assert answer and row
    built = msgspec.json.encode(invoice_out(row, is_whole=True, language=language))
    return (
        msgspec.json.decode(answer.body, type=InvoiceOut),
        msgspec.json.decode(built, type=InvoiceOut),
        answer,
    )


@pytest.mark.parametrize('status', ['posted', 'draft', 'void', 'sent'])
@pytest.mark.parametrize('language', ['', 'fr', 'en'])
def test_of_every_status(shop, status, language):
    shown = created(shop, status=status, lines=[LINE, LINE | {'discount_pct': '12.5'}])
    written, built, answer = both(shop, shown['id'], language)
    assert written == built
    assert answer.headers == {'ETag': f'"{written.version}"'}


def test_with_payments_credits_and_odd_texts(shop):
    odd = {'notes': 'a "b" \\ {0} %s § # ⟦0⟧', 'metadata': {'k': [1, {'é': None}]}}
    ship_to = {'line1': '1 Main', 'city': 'Ottawa', 'province': 'ON', 'country': 'CA'}
    shown = created(shop, ship_to=ship_to, **odd)
    shop.post('/billing/payments', {'invoice_id': shown['id'], 'amount': 10})
    shop.post('/billing/credits', {'invoice_id': shown['id'], 'amount': 20, 'reason': 'x'})
    written, built, _ = both(shop, shown['id'])
    assert written == built
    assert (written.notes, len(written.payments), len(written.credits)) == (odd['notes'], 1, 1)


def test_a_new_one_is_shown_as_it_is_read(shop):
    body = {'customer_code': 'A', 'customer_name': 'A', 'lines': [LINE] * 3}
    for status in ('posted', 'draft', 'sent'):
        answer = shop.post('/invoices', body | {'status': status, 'notes': '⟦0⟧'})
        shown = answer.json
        shown.pop('warnings', None)
        read = shop.get(f'/invoices/{shown["id"]}')
        assert shown == read.json
        assert answer.headers['etag'] == read.headers['etag'] == '"1"'


def test_pages_and_search_show_what_one_does(shop):
    shown = created(shop)
    one = shop.get(f'/invoices/{shown["id"]}').json
    [listed] = shop.get('/invoices?include=lines,payments').json['data']
    [found] = shop.get('/invoices/search?q=INV').json['data']
    attached = {'shipment', 'shipments', 'fulfilment_status', 'backorders', 'claims'}
    assert listed == {k: v for k, v in one.items() if k not in attached}
    assert found == {k: v for k, v in listed.items() if k not in ('lines', 'payments', 'credits')}


def test_every_status_has_its_words():
    """They are looked up together: one that is missing would leave both members out."""
    found = set(re.findall(r"(?:THEN|ELSE) '(\w+)'", STATUS))
    assert found | set(TRANSITIONS) - {'posted'} == set(STATUS_LABELS)


def page_of(**filters):
    asked = PageOf(page=1, per_page=25, slice=Slice())
    answer = invoices_answer({'type': 'invoice', **filters}, asked, 'en', set())
    return msgspec.json.decode(answer.body, type=Page[InvoiceOut]).data


class TestOverdue:
    """Due on a day that has begun for some and ended for others: the company's own counts."""

    @pytest.mark.parametrize('zone', ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/Toronto'])
    @pytest.mark.parametrize('hour', [0, 3, 9, 10, 11, 12, 15, 23])
    def test_as_of_the_companys_day(self, api, monkeypatch, zone, hour):
        instant = dt.datetime(2026, 3, 10, hour, 30, tzinfo=dt.UTC)
        today = instant.astimezone(zoneinfo.ZoneInfo(zone)).date()
        shown = {}
        for days in range(-3, 4):
            due = dt.date(2026, 3, 10) + dt.timedelta(days=days)
            shown[due] = created(api, date='2026-02-01', due_date=str(due))['id']
        api.put('/settings', {'timezone': zone})
        with monkeypatch.context() as patch:
            patch.setattr(clock, 'epoch', instant.timestamp)
            read = {}
            with api.company():
                for due, id in shown.items():
                    answer = invoice_answer(id, 'en', ATTACHED)
                    read[due] = msgspec.json.decode(answer.body, type=InvoiceOut).status
                listed = {row.due_date: row.status for row in page_of()}
                late = {row.due_date for row in page_of(status=['overdue'])}
                each = {due: page_of(id=id)[0].status for due, id in shown.items()}
        assert read == {due: 'overdue' if due < today else 'unpaid' for due in shown}
        assert listed == each == read
        assert late == {due for due in shown if due < today}

    def test_is_looked_up_only_where_it_matters(self, api, monkeypatch):
        near = created(api, date='2026-02-01', due_date='2026-03-10')['id']
        far = created(api, date='2026-02-01', due_date='2026-03-07')['id']
        noon = dt.datetime(2026, 3, 10, 12, 30, tzinfo=dt.UTC)
        monkeypatch.setattr(clock, 'epoch', noon.timestamp)
        counts = []
        for id in (near, far):
            with api.company():
                before = db.statement_count()
                invoice_answer(id, '', ATTACHED)
                counts.append(db.statement_count() - before)
        assert counts == [2, 1]
