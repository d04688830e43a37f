"""The payment page of an invoice: one at a time, of what is owed now."""

from karvo.kit import clock
from karvo.stripe import jobs
from karvo.stripe.amounts import amount_of, minor_of
from karvo.stripe.models import StripeCheckout
from tenants.models import Company
from tenants.stripe.work import actor_of
from tests.stripe.fixtures import OWN_SECRET
from tests.stripe.told import Payment


def sessions(shop) -> list[dict[str, str]]:
    """What Stripe was asked for."""
    return [form for _, path, form, _ in shop.stub.asked if path == '/v1/checkout/sessions']


class TestCheckout:
    def test_asks_for_the_balance_in_smallest_units(self, shop):
        invoice = shop.invoice()
        answer = shop.api.post(f'/invoices/{invoice["id"]}/checkout')
        assert answer.status_code == 200, answer.text
        assert answer.json['url'].startswith('https://checkout.example/')
        assert (answer.json['amount'], answer.json['currency']) == (1149.75, 'CAD')
        [form] = sessions(shop)
        assert form['line_items[0][price_data][unit_amount]'] == '114975'
        assert form['line_items[0][price_data][currency]'] == 'cad'
        assert form['payment_intent_data[metadata][invoice_id]'] == str(invoice['id'])
        assert form['metadata[company]'] == shop.api.tenant.company_id
        [headers] = [h for _, path, _, h in shop.stub.asked if path == '/v1/checkout/sessions']
        assert headers['Authorization'] == 'Bearer rk_test_own12345'
        assert len(headers['Idempotency-Key']) == 36

    def test_is_reused_while_open_and_the_balance_stays(self, shop):
        path = f'/invoices/{shop.invoice()["id"]}/checkout'
        first = shop.api.post(path).json
        assert shop.api.post(path).json == first
        assert len(sessions(shop)) == 1

    def test_another_balance_is_another_page_and_the_old_one_ends(self, shop):
        invoice = shop.invoice()['id']
        first = shop.api.post(f'/invoices/{invoice}/checkout').json
        shop.api.post('/billing/payments', {'invoice_id': invoice, 'amount': 149.75})
        second = shop.api.post(f'/invoices/{invoice}/checkout').json
        assert (first['url'], second['amount']) != (second['url'], 1149.75)
        assert second['amount'] == 1000
        asked = [path.rpartition('/')[2] for path in shop.stub.paths()]
        assert asked == ['sessions', 'expire', 'sessions']

    def test_an_expired_page_is_offered_anew(self, shop):
        path = f'/invoices/{shop.invoice()["id"]}/checkout'
        shop.api.post(path)
        with shop.api.company():
            payment = Payment(114975)
            payment.session = StripeCheckout.get().session_id
        shop.tell(payment.session_event('expired'))
        shop.api.post(path)
        assert len(sessions(shop)) == 2

    def test_not_while_a_debit_is_on_its_way(self, shop):
        path = f'/invoices/{shop.invoice()["id"]}/checkout'
        shop.api.post(path)
        with shop.api.company():
            payment = Payment(114975)
            payment.session = StripeCheckout.get().session_id
        shop.tell(payment.completed(payment_status='unpaid'))
        answer = shop.api.post(path)
        assert answer.json['error'] == 'a payment of this invoice is on its way'
        shop.tell(payment.session_event('async_payment_failed'))
        assert shop.api.post(path).status_code == 200

    def test_an_outage_is_said_and_the_next_try_asks_under_the_same_key(self, shop):
        path = f'/invoices/{shop.invoice()["id"]}/checkout'
        shop.stub.statuses = [500, 500, 500]
        answer = shop.api.post(path)
        assert (answer.status_code, answer.json['code']) == (503, 'erp_stripe_unavailable')
        assert shop.api.post(path).status_code == 200
        asked = [h['Idempotency-Key'] for _, p, _, h in shop.stub.asked if p.endswith('sessions')]
        assert len(asked) == 4 and len(set(asked)) == 1

    def test_a_refusal_is_told(self, shop):
        path = f'/invoices/{shop.invoice()["id"]}/checkout'
        no = {'error': {'type': 'invalid_request_error', 'message': 'Amount too small'}}
        shop.stub.answers['/v1/checkout/sessions'] = no
        answer = shop.api.post(path)
        assert (answer.status_code, answer.json['code']) == (422, 'erp_stripe_refused')
        assert 'Amount too small' in answer.json['error']

    def test_refusals(self, shop, other):
        paid = shop.invoice(100)['id']
        shop.api.post('/billing/payments', {'invoice_id': paid, 'amount': 114.98})
        assert shop.api.post(f'/invoices/{paid}/checkout').status_code == 422
        assert shop.api.post('/invoices/99999/checkout').status_code == 404
        mine = shop.invoice(100)['id']
        assert other.post(f'/invoices/{mine}/checkout').status_code in (404, 422)
        answer = shop.api.post(f'/invoices/{mine}/checkout', {'success_url': 'javascript:1'})
        assert 'success_url' in answer.json['data']['params']
        reader = shop.api.post('/keys', {'scopes': ['read-only']}).json['api_key']
        headers = {'X-SE-ERP-Key': reader}
        answer = shop.api.post(f'/invoices/{mine}/checkout', headers=headers)
        assert answer.status_code == 403


class TestAccount:
    def test_secrets_are_write_only(self, shop):
        shown = shop.api.get('/stripe/account')
        assert shown.json['mode'] == 'own' and shown.json['has_api_key'] is True
        assert (shown.json['webhook_secrets'], shown.json['is_live']) == (1, False)
        assert 'rk_test_own' not in shown.text and OWN_SECRET not in shown.text

    def test_a_secret_is_rolled_without_the_key(self, shop):
        answer = shop.api.put(
            '/stripe/account', {'webhook_secrets': [OWN_SECRET, 'whsec_next12345']}
        )
        assert (answer.json['webhook_secrets'], answer.json['has_api_key']) == (2, True)
        assert answer.json['webhook_url'] == shop.account['webhook_url']

    def test_disconnected_nothing_is_recognised(self, shop):
        assert shop.api.delete('/stripe/account').json['deleted'] is True
        assert shop.api.get('/stripe/account').status_code == 404
        answer = shop.api.post(f'/invoices/{shop.invoice()["id"]}/checkout')
        assert answer.json['code'] == 'erp_not_connected'
        with shop.api.company():
            assert jobs.catch_up_fees(None, clock.now().date()) == {}

    def test_an_account_that_was_not_made_for_this_company_is_refused(self, platform, api):
        platform.answers['/v1/accounts/acct_5'] = {
            'id': 'acct_5',
            'object': 'account',
            'metadata': {},
        }
        answer = api.put('/stripe/account', {'mode': 'connect', 'account_id': 'acct_5'})
        assert 'account_id' in answer.json['data']['params']
        assert api.get('/stripe/account').status_code == 404

    def test_the_platform_makes_one(self, platform, api):
        answer = api.put('/stripe/account', {'mode': 'connect'})
        assert answer.json['account_id'] == 'acct_new1'
        assert answer.json['onboarding_url'] == 'https://connect.example/acct_new1'
        made = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}
        invoice = api.post('/invoices', made).json['id']
        assert api.post(f'/invoices/{invoice}/checkout').status_code == 200
        headers = platform.asked[-1][3]
        assert headers['Stripe-Account'] == 'acct_new1'
        assert headers['Authorization'] == 'Bearer sk_test_platform1'

    def test_bad_ones_are_named(self, api):
        for body, field in (({'api_key': 'x'}, 'api_key'), ({'webhook_secrets': ['x']}, 'webhook')):
            answer = api.put('/stripe/account', body)
            assert (answer.status_code, field in answer.text) == (422, True)


class TestJobs:
    def test_what_was_missed_is_fetched(self, shop):
        invoice = shop.invoice(100)
        payment = Payment(11498, {'invoice_id': str(invoice['id'])})
        listed = {'object': 'list', 'data': [payment.refunded(1000), payment.completed()]}
        shop.stub.answers['/v1/events'] = listed | {'has_more': False, 'url': '/v1/events'}
        row = Company.get(Company.uid == shop.api.tenant.company_id)
        with shop.api.company():
            report = jobs.catch_up_events(actor_of(row), clock.now().date())
        assert report == {'missed': 2, 'unknown': 0, 'refused': 0}
        assert shop.balance(invoice['id']) == 10
        assert shop.is_sound()

    def test_a_fee_that_could_not_be_read_is_booked_later(self, shop):
        invoice = shop.invoice(100)
        payment = Payment(11498, {'invoice_id': str(invoice['id'])})
        shop.tell(payment.charged())
        assert shop.accounts().get('6210') is None
        name = payment.transaction
        shop.stub.answers[f'/v1/balance_transactions/{name}'] = payment.moved(11498, 363, id=name)
        row = Company.get(Company.uid == shop.api.tenant.company_id)
        with shop.api.company():
            assert jobs.catch_up_fees(actor_of(row), clock.now().date()) == {'booked': 1}
            assert jobs.catch_up_fees(actor_of(row), clock.now().date()) == {'booked': 0}
        assert shop.accounts()['6210'] == 3.63


class TestAmounts:
    def test_smallest_units(self):
        cases = [(1437, 'usd', '14.37'), (1437, 'JPY', '1437.00'), (1230, 'kwd', '1.23')]
        cases += [(500, 'isk', '5.00'), (7, 'mga', '7.00'), (12345, 'clf', '1.2345')]
        for minor, currency, shown in cases:
            assert str(amount_of(minor, currency)) == shown
            assert minor_of(amount_of(minor, currency), currency) == minor
