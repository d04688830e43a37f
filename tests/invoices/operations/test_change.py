"""What may happen to an invoice after it was recorded (G-6, G-8, INV-7, INV-9, INV-14)."""

import pytest

from tests.conftest import INVOICE, Api, wide_key
from tests.invoicing import LINE, create, created, refused

FROZEN = 'posted invoice cannot be changed; issue a credit note'


@pytest.fixture
def posted(shop):
    """A company whose invoice 1 is of 1 437.19, unpaid."""
    created(shop, ship_to={'line1': '1 rue Un', 'province': 'QC', 'country': 'CA'})
    return shop


def types(api, resource='invoice'):
    """The events of a resource, oldest first."""
    events = api.get('/events', params={'type': f'{resource}.*', 'limit': 1000}).json['data']
    return [event['type'].split('.')[1] for event in events]


def balances(api):
    rows = api.get('/ledger/trial-balance').json['data']
    return {row['code']: row['balance'] for row in rows}


class TestPutOnPosted:
    def test_what_stays_open(self, posted):
        change = {
            'due_date': '2027-01-31',
            'po_reference': 'PO-1',
            'notes': 'call first',
            'metadata': {'deal': 7},
            'salesperson': 'Ann',
            'disputed': True,
        }
        answer = posted.put('/invoices/1', change)
        assert answer.status_code == 200
        assert {name: answer.json[name] for name in change} == change
        assert answer.headers['etag'] == '"2"'
        assert posted.get('/invoices/search?q=PO-1').json['total'] == 1

    def test_null_clears_and_absent_leaves(self, posted):
        posted.put('/invoices/1', {'notes': 'a', 'po_reference': 'b'})
        shown = posted.put('/invoices/1', {'notes': None}).json
        assert (shown['notes'], shown['po_reference']) == (None, 'b')

    def test_nothing_new_is_no_event(self, posted):
        assert posted.put('/invoices/1', {'notes': None}).json['version'] == 1
        assert types(posted) == ['created', 'posted']

    @pytest.mark.parametrize(
        'change',
        [
            {'invoice_no': 'X'},
            {'customer_code': 'B'},
            {'customer_name': 'Somebody else'},
            {'customer_id': 2},
            {'date': '2026-11-01'},
            {'currency': 'USD'},
            {'language': 'en'},
            {'payment_terms': 'COD'},
            {'subtotal': 1},
            {'tps': 1},
            {'total': 1},
            {'ship_to': {'province': 'ON', 'country': 'CA'}},
            {'ship_to': None},
            {'lines': []},
            {'lines': [LINE, LINE]},
            {'lines': [LINE | {'qty': 49}]},
            {'lines': [LINE | {'unit_price': 24}]},
            {'lines': [LINE | {'description': 'Something else'}]},
            {'lines': [LINE | {'discount_pct': 10}]},
            {'lines': [LINE | {'tax_code': 'exempt'}]},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_frozen(self, posted, change):
        before = posted.get('/invoices/1').json
        answer = posted.put('/invoices/1', change | {'notes': 'and this'})
        assert refused(answer, *change) == FROZEN
        assert answer.json['code'] == 'erp_invalid_state'
        assert posted.get('/invoices/1').json == before

    def test_all_of_it_sent_back_is_accepted(self, posted):
        shown = posted.get('/invoices/1').json
        answer = posted.put('/invoices/1', shown)
        assert (answer.status_code, answer.json) == (200, shown)

    def test_the_body_it_was_made_from_is_accepted(self, shop):
        shop.post('/invoices', INVOICE)
        assert shop.put('/invoices/1', INVOICE).status_code == 200

    def test_due_before_the_date(self, posted):
        refused(posted.put('/invoices/1', {'due_date': '2026-11-19'}), 'due_date')

    def test_due_beyond_reason(self, posted):
        refused(posted.put('/invoices/1', {'due_date': '9999-12-31'}), 'due_date')
        assert posted.put('/invoices/1', {'due_date': '2027-11-20'}).status_code == 200

    def test_if_match(self, posted):
        stale = posted.put('/invoices/1', {'notes': 'x'}, headers={'If-Match': '"9"'})
        assert (stale.status_code, stale.json['code']) == (412, 'erp_precondition_failed')
        good = posted.put('/invoices/1', {'notes': 'x'}, headers={'If-Match': '"1"'})
        assert (good.status_code, good.json['version']) == (200, 2)

    def test_unknown_fields_are_named(self, posted):
        answer = posted.put('/invoices/1', {'colour': 'red'})
        assert (answer.status_code, answer.headers['x-ignored-fields']) == (200, 'colour')

    def test_another_companys(self, posted, other):
        assert other.put('/invoices/1', {'notes': 'x'}).status_code == 404
        assert other.delete('/invoices/1').status_code == 404

    def test_later_edits_of_the_customer_change_nothing(self, posted):
        before = posted.get('/invoices/1').json
        posted.put('/customers/1', {'name': 'Renamed', 'tax_exempt': 'all'})
        assert posted.get('/invoices/1').json == before


class TestPutStatus:
    def test_paid_records_a_payment_of_the_balance(self, posted):
        change = {'status': 'paid', 'method': 'eft', 'payment_date': '2026-11-15'}
        shown = posted.put('/invoices/1', change).json
        assert (shown['status'], shown['balance'], shown['amount_paid']) == ('paid', 0, 1437.19)
        payment = shown['payments'][0]
        assert (payment['method'], payment['date']) == ('eft', '2026-11-15')
        assert balances(posted)['1000'] == 1437.19
        assert len(posted.put('/invoices/1', {'status': 'paid'}).json['payments']) == 1

    def test_paid_defaults(self, posted):
        payment = posted.put('/invoices/1', {'status': 'paid'}).json['payments'][0]
        assert (payment['method'], payment['date']) == ('other', '2026-11-20')

    def test_void(self, posted):
        shown = posted.put('/invoices/1', {'status': 'void'}).json
        assert (shown['status'], shown['balance']) == ('void', 0)
        assert all(amount == 0 for amount in balances(posted).values())
        assert types(posted) == ['created', 'posted', 'voided']

    def test_sent(self, posted):
        assert posted.put('/invoices/1', {'status': 'sent'}).json['sent_at'] is not None

    @pytest.mark.parametrize('status', ['draft', 'partial', 'overdue', 'written_off'])
    def test_what_does_not_agree(self, posted, status):
        answer = posted.put('/invoices/1', {'status': status, 'notes': 'lost with it'})
        refused(answer)
        assert answer.json['code'] == 'erp_invalid_state'
        assert posted.get('/invoices/1').json['notes'] is None

    def test_what_agrees(self, posted):
        assert posted.put('/invoices/1', {'status': 'unpaid'}).status_code == 200
        posted.put('/invoices/1', {'balance': 1})
        assert posted.put('/invoices/1', {'status': 'partial'}).status_code == 200

    @pytest.mark.parametrize('status', ['draft', 'unpaid', 'paid', 'sent'])
    def test_nothing_leads_out_of_void(self, posted, status):
        posted.put('/invoices/1', {'status': 'void'})
        refused(posted.put('/invoices/1', {'status': status}))


class TestPutBalance:
    def test_lower_is_a_payment(self, posted):
        shown = posted.put('/invoices/1', {'balance': '1000.00'}).json
        assert (shown['balance'], shown['status']) == (1000, 'partial')
        payment = shown['payments'][0]
        assert (payment['amount'], payment['reference']) == (437.19, 'balance update')
        assert balances(posted)['1050'] == 437.19

    @pytest.mark.parametrize(('balance', 'account'), [('1432.19', '6500'), ('1432.18', '6100')])
    def test_with_a_reason_it_is_an_adjustment(self, posted, balance, account):
        change = {'balance': balance, 'adjustment_reason': 'rounding'}
        shown = posted.put('/invoices/1', change).json
        assert shown['payments'][0]['method'] == 'adjustment'
        assert balances(posted)[account] == round(1437.19 - float(balance), 2)

    def test_higher_undoes_own_entries_only(self, posted):
        posted.post('/billing/payments', {'invoice_id': 1, 'amount': 37.19})
        posted.put('/invoices/1', {'balance': 1000})
        refused(posted.put('/invoices/1', {'balance': 1437.19}))
        refused(posted.put('/invoices/1', {'balance': 1100}))
        assert posted.get('/invoices/1').json['balance'] == 1000
        assert posted.put('/invoices/1', {'balance': 1400}).json['balance'] == 1400
        assert balances(posted)['1050'] == 37.19

    @pytest.mark.parametrize('balance', ['-0.01', '1437.20'])
    def test_beyond_the_total(self, posted, balance):
        refused(posted.put('/invoices/1', {'balance': balance}), 'balance')

    def test_the_same_changes_nothing(self, posted):
        assert posted.put('/invoices/1', {'balance': 1437.19}).json['version'] == 1


class TestPutOnDraft:
    def test_everything(self, shop):
        created(shop, status='draft')
        shop.post('/customers', {'code': 'B', 'name': 'Bea'})
        change = {
            'customer_code': 'B',
            'date': '2026-11-01',
            'invoice_no': 'MINE',
            'lines': [{'description': 'Mop', 'qty': 2, 'unit_price': '9.99'}],
            'notes': 'n',
        }
        shown = shop.put('/invoices/1', change).json
        assert (shown['customer_name'], shown['date'], shown['invoice_no']) == (
            'Bea',
            '2026-11-01',
            'MINE',
        )
        assert (shown['subtotal'], shown['tps'], shown['tvq']) == (19.98, 1.0, 1.99)
        assert (shown['status'], shown['due_date']) == ('draft', '2026-12-01')
        assert shop.post('/invoices/1/post').json['invoice_no'] == 'MINE'

    def test_a_clients_cents_stay_while_the_amounts_do(self, shop):
        created(shop, status='draft', tvq='124.70')
        shown = shop.put('/invoices/1', {'notes': 'n'}).json
        assert (shown['tvq'], shown['tax_source']) == (124.7, 'client')
        shown = shop.put('/invoices/1', {'lines': [LINE]}).json
        assert (shown['tvq'], shown['tax_source']) == (124.69, 'computed')

    def test_prices_that_hold_their_tax_stay(self, shop):
        lines = [{'description': 'x', 'unit_price': '10.00'}]
        created(shop, status='draft', lines=lines, prices_include_tax=True)
        shown = shop.put('/invoices/1', {'notes': 'n'}).json
        assert (shown['subtotal'], shown['total']) == (8.69, 10)

    def test_what_is_wrong_with_a_new_one_is_wrong_here(self, shop):
        created(shop, status='draft')
        refused(shop.put('/invoices/1', {'due_date': '2026-11-01'}), 'due_date')
        refused(shop.put('/invoices/1', {'tps': 1}), 'tps')
        stale = shop.put('/invoices/1', {'date': '2026-11-02'}, headers={'If-Match': '"9"'})
        assert stale.status_code == 412
        assert shop.get('/invoices/1').json['version'] == 1

    @pytest.mark.parametrize('status', ['posted', 'unpaid', 'sent'])
    def test_posting_by_status(self, shop, status):
        created(shop, status='draft')
        shown = shop.put('/invoices/1', {'status': status, 'date': '2026-11-02'}).json
        assert (shown['status'], shown['date']) == ('unpaid', '2026-11-02')
        assert (shown['sent_at'] is not None) == (status == 'sent')
        assert shown['invoice_no'] == 'INV-2026-0001'

    def test_a_draft_is_owed_nothing(self, shop):
        created(shop, status='draft')
        refused(shop.put('/invoices/1', {'status': 'paid'}))
        refused(shop.put('/invoices/1', {'balance': 0}))


class TestDelete:
    def test_a_draft_is_removed(self, shop):
        created(shop, status='draft')
        assert shop.delete('/invoices/1').json == {'deleted': True, 'id': 1}
        assert shop.get('/invoices/1').status_code == 404
        assert shop.get('/invoices?include_deleted=true').json['total'] == 0
        assert types(shop) == ['created', 'deleted']

    def test_a_posted_one_is_voided_and_hidden(self, posted):
        created(posted)
        before = balances(posted)
        created(posted)
        assert posted.delete('/invoices/3').json == {'deleted': True, 'id': 3}
        assert balances(posted) == before
        assert posted.get('/invoices/3').status_code == 404
        assert posted.delete('/invoices/3').status_code == 404
        assert posted.get('/invoices/search?q=INV-2026-0003').json['total'] == 0
        shown = posted.get('/invoices?include_deleted=true&status=void').json['data']
        assert [(row['id'], row['invoice_no']) for row in shown] == [(3, 'INV-2026-0003')]
        audit = posted.get('/invoices/number-audit').json
        assert (audit['voided'], audit['unexplained'], audit['next_value']) == ([3], [], 4)
        assert refused(create(posted, invoice_no='INV-2026-0003'))

    def test_a_paid_one_stays(self, posted):
        posted.post('/billing/payments', {'invoice_id': 1, 'amount': 1})
        assert refused(posted.delete('/invoices/1')) == 'invoice has payments'
        assert posted.get('/invoices/1').json['status'] == 'partial'

    def test_once_the_payment_is_void_it_may_go(self, posted):
        posted.post('/billing/payments', {'invoice_id': 1, 'amount': 1})
        posted.delete('/billing/payments/1')
        assert posted.delete('/invoices/1').status_code == 200

    def test_a_locked_period(self, posted):
        posted.put('/settings/lock-dates', {'sales_lock': '2026-11-20'})
        assert refused(posted.delete('/invoices/1')) == 'period locked until 2026-11-20'

    def test_if_match_and_scope(self, posted, app):
        stale = posted.delete('/invoices/1', headers={'If-Match': '"9"'})
        assert stale.status_code == 412
        reader = Api(app, posted.tenant, wide_key(posted.tenant, scopes=['read-only']))
        assert reader.delete('/invoices/1').status_code == 403


class TestPost:
    def test_takes_number_and_entry(self, shop):
        created(shop, status='draft', date='2025-12-31')
        shown = shop.post('/invoices/1/post').json
        assert (shown['invoice_no'], shown['status']) == ('INV-2025-0001', 'overdue')
        assert balances(shop)['1100'] == 1437.19
        assert types(shop) == ['created', 'posted']

    def test_twice_or_void_or_unknown(self, posted):
        refused(posted.post('/invoices/1/post'))
        posted.put('/invoices/1', {'status': 'void'})
        refused(posted.post('/invoices/1/post'))
        assert posted.post('/invoices/77/post').status_code == 404

    def test_into_a_locked_period(self, shop):
        created(shop, status='draft')
        shop.put('/settings/lock-dates', {'all_lock': '2026-11-20'})
        answer = shop.post('/invoices/1/post')
        refused(answer)
        assert answer.json['code'] == 'erp_period_locked'
        assert shop.get('/invoices/1').json['status'] == 'draft'


class TestSend:
    def test_needs_an_address_unless_it_only_marks(self, posted):
        refused(posted.post('/invoices/1/send'), 'email')
        assert posted.post('/invoices/1/send', {'mark_only': True}).json['sent_at']

    def test_to_the_customers_address(self, shop):
        shop.post('/customers', {'code': 'A', 'name': 'A', 'email': 'a@acme.example'})
        created(shop)
        assert shop.post('/invoices/1/send').json['sent_at']
        assert types(shop)[-1] == 'sent'

    def test_a_draft_is_not_sent(self, shop):
        created(shop, status='draft')
        refused(shop.post('/invoices/1/send', {'mark_only': True}))


class TestWriteOff:
    def test_the_balance_becomes_a_bad_debt(self, posted):
        posted.post('/billing/payments', {'invoice_id': 1, 'amount': 437.19})
        bad = {'reason': 'bankrupt', 'date': '2026-11-20'}
        refused(posted.post('/invoices/1/write-off', bad | {'date': '2026-11-19'}), 'date')
        answer = posted.post('/invoices/1/write-off', bad)
        assert (answer.status_code, answer.json['status']) == (200, 'written_off')
        assert (answer.json['payment_status'], answer.json['balance']) == ('written_off', 0)
        assert (balances(posted)['6100'], balances(posted)['1100']) == (1000, 0)
        refused(posted.post('/invoices/1/write-off', {'reason': 'again'}))
        refused(posted.put('/invoices/1', {'status': 'void'}))

    def test_money_that_comes_after_all(self, posted):
        posted.post('/invoices/1/write-off', {'reason': 'bankrupt'})
        posted.post('/billing/payments', {'invoice_id': 1, 'amount': 1437.19})
        assert posted.get('/invoices/1').json['status'] == 'paid'
        assert balances(posted)['6100'] == 0

    def test_what_cannot_be(self, shop):
        created(shop, status='draft')
        refused(shop.post('/invoices/1/write-off', {'reason': 'x'}))
        refused(shop.post('/invoices/1/write-off', {}), 'reason')
        created(shop)
        shop.put('/invoices/2', {'status': 'paid'})
        refused(shop.post('/invoices/2/write-off', {'reason': 'x'}))


class TestDuplicate:
    def test_a_draft_with_the_same_lines(self, posted):
        posted.put('/invoices/1', {'status': 'paid'})
        answer = posted.post('/invoices/1/duplicate', {'date': '2026-12-01'})
        assert answer.status_code == 201
        shown = answer.json
        assert (shown['id'], shown['status'], shown['invoice_no']) == (2, 'draft', None)
        assert (shown['date'], shown['due_date']) == ('2026-12-01', '2026-12-31')
        assert (shown['total'], shown['balance']) == (1437.19, 1437.19)
        assert shown['lines'][0]['description'] == 'Cleaner 5L'
        assert posted.post('/invoices/77/duplicate').status_code == 404

    def test_of_a_lump_sum_and_of_prices_with_tax(self, shop):
        created(shop, lines=[], subtotal=100)
        assert shop.post('/invoices/1/duplicate').json['subtotal'] == 100
        lines = [{'description': 'x', 'unit_price': '114.98'}]
        created(shop, lines=lines, prices_include_tax=True)
        assert shop.post('/invoices/3/duplicate').json['total'] == 114.98
