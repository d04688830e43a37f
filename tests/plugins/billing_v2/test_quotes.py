"""/quotes of api/v2."""

import typing

import pytest

from karvo.mail.models import Mail
from plugins.billing_v2.examples import EXAMPLES
from plugins.sales.operations.drafting import create_quote
from plugins.sales.schemas import NewQuote, NewQuoteLine
from tests.conftest import Api
from tests.days import stand_still
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
    'valid_until': '2024-02-15',
    'items': [{'description': 'Consulting Services', 'amount': 2000.00, 'qty': 1}],
}
ITEM = {'description': 'Cleaner 5L', 'amount': 25, 'qty': 50}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch, '2024-01-15')


@pytest.fixture
def desk(v2: BillingV2) -> BillingV2:
    """A company whose customer 1 is Acme, of Québec."""
    assert customer(v2) == 1
    return v2


def customer(v2: BillingV2) -> int:
    address = {'line1': '1 rue Peel', 'city': 'Montréal', 'province': 'QC', 'country': 'CA'}
    body = {'code': 'ACME01', 'name': 'Acme', 'email': 'buy@acme.example', 'address': address}
    answer = v2.api.post('/customers', body)
    assert answer.status_code == 201, answer.text
    return answer.json['id']


def quote(v2: BillingV2, **values: typing.Any) -> typing.Any:
    return made(v2.post('/quotes', SAMPLE | values), 'Quote created')


def step(v2: BillingV2, shown: typing.Any, verb: str, **body: typing.Any) -> typing.Any:
    done = {'send': 'sent', 'accept': 'accepted', 'decline': 'declined', 'convert': 'converted'}
    status = 201 if verb == 'convert' else 200
    answer = v2.post(f'/quotes/{shown["id"]}/{verb}', body)
    return made(answer, f'Quote {done[verb]}', status)


class TestCreate:
    def test_the_sample_of_the_text(self, desk: BillingV2) -> None:
        assert EXAMPLES['POST /quotes']['body'] == SAMPLE
        shown = quote(desk)
        assert (shown['customer_id'], shown['valid_until']) == (1, '2024-02-15')
        assert (shown['status'], shown['quote_number']) == ('Draft', 'Q-2024-0001')
        [item] = shown['items']
        assert {name: item[name] for name in SAMPLE['items'][0]} == SAMPLE['items'][0]
        assert (shown['amount'], shown['subtotal'], shown['tax']) == (2000, 2000, 0)
        assert desk.get(f'/quotes/{shown["id"]}').json == {'success': True, 'data': shown}

    def test_its_day_must_not_have_passed(
        self, desk: BillingV2, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stand_still(monkeypatch, '2026-11-20')
        said = refusal(desk.post('/quotes', SAMPLE), 'valid_until')
        assert said['valid_until'] == 'Valid until must not be before the date or in the past'
        assert quote(desk, valid_until='2026-11-20')['valid_until'] == '2026-11-20'

    @pytest.mark.parametrize(
        ('item', 'tax'),
        [
            ({}, 0),
            ({'taxed': False}, 0),
            ({'taxed': True}, 187.19),
            ({'tax_rate': 14.975}, 187.19),
            ({'tax_rate': 5}, 62.5),
            ({'tax_rate': 0}, 0),
        ],
    )
    def test_an_item_is_taxed_only_if_it_says_so(
        self, taxing: BillingV2, item: dict[str, typing.Any], tax: float
    ) -> None:
        shown = quote(taxing, items=[ITEM | item])
        assert (shown['subtotal'], shown['tax'], shown['amount']) == (1250, tax, 1250 + tax)
        assert shown['items'][0]['taxed'] is (tax > 0)

    def test_a_product_brings_its_price_and_its_taxes(self, taxing: BillingV2) -> None:
        body = {'sku': 'CLN-5000', 'name_en': 'Cleaner 5L', 'list_price': 25}
        product = taxing.api.post('/products', body).json['id']
        shown = quote(taxing, items=[{'product_id': product, 'qty': 50}])
        assert (shown['subtotal'], shown['tax']) == (1250, 187.19)
        assert shown['items'][0]['product_id'] == product
        untaxed = quote(taxing, items=[{'product_id': product, 'taxed': False}])
        assert (untaxed['subtotal'], untaxed['tax']) == (25, 0)

    def test_the_setting_taxes_all_that_say_nothing(self, desk: BillingV2) -> None:
        assert desk.api.put('/settings', {'v2_auto_tax': True}).status_code == 200
        assert quote(desk, items=[ITEM])['tax'] == 187.19
        assert quote(desk, items=[ITEM | {'taxed': False}])['tax'] == 0

    @pytest.mark.parametrize(
        ('change', 'name', 'why'),
        [
            ({'items': [ITEM | {'amount': 0}]}, 'items[0].amount', 'must be greater than 0'),
            ({'items': [ITEM, ITEM | {'qty': 0}]}, 'items[1].qty', 'must be greater than 0'),
            ({'items': [{'description': 'Work'}]}, 'items[0].amount', 'is required'),
            ({'items': [{'amount': 5}]}, 'items[0].description', 'is required'),
            ({'items': [ITEM | {'tax_rate': 101}]}, 'items[0].tax_rate', 'must be at most 100'),
            ({'items': [{'product_id': 99}]}, 'items[0].product_id', 'is unknown'),
            ({'items': []}, 'items', 'is required'),
            ({'customer_id': 99}, 'customer_id', 'not found'),
            ({'customer_id': None}, 'customer_id', 'is required'),
            ({'valid_until': 'soon'}, 'valid_until', 'must be a date'),
        ],
    )
    def test_a_wrong_member_is_named(
        self, taxing: BillingV2, change: dict[str, typing.Any], name: str, why: str
    ) -> None:
        assert why in refusal(taxing.post('/quotes', SAMPLE | change), name)[name]

    def test_a_reader_may_not(self, taxing: BillingV2) -> None:
        assert is_forbidden(reader(taxing).post('/quotes', SAMPLE))


@pytest.fixture(scope='module')
def taxing(shop: BillingV2) -> BillingV2:
    """One company for tests whose quotes are in nobody's way; its customer 1 is of Québec."""
    customer(shop)
    return shop


class TestList:
    def test_filtered(self, desk: BillingV2) -> None:
        draft, sent, taken = quote(desk), quote(desk, date='2024-01-10'), quote(desk)
        step(desk, sent, 'send', mark_only=True)
        step(desk, taken, 'convert')

        def ids(query: str) -> set[int]:
            answer = desk.get(f'/quotes?{query}')
            assert answer.json['meta']['total_records'] == len(answer.json['data'])
            return {row['id'] for row in answer.json['data']}

        assert ids('') == {draft['id'], sent['id'], taken['id']}
        assert ids('status=sent') == ids('status=Sent') == {sent['id']}
        assert ids('status=Accepted') == {taken['id']}
        assert ids('customer_id=1&date_to=2024-01-10') == {sent['id']}
        assert ids('customer_id=2') == set()
        assert ids(f'search={draft["quote_number"]}') == {draft['id']}
        refusal(desk.get('/quotes?status=paid'), 'status')

    def test_a_hundred_cost_the_statements_of_one(self, desk: BillingV2) -> None:
        quote(desk)
        one = statements(desk, '/quotes?limit=100')
        new = NewQuote(customer_id=1, lines=[NewQuoteLine(description='Work', unit_price=1)])
        with desk.api.company():
            for _ in range(99):
                create_quote(new, actor=clerk())
        assert statements(desk, '/quotes?limit=100') == one < 10
        rows = desk.get('/quotes?limit=100').json['data']
        assert len(rows) == 100
        assert all(len(row['items']) == 1 for row in rows)


class TestChange:
    def test_items_are_replaced(self, desk: BillingV2) -> None:
        path = f'/quotes/{quote(desk, notes="Soon")["id"]}'
        shown = made(desk.put(path, {'items': [ITEM, ITEM]}), 'Quote updated', 200)
        assert (len(shown['items']), shown['amount'], shown['notes']) == (2, 2500, 'Soon')
        shown = made(desk.put(path, {'notes': None, 'reference': 'R-1'}), 'Quote updated', 200)
        assert (shown['notes'], shown['reference'], shown['amount']) == (None, 'R-1', 2500)

    def test_what_was_sent_is_a_draft_again(self, desk: BillingV2) -> None:
        sent = step(desk, quote(desk), 'send', mark_only=True)
        shown = made(desk.put(f'/quotes/{sent["id"]}', {'items': [ITEM]}), 'Quote updated', 200)
        assert (shown['status'], shown['revision']) == ('Draft', 2)

    def test_not_once_it_was_answered(self, desk: BillingV2) -> None:
        taken = step(desk, quote(desk), 'accept')
        answer = desk.put(f'/quotes/{taken["id"]}', {'items': [ITEM]})
        refusal(answer)
        assert answer.json['message'] == 'quote Q-2024-0001 is accepted and cannot be changed'

    def test_a_draft_is_deleted_and_nothing_else(self, desk: BillingV2) -> None:
        draft, sent = quote(desk), step(desk, quote(desk), 'send', mark_only=True)
        gone = desk.delete(f'/quotes/{draft["id"]}')
        assert gone.json == {'success': True, 'message': 'Quote deleted'}
        assert is_missing(desk.get(f'/quotes/{draft["id"]}'), 'Quote')
        refusal(desk.delete(f'/quotes/{sent["id"]}'))


class TestSteps:
    def test_sent_accepted_converted(self, desk: BillingV2) -> None:
        shown = quote(desk, items=[ITEM | {'taxed': True}])
        sent = step(desk, shown, 'send')
        assert (sent['status'], sent['sent_at'][-1]) == ('Sent', 'Z')
        with desk.api.company():
            assert Mail.select().get().recipient == 'buy@acme.example'
        assert step(desk, shown, 'accept')['status'] == 'Accepted'
        converted = step(desk, shown, 'convert')
        assert converted['status'] == 'Accepted'
        invoice = desk.api.get(f'/invoices/{converted["invoice_id"]}').json
        assert (invoice['total'], invoice['tps'], invoice['tvq']) == (1437.19, 62.5, 124.69)
        assert invoice['invoice_no'] == converted['invoice_number']
        again = desk.post(f'/quotes/{shown["id"]}/convert', {})
        refusal(again)
        assert invoice['invoice_no'] in again.json['message']
        assert desk.api.difference() == 0

    def test_an_untaxed_quote_makes_an_untaxed_invoice(self, desk: BillingV2) -> None:
        converted = step(desk, quote(desk), 'convert')
        invoice = desk.api.get(f'/invoices/{converted["invoice_id"]}').json
        assert (invoice['total'], invoice['subtotal']) == (2000, 2000)
        assert desk.api.difference() == 0

    def test_declined(self, desk: BillingV2) -> None:
        shown = step(desk, quote(desk), 'decline', reason='Too dear')
        assert (shown['status'], shown['declined_reason']) == ('Declined', 'Too dear')
        refusal(desk.post(f'/quotes/{shown["id"]}/accept', {}))

    def test_too_late(self, desk: BillingV2, monkeypatch: pytest.MonkeyPatch) -> None:
        shown = quote(desk)
        stand_still(monkeypatch, '2024-02-16')
        answer = desk.post(f'/quotes/{shown["id"]}/accept', {})
        refusal(answer)
        assert answer.json['message'] == 'quote Q-2024-0001 expired on 2024-02-15'
        assert desk.get(f'/quotes/{shown["id"]}').json['data']['status'] == 'Expired'

    def test_nowhere_to_send_it(self, desk: BillingV2) -> None:
        mute = desk.api.post('/customers', {'name': 'Mute'}).json['id']
        shown = quote(desk, customer_id=mute)
        said = refusal(desk.post(f'/quotes/{shown["id"]}/send', {}), 'email')
        assert said == {'email': 'Email is required'}

    def test_converting_needs_the_invoices_scope(self, desk: BillingV2) -> None:
        from_key = desk.api.post('/keys', {'scopes': ['quotes:read', 'quotes:write']}).json
        seller = BillingV2(desk.api, from_key['api_key'])
        shown = quote(seller)
        assert is_forbidden(seller.post(f'/quotes/{shown["id"]}/convert', {}))
        assert step(seller, shown, 'accept')['status'] == 'Accepted'


class TestForeign:
    def test_another_companys_is_not_found(self, desk: BillingV2, other: Api) -> None:
        foreign = BillingV2(other)
        customer(foreign)
        path = f'/quotes/{quote(foreign)["id"]}'
        for answer in (desk.get(path), desk.put(path, {'notes': 'x'}), desk.delete(path)):
            assert is_missing(answer, 'Quote')
        for verb in ('send', 'accept', 'decline', 'convert'):
            assert is_missing(desk.post(f'{path}/{verb}', {}), 'Quote')

    def test_a_reader_reads(self, desk: BillingV2) -> None:
        path = f'/quotes/{quote(desk)["id"]}'
        assert reader(desk).get(path).status_code == 200
        for verb in ('send', 'accept', 'decline', 'convert'):
            assert is_forbidden(reader(desk).post(f'{path}/{verb}', {}))
        assert is_forbidden(reader(desk).delete(path))
