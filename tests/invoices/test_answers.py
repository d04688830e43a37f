"""JSON that PostgreSQL writes, and the wire's shape built from the read struct: the same."""

import msgspec
import pytest

from karvo.invoices import routes
from karvo.invoices.answers import invoice_answer
from karvo.invoices.reads import LINES, detail_sql, read_document
from karvo.invoices.settled import SETTLED
from karvo.invoices.wire import InvoiceOut, invoice_out
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
