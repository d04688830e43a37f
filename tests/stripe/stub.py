"""A stand-in for Stripe's API, for what no other double knows: pages, prices, meters, Connect."""

import http.server
import json
import threading
import typing
import urllib.parse

from tests.stripe.told import CONNECT_SECRET, SECRET

Told = dict[str, typing.Any]


class Stub:
    """Answers on a port of this machine; `asked` holds (METHOD, path, form, headers)."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, str], dict[str, str]]] = []
        self.answers: dict[str, Told] = {}
        self.statuses: list[int] = []  #: of the next requests; then all is well
        self.sessions: dict[str, Told] = {}
        self._server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), self._handler())
        self.url = f'http://127.0.0.1:{self._server.server_port}'
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def settings(self) -> dict[str, typing.Any]:
        """Of an installation that sells plans and offers Connect, with this for Stripe."""
        return {
            'stripe_api_key': 'sk_test_platform1',
            'stripe_webhook_secret': (SECRET, CONNECT_SECRET),
            'stripe_api_base': self.url,
        }

    def paths(self) -> list[str]:
        """METHOD and path of each request."""
        return [f'{method} {path}' for method, path, *_ in self.asked]

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        stub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._answer('GET')

            def do_POST(self) -> None:
                self._answer('POST')

            def _answer(self, method: str) -> None:
                path, _, query = self.path.partition('?')
                length = int(self.headers.get('Content-Length') or 0)
                form = dict(urllib.parse.parse_qsl(query or self.rfile.read(length).decode()))
                stub.asked.append((method, path, form, dict(self.headers)))
                status = stub.statuses.pop(0) if stub.statuses else 200
                told = stub.answer(method, path, form, dict(self.headers))
                if status != 200:
                    told = {'error': {'type': 'api_error', 'message': 'out of order'}}
                elif 'error' in told:
                    status = 400
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler

    def answer(self, method: str, path: str, form: dict[str, str], headers: Told) -> Told:
        """What is asked for, by path; `answers` come first."""
        if path in self.answers:
            return self.answers[path]
        if path == '/v1/checkout/sessions':
            return self._session(form, headers.get('Idempotency-Key', ''))
        if path.endswith('/expire'):
            return {'id': path.split('/')[-2], 'object': 'checkout.session', 'status': 'expired'}
        if path == '/v1/prices':
            key = form.get('lookup_keys[0]', '')
            known = (
                [] if key.startswith('enterprise') else [{'id': f'price_{key}', 'object': 'price'}]
            )
            return {'object': 'list', 'data': known, 'has_more': False, 'url': path}
        if path == '/v1/billing_portal/sessions':
            url = f'https://billing.example/{form["customer"]}'
            return {'id': 'bps_1', 'object': 'billing_portal.session', 'url': url}
        if path == '/v1/accounts':
            return {'id': 'acct_new1', 'object': 'account', 'metadata': {}}
        if path == '/v1/account_links':
            return {'object': 'account_link', 'url': f'https://connect.example/{form["account"]}'}
        if path == '/v1/billing/meter_events':
            return {'object': 'billing.meter_event', 'identifier': form['identifier']}
        if path == '/v1/events':
            return {'object': 'list', 'data': [], 'has_more': False, 'url': path}
        return {'error': {'type': 'invalid_request_error', 'message': f'No such thing: {path}'}}

    def _session(self, form: dict[str, str], once: str) -> Told:
        """The same answer for the same idempotency key, as Stripe does."""
        made = self.sessions.get(once)
        if made is None:
            number = len(self.sessions) + 1
            made = {
                'id': f'cs_test_{number}x{id(self)}',
                'object': 'checkout.session',
                'mode': form['mode'],
                'payment_status': 'unpaid',
                'status': 'open',
                'url': f'https://checkout.example/{number}',
                'expires_at': int(form.get('expires_at', '1900000000')),
            }
            self.sessions[once] = made
        return made
