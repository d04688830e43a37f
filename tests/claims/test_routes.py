"""/claims over HTTP: opening, changing, deciding, resolving (CLM-1 to CLM-3)."""

import datetime as dt

import pytest

from karvo.claims.models import TRANSITIONS
from tests.claims.conftest import WITH, Shop
from tests.conftest import Api, wide_key
from tests.days import stand_still
from tests.invoicing import created, refused
from tests.stories.test_at_once import together

PAIRS = [(one, other) for one in TRANSITIONS for other in TRANSITIONS if one != other]


class TestCreate:
    def test_answers_with_everything(self, shop: Shop) -> None:
        lines = [{'sku': 'cln-5000', 'qty': 2}]
        answer = shop.post(lines=lines, priority='high', photos=['https://a.example/1.jpg'])
        assert answer.status_code == 201, answer.text
        shown = answer.json
        assert shown['claim_no'] == 'CLM-2026-0001'
        assert (shown['customer_code'], shown['invoice_id']) == ('ACME01', shop.invoice['id'])
        assert (shown['status'], shown['priority'], shown['version']) == ('open', 'high', 1)
        # 2 × 25.00 and the taxes of the invoice in proportion: 50.00 × 1.14975.
        [line] = shown['lines']
        assert (line['sku'], line['qty'], line['amount']) == ('CLN-5000', 2, 57.49)
        assert line['description'] == 'Cleaner 5L'
        assert shown['amount_claimed'] == 57.49
        empty = ('amount_approved', 'resolution', 'credit_note_id', 'resolved_at', 'return_id')
        assert [shown[name] for name in (*empty, 'replacement_shipment_id')] == [None] * 6
        assert shown['overdue'] is False
        assert shop.api.get(f'/claims/{shown["id"]}').json == shown

    def test_is_due_five_business_days_later(self, shop: Shop) -> None:
        # Friday 20 November: the fifth business day is the next Friday.
        assert shop.claim()['due_at'][:10] in ('2026-11-27', '2026-11-28')  # in UTC

    def test_is_announced(self, shop: Shop) -> None:
        shown = shop.claim(lines=[{'sku': 'MOP-1', 'qty': 1}])
        [event] = shop.events('claim.created')
        told = event['data']['object']
        assert (told['number'], told['invoice_id']) == ('CLM-2026-0001', shop.invoice['id'])
        assert told['lines'] == [{'product_id': None, 'sku': 'MOP-1', 'qty': 1}]
        assert told['id'] == shown['id']

    def test_without_an_invoice(self, shop: Shop) -> None:
        shown = shop.claim(invoice_no=None, type='service', lines=[{'sku': 'ANY', 'qty': 3}])
        assert (shown['invoice_id'], shown['amount_claimed']) == (None, 100)
        assert shown['lines'][0]['amount'] is None

    def test_a_customer_who_claimed_is_archived_not_removed(self, shop: Shop) -> None:
        made = shop.api.post('/customers', {'name': 'Nobody', 'code': 'NOBODY'}).json['id']
        claim = shop.claim(customer_code='NOBODY', invoice_no=None)
        assert shop.api.delete(f'/customers/{made}').json == {'deleted': True, 'id': made}
        assert shop.api.get(f'/claims/{claim["id"]}').json['customer_code'] == 'NOBODY'

    @pytest.mark.parametrize('name', ['customer_code', 'type', 'description'])
    def test_what_is_required(self, desk: Shop, name: str) -> None:
        body = {'customer_code': 'ACME01', 'type': 'damaged', 'description': 'x'}
        answer = desk.api.post('/claims', {n: v for n, v in body.items() if n != name})
        assert refused(answer) == f'{name} is required'
        assert answer.json['data']['params'] == [name]

    def test_says_what_happened(self, desk: Shop) -> None:
        assert refused(desk.post(description='  ')) == 'description is required'

    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'customer_code': 'NOBODY'}, 'customer_code'),
            ({'invoice_no': 'INV-2026-9999'}, 'invoice_no'),
            ({'type': 'stolen'}, 'type'),
            ({'amount_claimed': '1483.19'}, 'amount_claimed'),
            ({'amount_claimed': -1}, 'amount_claimed'),
            ({'lines': [{'sku': 'CLN-5000', 'qty': 51}]}, 'lines[0].qty'),
            ({'lines': [{'sku': 'CLN-5000', 'qty': 0}]}, 'lines[0].qty'),
            ({'lines': [{'sku': 'MOP-1', 'qty': 3}, {'sku': 'MOP-1', 'qty': 2}]}, 'lines[1].qty'),
            ({'lines': [{'sku': 'OTHER', 'qty': 1}]}, 'lines[0].sku'),
        ],
    )
    def test_what_is_refused(self, desk: Shop, values: dict, field: str) -> None:
        refused(desk.post(**values), field)

    def test_the_whole_invoice_may_be_claimed(self, shop: Shop) -> None:
        assert shop.post(amount_claimed=shop.invoice['total']).status_code == 201

    def test_of_another_customers_invoice(self, desk: Shop) -> None:
        theirs = created(desk.api, customer_code='B', customer_name='B')
        error = refused(desk.post(invoice_no=theirs['invoice_no']), 'invoice_no')
        assert error == 'invoice_no is not of this customer'

    def test_of_a_draft(self, desk: Shop) -> None:
        draft = created(desk.api, customer_code='ACME01', status='draft')
        refused(desk.post(invoice_no=None, invoice_id=draft['id']), 'invoice_no')

    def test_less_what_was_claimed_before(self, shop: Shop) -> None:
        shop.claim(lines=[{'sku': 'MOP-1', 'qty': 3}])
        assert 'at most 1' in refused(shop.post(lines=[{'sku': 'MOP-1', 'qty': 2}]))
        assert shop.post(lines=[{'sku': 'MOP-1', 'qty': 1}]).status_code == 201

    def test_a_rejected_claim_takes_nothing_away(self, shop: Shop) -> None:
        shop.claim('closed', lines=[{'sku': 'MOP-1', 'qty': 4}])
        assert shop.post(lines=[{'sku': 'MOP-1', 'qty': 4}]).status_code == 201

    def test_less_what_was_credited(self, shop: Shop) -> None:
        credit = {'invoice_id': shop.invoice['id'], 'total': '1400.00', 'reason': 'most of it'}
        assert shop.api.post('/billing/credits', credit).json['total'] == 1400
        left = round(shop.invoice['total'] - 1400, 2)
        assert str(left) in refused(shop.post(amount_claimed='90.00'), 'amount_claimed')

    def test_two_at_once_cannot_claim_the_same_goods(self, shop: Shop) -> None:
        body = [{'sku': 'MOP-1', 'qty': 3}]
        answers = together(4, lambda n: shop.post(lines=body))
        assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]


class TestList:
    def test_filters(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        first = shop.claim('under_review', assigned_to='ana')
        second = shop.claim('closed', type='service', invoice_no=None)
        for query, expected in (
            ('', [second, first]),
            ('status=closed', [second]),
            ('status=open,under_review', [first]),
            ('type=damaged,service', [second, first]),
            ('type=service', [second]),
            ('customer_code=acme01', [second, first]),
            ('customer_code=OTHER', []),
            (f'invoice_no={shop.invoice["invoice_no"].lower()}', [first]),
            ('assigned_to=ana', [first]),
            ('search=clm-2026-0002', [second]),
            ('overdue=true', []),
            ('overdue=false', [second, first]),
            ('orderby=due_at&order=asc', [first, second]),
            ('date_to=2001-01-01', []),
        ):
            found = shop.api.get(f'/claims?{query}').json
            assert [row['id'] for row in found['data']] == [one['id'] for one in expected], query
            assert found['total'] == len(expected)
        stand_still(monkeypatch, '2026-11-28')
        [row] = shop.api.get('/claims?overdue=true').json['data']
        assert (row['id'], row['overdue']) == (first['id'], True)

    def test_unknown_words_are_refused(self, desk: Shop) -> None:
        for query in ('status=lost', 'type=stolen', 'orderby=colour'):
            refused(desk.api.get(f'/claims?{query}'), query.partition('=')[0])


class TestTransitions:
    @pytest.mark.parametrize(('before', 'after'), PAIRS)
    def test_only_those_of_the_table(self, desk: Shop, before: str, after: str) -> None:
        claim = desk.claim(before)
        answer = desk.api.put(f'/claims/{claim["id"]}', {'status': after} | WITH.get(after, {}))
        if after in TRANSITIONS[before]:
            assert (answer.status_code, answer.json['status']) == (200, after)
            assert answer.json['version'] == claim['version'] + 1
        else:
            assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
            assert desk.api.get(f'/claims/{claim["id"]}').json == claim

    @pytest.mark.parametrize('status', TRANSITIONS)
    def test_the_status_it_has_is_no_change(self, desk: Shop, status: str) -> None:
        claim = desk.claim(status)
        assert desk.put(claim['id'], **claim) == claim  # sent back as it was read

    def test_each_is_announced_with_what_it_was(self, shop: Shop) -> None:
        claim = shop.claim('resolved')
        shop.put(claim['id'], status='closed')
        shop.put(claim['id'], status='under_review')
        told = [(e['type'], e['data']['previous_attributes']) for e in shop.events('claim.*')]
        assert [kind for kind, _ in told] == [
            'claim.created',
            'claim.under_review',
            'claim.approved',
            'claim.resolved',
            'claim.closed',
            'claim.reopened',
        ]
        assert [before.get('status') for _, before in told] == [
            None, 'open', 'under_review', 'approved', 'resolved', 'closed',
        ]  # fmt: skip


class TestApprove:
    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'amount_approved': '50.00'}, 'resolution'),
            ({'resolution': 'credit_note'}, 'amount_approved'),
            ({'resolution': 'refund'}, 'amount_approved'),
            ({'resolution': 'credit_note', 'amount_approved': '100.01'}, 'amount_approved'),
            ({'resolution': 'credit_note', 'amount_approved': 0}, 'amount_approved'),
            ({'resolution': 'replacement'}, 'resolution'),
            ({'resolution': 'gift', 'amount_approved': 1}, 'resolution'),
        ],
    )
    def test_needs_what_is_granted_and_how(self, desk: Shop, values: dict, field: str) -> None:
        claim = desk.claim('under_review')
        refused(desk.api.put(f'/claims/{claim["id"]}', {'status': 'approved'} | values), field)
        assert desk.api.get(f'/claims/{claim["id"]}').json == claim

    def test_a_refund_without_an_invoice_has_nothing_to_refund(self, desk: Shop) -> None:
        claim = desk.claim('under_review', invoice_no=None)
        body = {'status': 'approved', 'resolution': 'refund', 'amount_approved': 5}
        refused(desk.api.put(f'/claims/{claim["id"]}', body), 'resolution')

    def test_may_be_thought_over_until_it_is_carried_out(self, desk: Shop) -> None:
        claim = desk.claim('approved')
        changed = desk.put(claim['id'], amount_approved='60.00')
        assert (changed['amount_approved'], changed['status']) == (60, 'approved')
        refused(desk.api.put(f'/claims/{claim["id"]}', {'amount_approved': 500}), 'amount_approved')
        refused(desk.api.put(f'/claims/{claim["id"]}', {'resolution': None}))

    def test_reject_needs_a_reason(self, desk: Shop) -> None:
        claim = desk.claim()
        answer = desk.api.put(f'/claims/{claim["id"]}', {'status': 'rejected'})
        assert refused(answer) == 'resolution_note is required'


class TestChange:
    def test_facts_while_it_is_looked_into(self, shop: Shop) -> None:
        claim = shop.claim('under_review', lines=[{'sku': 'MOP-1', 'qty': 4}])
        changed = shop.put(
            claim['id'], lines=[{'sku': 'MOP-1', 'qty': 2}], type='defective', assigned_to='bo'
        )
        assert (changed['amount_claimed'], changed['type']) == (23, 'defective')
        assert (changed['lines'][0]['qty'], changed['assigned_to']) == (2, 'bo')
        too_many = {'lines': [{'sku': 'MOP-1', 'qty': 5}]}
        refused(shop.api.put(f'/claims/{claim["id"]}', too_many), 'lines[0].qty')
        event = shop.events('claim.updated')[0]
        assert event['data']['previous_attributes']['type'] == 'damaged'

    @pytest.mark.parametrize('name', ['type', 'description', 'amount_claimed', 'lines'])
    def test_not_once_it_was_decided(self, desk: Shop, name: str) -> None:
        claim = desk.claim('approved')
        new = {'type': 'other', 'description': 'x', 'amount_claimed': 1, 'lines': []}
        new['lines'] = [{'sku': 'MOP-1', 'qty': 1}]
        answer = desk.api.put(f'/claims/{claim["id"]}', {name: new[name]})
        assert f'{name} cannot change' in refused(answer)

    def test_an_older_version_is_refused(self, desk: Shop) -> None:
        claim = desk.claim()
        path, stale = f'/claims/{claim["id"]}', {'headers': {'If-Match': '"1"'}}
        first = desk.api.put(path, {'assigned_to': 'ana'}, **stale)
        assert (first.status_code, first.headers['ETag']) == (200, '"2"')
        assert desk.api.put(path, {'assigned_to': 'bo'}, **stale).status_code == 412

    def test_a_read_only_key_reads(self, desk: Shop) -> None:
        claim = desk.claim()
        reader = Api(
            desk.api.client.app, desk.api.tenant, wide_key(desk.api.tenant, scopes=['read-only'])
        )
        assert reader.get(f'/claims/{claim["id"]}').status_code == 200
        assert reader.post('/claims', {}).status_code == 403
        assert reader.put(f'/claims/{claim["id"]}', {'status': 'closed'}).status_code == 403

    def test_another_tenants_claim_is_not_found(self, desk: Shop, other: Api) -> None:
        claim = desk.claim()
        for answer in (
            other.get(f'/claims/{claim["id"]}'),
            other.put(f'/claims/{claim["id"]}', {'status': 'under_review'}),
        ):
            assert (answer.status_code, answer.json['error']) == (404, 'Claim not found')
        assert other.get('/claims').json['total'] == 0


class TestReopen:
    def test_within_thirty_days(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        claim = shop.claim('closed')
        assert claim['closed_on'] == '2026-11-20'
        stand_still(monkeypatch, '2026-12-20')
        again = shop.put(claim['id'], status='under_review')
        assert (again['status'], again['closed_on']) == ('under_review', None)
        assert shop.put(claim['id'], status='approved', **WITH['approved'])['status'] == 'approved'
        assert shop.put(claim['id'], status='resolved')['credit_note_id']

    def test_not_later(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        claim = shop.claim('closed')
        stand_still(monkeypatch, '2026-12-21')
        answer = shop.api.put(f'/claims/{claim["id"]}', {'status': 'under_review'})
        assert 'more than 30 days ago' in refused(answer)

    def test_what_was_carried_out_stays_so(self, shop: Shop) -> None:
        claim = shop.claim('resolved')
        for status in ('closed', 'under_review', 'approved', 'resolved'):
            claim = shop.put(claim['id'], status=status)
        assert shop.api.get('/billing/credits').json['total'] == 1
        assert len(shop.events('claim.resolved')) == 1
        refused(shop.api.put(f'/claims/{claim["id"]}', {'amount_approved': 90}))


class TestResolve:
    def test_a_credit_note_of_the_invoice(self, shop: Shop) -> None:
        before = shop.balance()
        claim = shop.claim('resolved')
        assert shop.balance() == round(before - 80, 2)
        credit = shop.api.get(f'/billing/credits/{claim["credit_note_id"]}').json
        assert (credit['total'], credit['invoice_id']) == (80, shop.invoice['id'])
        assert credit['reason'] == f'{claim["claim_no"]}: Two cans leaked'
        assert (claim['credit_no'], claim['refunded']) == (credit['credit_no'], 0)
        assert dt.datetime.fromisoformat(claim['resolved_at'])

    def test_an_open_credit_where_there_is_no_invoice(self, shop: Shop) -> None:
        claim = shop.claim('resolved', invoice_no=None)
        credit = shop.api.get(f'/billing/credits/{claim["credit_note_id"]}').json
        assert (credit['total'], credit['status'], credit['balance']) == (80, 'open', 80)

    def test_is_told_with_what_was_agreed(self, shop: Shop) -> None:
        claim = shop.claim('resolved', lines=[{'sku': 'MOP-1', 'qty': 2}])
        told = shop.events('claim.resolved')[0]['data']['object']
        expected = {
            'id': claim['id'],
            'number': 'CLM-2026-0001',
            'resolution': 'credit_note',
            'party_id': shop.invoice['customer_id'],
            'invoice_id': shop.invoice['id'],
            'lines': [{'product_id': None, 'sku': 'MOP-1', 'qty': 2}],
            'credit_note_id': claim['credit_note_id'],
        }
        assert {name: told[name] for name in expected} == expected

    def test_money_back(self, shop: Shop) -> None:
        paid = shop.pay()
        claim = shop.claim('under_review')
        shop.put(claim['id'], status='approved', amount_approved='80.00', resolution='refund')
        done = shop.put(claim['id'], status='resolved')
        assert (done['refunded'], shop.balance()) == (80, 0)
        assert shop.api.get(f'/billing/payments/{paid}').json['refunded'] == 80
        credit = shop.api.get(f'/billing/credits/{done["credit_note_id"]}').json
        assert (credit['status'], credit['total']) == ('applied', 80)
        accounts = {a['code']: a['balance'] for a in shop.api.get('/ledger/accounts').json['data']}
        total = shop.invoice['total']
        assert (accounts['1000'], accounts['1100']) == (round(total - 80, 2), 0)

    def test_money_back_of_this_invoice_and_no_other(self, shop: Shop) -> None:
        later = created(shop.api, customer_code='ACME01')
        parts = [
            {'invoice_id': one['id']} | {'amount': one['total']} for one in (shop.invoice, later)
        ]
        total = sum(part['amount'] for part in parts) + 30
        body = {'amount': total, 'allocations': parts, 'customer_code': 'ACME01'}
        paid = shop.api.post('/billing/payments', body | {'allow_overpayment': True})
        assert paid.status_code == 201, paid.text
        claim = shop.claim('under_review')
        shop.put(claim['id'], status='approved', amount_approved='80.00', resolution='refund')
        shop.put(claim['id'], status='resolved')
        assert (shop.balance(), shop.api.get(f'/invoices/{later["id"]}').json['balance']) == (0, 0)

    def test_money_back_of_several_payments(self, shop: Shop) -> None:
        payments = [shop.pay(amount) for amount in (1000, 30, 40)]
        claim = shop.claim('under_review')
        shop.put(claim['id'], status='approved', amount_approved='80.00', resolution='refund')
        shop.put(claim['id'], status='resolved')
        back = [shop.api.get(f'/billing/payments/{one}').json['refunded'] for one in payments]
        assert back == [10, 30, 40]

    @pytest.mark.parametrize('amount', ['0.03', '1.07', '33.33', '33.34', '99.99'])
    def test_to_the_cent_whatever_the_taxes(self, desk: Shop, amount: str) -> None:
        credit = {'invoice_id': desk.invoice['id'], 'total': amount, 'reason': 'x'}
        answer = desk.api.post('/billing/credits', credit)
        assert (answer.status_code, str(answer.json['total'])) == (201, amount)

    def test_no_money_back_that_never_came(self, shop: Shop) -> None:
        shop.pay(50)
        claim = shop.claim('under_review')
        shop.put(claim['id'], status='approved', amount_approved='80.00', resolution='refund')
        answer = shop.api.put(f'/claims/{claim["id"]}', {'status': 'resolved'})
        assert refused(answer) == '80.00 cannot be refunded: 50.00 was paid'
        assert shop.api.get('/billing/credits').json['total'] == 0
        changed = shop.put(claim['id'], status='resolved', resolution='credit_note')
        assert changed['credit_note_id']

    @pytest.mark.parametrize('resolution', ['replacement', 'repair', 'none'])
    def test_what_moves_no_money(self, shop: Shop, resolution: str) -> None:
        claim = shop.claim('under_review', lines=[{'sku': 'MOP-1', 'qty': 1}])
        shop.put(claim['id'], status='approved', resolution=resolution)
        done = shop.put(claim['id'], status='resolved')
        assert (done['credit_note_id'], done['refunded']) == (None, 0)
        assert shop.api.get('/billing/credits').json['total'] == 0
        assert shop.events('claim.resolved')[0]['data']['object']['resolution'] == resolution

    def test_all_credited_meanwhile(self, shop: Shop) -> None:
        claim = shop.claim('approved')
        credit = {'invoice_id': shop.invoice['id'], 'total': shop.invoice['total'], 'reason': 'x'}
        assert shop.api.post('/billing/credits', credit).status_code == 201
        refused(shop.api.put(f'/claims/{claim["id"]}', {'status': 'resolved'}))
        assert shop.api.get(f'/claims/{claim["id"]}').json['status'] == 'approved'

    def test_once_however_often_and_at_once_it_is_asked(self, shop: Shop) -> None:
        shop.pay()
        claim = shop.claim('under_review')
        shop.put(claim['id'], status='approved', amount_approved='80.00', resolution='refund')
        path, body = f'/claims/{claim["id"]}', {'status': 'resolved'}
        answers = together(8, lambda n: shop.api.put(path, body))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json['credit_note_id'] for answer in answers}) == 1
        assert shop.api.get('/billing/credits').json['total'] == 1
        assert len(shop.events('payment.refunded')) == len(shop.events('claim.resolved')) == 1
