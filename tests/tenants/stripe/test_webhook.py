"""The receiver: signatures, bodies, duplicates; never a 5xx, whatever is sent."""

import json
import threading
import time

import pytest
from falcon import testing
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karvo.kit.db import unwatch, watch
from tenants.models import StripeReceipt, control
from tenants.stripe import receipts, work
from tests.stripe.fixtures import OWN_SECRET, settle, states
from tests.stripe.told import (
    CONNECT_SECRET,
    SECRET,
    Payment,
    checked,
    deliver,
    event,
    raw,
    signature,
)

PATH = '/wp-json/se-erp/v2/stripe/webhook'
TOLD = Payment(100).succeeded()


@pytest.fixture
def client(app, platform):
    return testing.TestClient(app)


def post(client, body: bytes, header: str, path: str = PATH, **headers: str):
    sent = {'Content-Type': 'application/json'} | headers
    sent |= {'Stripe-Signature': header} if header else {}
    return client.simulate_post(path, body=body, headers=sent)


class TestSignature:
    @pytest.mark.parametrize('secret', [SECRET, CONNECT_SECRET])
    def test_any_of_the_platforms_secrets(self, client, secret):
        told = checked(Payment(100).succeeded(), secret)
        answer = deliver(client, told, secret)
        assert (answer.status_code, answer.json) == (200, {'received': True, 'duplicate': False})

    @pytest.mark.parametrize(
        'header',
        [
            '',
            'x',
            't=1,v1=',
            't=,v1=a',
            't=9' * 900,
            'v1=é',
            signature(raw(TOLD), 'whsec_anotherOne'),
            signature(raw(TOLD), at=int(time.time()) - 86_400),
            signature(raw(TOLD), at=int(time.time()) + 86_400),
            signature(raw(TOLD)).replace('v1=', 'v0='),
            signature(raw(TOLD) + b' '),
        ],
        ids=range(11),
    )
    def test_others_are_refused_in_the_apis_words(self, client, header):
        answer = post(client, raw(TOLD), header)
        assert (answer.status_code, answer.json['code']) == (400, 'erp_invalid_signature')
        assert answer.json['data'] == {'status': 400}
        assert StripeReceipt.select().count() == 0

    def test_both_signatures_of_a_rolled_secret(self, client):
        one, two = signature(raw(TOLD), 'whsec_rolledAway1'), signature(raw(TOLD))
        assert post(client, raw(TOLD), f'{one},v1={two.partition("v1=")[2]}').status_code == 200

    def test_re_serialised_bodies_do_not_fit(self, client):
        answer = post(client, json.dumps(TOLD).encode(), signature(raw(TOLD)))
        assert answer.status_code == 400

    def test_a_companys_secret_on_its_own_url_and_on_the_common_one(self, shop):
        for key in (shop.key, ''):
            told = Payment(100).succeeded()
            assert deliver(shop.api.client, told, OWN_SECRET, key).status_code == 200
        scopes = {row.scope for row in StripeReceipt.select()}
        assert len(scopes) == 1 and scopes.pop().startswith('company:')

    @pytest.mark.parametrize('key', ['nobody', '%00', 'é', '..%2f', 'a' * 3000])
    def test_the_platforms_secret_fits_no_companys_url(self, shop, key):
        answer = post(shop.api.client, raw(TOLD), signature(raw(TOLD)), f'{PATH}/{key}')
        assert answer.status_code in (400, 404)
        assert (
            post(shop.api.client, raw(TOLD), signature(raw(TOLD)), f'{PATH}/{shop.key}').status_code
            == 400
        )


class TestBody:
    @pytest.mark.parametrize(
        'told',
        [b'[]', b'null', b'7', b'"x"', b'{', b'{}', b'{"id": 5}', b'[' * 100_000, '"\x80'.encode()],
        ids=range(9),
    )
    def test_what_is_no_event(self, client, told):
        assert post(client, told, signature(told)).status_code == 400

    @pytest.mark.parametrize(
        'change',
        [
            {'id': 'evt_\0'},
            {'id': '\ud800'},
            {'id': 'x' * 300},
            {'type': 5},
            {'account': 'no such/account'},
            {'api_version': 'v' * 100},
        ],
    )
    def test_members_of_another_kind(self, client, change):
        body = raw(TOLD | change)
        assert post(client, body, signature(body)).status_code == 400

    @pytest.mark.parametrize(
        'change',
        [
            {'created': 'yesterday'},
            {'created': 10**40},
            {'created': True},
            {'data': {'object': {'id': [1]}}},
            {'data': {'object': {'id': 'pi_1', 'amount_received': 'x', 'currency': 'cad'}}},
            {'data': {'object': {'id': 'pi\0', 'currency': 'cad'}}},
            {'livemode': None},
            {'type': 'nothing.known'},
            {'object': 'v2.core.event', 'data': {}},
        ],
    )
    def test_odd_ones_are_kept_and_worked_through(self, client, change):
        body = raw(TOLD | change)
        assert post(client, body, signature(body)).status_code == 200
        settle(1)
        assert states() != ['done']

    @pytest.mark.parametrize('type', ['text/plain', '', 'application/x-www-form-urlencoded'])
    def test_any_content_type(self, client, type):
        answer = post(client, raw(TOLD), signature(raw(TOLD)), **{'Content-Type': type})
        assert answer.status_code == 200

    def test_a_megabyte(self, client):
        body = raw(TOLD | {'padding': 'x' * 1_000_000})
        assert post(client, body, signature(body)).status_code == 200
        assert len(bytes(StripeReceipt.get().body)) == len(body)

    def test_too_large(self, client):
        body = raw(TOLD | {'padding': 'x' * 2_000_000})
        answer = post(client, body, signature(body))
        assert (answer.status_code, answer.json['code']) == (413, 'erp_too_large')

    def test_chunks_without_a_length(self, client):
        body = raw(TOLD)
        headers = {'Stripe-Signature': signature(body), 'Transfer-Encoding': 'chunked'}
        environ = testing.create_environ(PATH, method='POST', headers=headers, body=body)
        del environ['CONTENT_LENGTH']
        status: list[str] = []
        client.app(environ, lambda line, *_: status.append(line))
        assert status == ['200 OK']

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        body=st.binary(max_size=200),
        header=st.text(st.characters(max_codepoint=255, exclude_characters='\r\n\0'), max_size=80),
    )
    def test_garbage_is_never_an_error_of_ours(self, client, body, header):
        assert post(client, body, header).status_code in (400, 429)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        told=st.dictionaries(
            st.sampled_from(['id', 'type', 'created', 'data', 'account', 'livemode', 'object']),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                lambda inner: (
                    st.lists(inner, max_size=2)
                    | st.dictionaries(st.sampled_from(['object', 'id', 'currency', 'x']), inner)
                ),
                max_leaves=5,
            ),
        ),
        type=st.sampled_from(sorted(work.OF_USE)),
    )
    def test_signed_garbage_neither(self, client, told, type):
        body = raw({'id': 'evt_1', 'type': type} | told)
        try:
            header = signature(body)
        except UnicodeEncodeError:
            return
        assert post(client, body, header).status_code in (200, 400)
        settle(1)


class TestReceipt:
    def test_the_second_delivery_is_a_duplicate(self, client):
        assert deliver(client, TOLD).json['duplicate'] is False
        assert deliver(client, TOLD).json['duplicate'] is True
        assert StripeReceipt.select().count() == 1

    def test_the_same_id_of_another_account_is_another_event(self, client):
        deliver(client, TOLD)
        assert deliver(client, TOLD | {'account': 'acct_1'}).json['duplicate'] is False

    def test_many_at_once(self, shop):
        invoice = shop.invoice(100)
        told = Payment(11498, {'invoice_id': str(invoice['id'])}).succeeded()
        answers = []

        def send() -> None:
            client = testing.TestClient(shop.api.client.app)
            answers.append(deliver(client, told, OWN_SECRET, shop.key).json['duplicate'])
            control.close()  # of this thread

        threads = [threading.Thread(target=send) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [False] + [True] * 7
        settle()
        assert shop.balance(invoice['id']) == 0
        assert shop.api.get('/billing/payments').json['total'] == 1

    def test_what_it_keeps(self, client):
        told = TOLD | {'api_version': '2026-10-28.endive'}
        deliver(client, told)
        row = StripeReceipt.get()
        assert (row.event_id, row.type, row.object_id) == (
            told['id'],
            'payment_intent.succeeded',
            told['data']['object']['id'],
        )
        assert bytes(row.body) == raw(told)
        assert (row.scope, row.state, row.livemode) == ('platform', 'received', False)

    def test_is_one_statement_and_asks_stripe_nothing(self, client, platform):
        deliver(client, Payment(1).succeeded())
        sent: list[str] = []
        note = lambda path, sql: sent.append(sql)  # noqa: E731
        watch(note)
        try:
            deliver(client, TOLD)
        finally:
            unwatch(note)
        assert len(sent) == 1 and 'ON CONFLICT' in sent[0]
        assert platform.asked == []

    def test_workers_do_not_share_one(self, client):
        for _ in range(6):
            deliver(client, Payment(1).succeeded())
        found = [receipts.claim(4), receipts.claim(4), receipts.claim(4)]
        assert [len(part) for part in found] == [4, 2, 0]
        assert len({one.id for part in found for one in part}) == 6


class TestRouting:
    def test_a_connected_account_is_its_company(self, platform, api):
        told = {'id': 'acct_7', 'object': 'account', 'metadata': {'company': api.tenant.company_id}}
        platform.answers['/v1/accounts/acct_7'] = told
        body = {'mode': 'connect', 'account_id': 'acct_7'}
        assert api.put('/stripe/account', body).json['onboarding_url'].startswith('https://')
        made = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}
        invoice = api.post('/invoices', made).json
        payment = Payment(11498, {'invoice_id': str(invoice['id'])})
        deliver(api.client, payment.succeeded() | {'account': 'acct_7'}, CONNECT_SECRET)
        settle()
        assert api.get(f'/invoices/{invoice["id"]}').json['balance'] == 0
        account = told | {'charges_enabled': True, 'payouts_enabled': False}
        deliver(api.client, event('account.updated', account, account='acct_7'))
        settle()
        assert api.get('/stripe/account').json['charges_enabled'] is True
        gone = event('account.application.deauthorized', {'id': 'ca_1'}, account='acct_7')
        deliver(api.client, gone)
        settle()
        assert api.get('/stripe/account').status_code == 404

    def test_an_account_that_comes_later_is_waited_for(self, platform, api):
        told = Payment(100).succeeded() | {'account': 'acct_8'}
        deliver(api.client, told)
        settle(1)
        assert states() == ['received']
        StripeReceipt.update(received_at='2026-01-01').execute()
        settle(1)
        assert states() == ['unrouted']
        named = {
            'id': 'acct_8',
            'object': 'account',
            'metadata': {'company': api.tenant.company_id},
        }
        platform.answers['/v1/accounts/acct_8'] = named
        api.put('/stripe/account', {'mode': 'connect', 'account_id': 'acct_8'})
        settle()
        assert states() == ['done']
        assert api.get('/stripe/unmatched').json['total'] == 1

    def test_a_company_speaks_for_itself_only(self, shop, platform, other):
        named = {'company': other.tenant.company_id}
        platform.answers['/v1/accounts/acct_9'] = {
            'id': 'acct_9',
            'object': 'account',
            'metadata': named,
        }
        other.put('/stripe/account', {'mode': 'connect', 'account_id': 'acct_9'})
        shop.tell(Payment(100, named).succeeded() | {'account': 'acct_9'})
        assert states() == ['ignored']
        assert other.get('/stripe/unmatched').json['total'] == 0

    def test_live_events_are_not_for_a_key_of_a_sandbox(self, shop):
        shop.tell(Payment(100).succeeded() | {'livemode': True})
        assert states() == ['ignored']
        assert shop.api.get('/stripe/unmatched').json['total'] == 0

    def test_what_the_platform_sells_otherwise_is_ignored(self, client):
        deliver(client, Payment(100).completed())
        deliver(client, Payment(100).succeeded())
        settle(1)
        assert states() == ['ignored', 'ignored']

    def test_a_crash_after_the_companys_commit_books_once(self, shop, monkeypatch):
        invoice = shop.invoice(100)
        told = Payment(11498, {'invoice_id': str(invoice['id'])}).succeeded()
        finish = receipts.finish
        monkeypatch.setattr(receipts, 'finish', lambda *_: 1 / 0)
        deliver(shop.api.client, told, OWN_SECRET, shop.key)
        with pytest.raises(ZeroDivisionError):
            [
                work.handle(one)
                for one in receipts.claim(5)
                if not receipts.put_off(one, '') or 1 / 0
            ]
        monkeypatch.setattr(receipts, 'finish', finish)
        settle()
        settle()
        assert states() == ['done']
        assert shop.api.get('/billing/payments').json['total'] == 1
