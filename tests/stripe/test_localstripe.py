"""Against localstripe, a stand-in for Stripe by others, as a process: what it makes and signs."""

import os
import pathlib
import subprocess
import sys
import threading
import typing
import urllib.request
import wsgiref.simple_server
from collections.abc import Callable, Iterator

import falcon
import pytest
import stripe

from karvo.kit.db import close_all
from tenants.models import StripeReceipt, control
from tests.cli.processes import free_port, wait_until
from tests.conftest import Api
from tests.not_run import need
from tests.stripe.fixtures import configured, settle

SECRET = 'whsec_localstripe01'
KEY = 'sk_test_local12345'
SERVE = """
import sys
from aiohttp import web
from localstripe import server
web.run_app(server.app, host='127.0.0.1', port=int(sys.argv[1]), print=None)
"""


class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    """Without a log."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def local(tmp_path: pathlib.Path) -> Iterator[str]:
    """Its address. GPL: a program of its own, never imported."""
    need('localstripe')
    port = free_port()
    # It keeps its store in the system's temporary folder.
    own = os.environ | {'TMPDIR': str(tmp_path)}
    process = subprocess.Popen([sys.executable, '-c', SERVE, str(port)], env=own, cwd=tmp_path)
    url = f'http://127.0.0.1:{port}'

    def answers() -> bool:
        try:
            urllib.request.urlopen(f'{url}/_config/data', timeout=1)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    wait_until(answers, 30)
    yield url
    process.kill()
    process.wait()


@pytest.fixture
def site(app: falcon.App) -> Iterator[str]:
    """The application over real HTTP: they deliver to it."""
    server = wsgiref.simple_server.make_server('127.0.0.1', 0, app, handler_class=Quiet)

    def serve() -> None:
        server.serve_forever()
        close_all()
        control.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}'
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def client(api: Api, local: str, site: str) -> Iterator[stripe.StripeClient]:
    """A company whose own account is at localstripe; what happens there is told here."""
    settings = {'stripe_api_key': '', 'stripe_webhook_secret': (), 'stripe_api_base': local}
    with configured(**settings):
        body = {'api_key': KEY, 'webhook_secrets': [SECRET]}
        account = api.put('/stripe/account', body)
        assert account.status_code == 200, account.text
        key = account.json['webhook_url'].rpartition('/')[2]
        register(local, f'{site}/wp-json/se-erp/v2/stripe/webhook/{key}')
        yield stripe.StripeClient(KEY, base_addresses={'api': local})
    StripeReceipt.delete().execute()


def register(local: str, url: str) -> None:
    body = f'{{"url": "{url}", "secret": "{SECRET}"}}'.encode()
    asked = urllib.request.Request(
        f'{local}/_config/webhooks/karvo', body, {'Content-Type': 'application/json'}
    )
    urllib.request.urlopen(asked, timeout=5).close()


def told(type: str) -> Callable[[], bool]:
    return lambda: StripeReceipt.select().where(StripeReceipt.type == type).exists()


def pay(client: stripe.StripeClient, amount: int, card: str, **metadata: str) -> typing.Any:
    """A customer pays by card."""
    method = client.v1.payment_methods.create(
        {
            'type': 'card',
            'card': {'number': card, 'exp_month': 12, 'exp_year': 2030, 'cvc': '123'},
        }
    )
    customer = client.v1.customers.create({'email': 'ap@acme.example'})
    client.v1.payment_methods.attach(method.id, {'customer': customer.id})
    made = client.v1.payment_intents.create(
        {
            'amount': amount,
            'currency': 'cad',
            'customer': customer.id,
            'payment_method': method.id,
            'metadata': metadata,
        }
    )
    return client.v1.payment_intents.confirm(made.id)


class TestPayments:
    def test_a_card_pays_an_invoice(self, api: Api, client: stripe.StripeClient) -> None:
        made = api.post('/invoices', {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100})
        invoice = made.json
        paid = pay(client, 11498, '4242424242424242', invoice_id=str(invoice['id']))
        wait_until(told('payment_intent.succeeded'))
        settle()
        assert api.get(f'/invoices/{invoice["id"]}').json['balance'] == 0
        [listed] = api.get('/billing/payments').json['data']
        assert (listed['amount'], listed['external_id']) == (114.98, paid.id)
        assert api.difference() == 0

    def test_a_declined_card_changes_no_books(self, api: Api, client: stripe.StripeClient) -> None:
        made = api.post('/invoices', {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100})
        with pytest.raises(stripe.CardError):
            pay(client, 11498, '4000000000000341', invoice_id=str(made.json['id']))
        wait_until(told('payment_intent.payment_failed'))
        settle()
        assert api.get(f'/invoices/{made.json["id"]}').json['balance'] == 114.98
        assert api.get('/billing/payments').json['total'] == 0

    def test_unknown_types_are_kept_and_nothing_fails(
        self, api: Api, client: stripe.StripeClient
    ) -> None:
        client.v1.customers.create({'email': 'new@acme.example'})
        wait_until(told('customer.created'))
        settle()
        assert {row.state for row in StripeReceipt.select()} <= {'ignored', 'done'}
