"""Keys whose requests must be signed: what is signed, when it is over, and that bodies survive."""

import hashlib
import hmac
import json

import pytest

from karvo.kit import clock
from karvo.kit.errors import Unauthenticated
from tenants import signing
from tenants.credentials import NewKey, insert_key
from tenants.jobs import forget_control_keys
from tenants.models import ApiKey, Company, ControlIdempotencyKey
from tenants.signing import Received, check_signature, sign
from tests.conftest import BASE, Api

SECRET = 'sig_secret'


def headers_for(secret, method, target, body=b'', at=None):
    stamp = str(int(clock.epoch() if at is None else at))
    text = f'{stamp}.{method}.{target}.'.encode() + body
    mac = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {'X-Timestamp': stamp, 'X-Signature': f'sha256={mac}'}


class Signed:
    """A client of a key that demands signatures."""

    def __init__(self, api, **values):
        row = Company.get(Company.uid == api.tenant.company_id)
        new = NewKey(require_signature=True, **{'rate_limit': 1000} | values)
        self.issued = insert_key(new, tenant_id=api.tenant.tenant_id, company_id=row.id)
        self.secret, self.client = self.issued.signing_secret, api.client

    def ask(self, method, target, body=b'', signed=None, **headers):
        """`signed` are the headers that prove it; None = right ones."""
        path, _, query = target.partition('?')
        proof = headers_for(self.secret, method, target, body) if signed is None else signed
        sent = {'X-SE-ERP-Key': self.issued.api_key, 'Content-Type': 'application/json'}
        return self.client.simulate_request(
            method, path, query_string=query, body=body, headers=sent | proof | headers
        )


@pytest.fixture
def signed(api):
    return Signed(api)


CUSTOMERS = f'{BASE}/customers'


class TestSignature:
    """The function by itself, against numbers computed by hand."""

    def test_what_is_signed(self):
        text = b'1700000000.POST./a?b=c%20d.{"x":1}'
        fits = 'sha256=' + hmac.new(b'sig_secret', text, hashlib.sha256).hexdigest()
        assert sign(SECRET, '1700000000', 'POST', '/a?b=c%20d', b'{"x":1}') == fits
        received = Received('POST', '/a?b=c%20d', b'{"x":1}')
        check_signature(SECRET, received, '1700000000', fits, 1_700_000_299.9)
        check_signature(SECRET, received, '1700000000', fits.upper().replace('SHA', 'sha'), 1.7e9)

    @pytest.mark.parametrize(
        ('received', 'stamp', 'now', 'secret'),
        [
            (Received('PUT', '/a', b'x'), '1700000000', 1.7e9, SECRET),
            (Received('POST', '/b', b'x'), '1700000000', 1.7e9, SECRET),
            (Received('POST', '/a?', b'x'), '1700000000', 1.7e9, SECRET),
            (Received('POST', '/a', b'y'), '1700000000', 1.7e9, SECRET),
            (Received('POST', '/a', b'x'), '1700000001', 1.7e9, SECRET),
            (Received('POST', '/a', b'x'), '1700000000', 1.7e9, 'sig_other'),
            (Received('POST', '/a', b'x'), '1700000000', 1.7e9 + 301, SECRET),
            (Received('POST', '/a', b'x'), '1700000000', 1.7e9 - 301, SECRET),
            (Received('POST', '/a', b'x'), '1700000000.0', 1.7e9, SECRET),
            (Received('POST', '/a', b'x'), '٣', 1.7e9, SECRET),
            (Received('POST', '/a', b'x'), None, 1.7e9, SECRET),
        ],
    )
    def test_anything_else_is_refused(self, received, stamp, now, secret):
        good = sign(SECRET, '1700000000', 'POST', '/a', b'x')
        with pytest.raises(Unauthenticated):
            check_signature(secret, received, stamp, good, now)

    @pytest.mark.parametrize('signature', [None, '', 'sha256=', 'sha256=00', 'md5=x', 'é' * 71])
    def test_no_signature(self, signature):
        with pytest.raises(Unauthenticated):
            check_signature(SECRET, Received('GET', '/', b''), '1700000000', signature, 1.7e9)


class TestRequests:
    def test_the_body_is_read_and_used(self, signed):
        body = json.dumps({'name': 'Éloïse'}).encode()
        made = signed.ask('POST', CUSTOMERS, body)
        assert (made.status_code, made.json['name']) == (201, 'Éloïse')
        target = f'{CUSTOMERS}?search=%C3%89lo%C3%AFse&per_page=5'
        assert signed.ask('GET', target).json['total'] == 1

    @pytest.mark.parametrize('proof', [{}, {'X-Signature': 'sha256=' + '0' * 64}])
    def test_unsigned_is_refused(self, signed, proof):
        for method in ('GET', 'POST', 'OPTIONS'):
            answer = signed.ask(method, CUSTOMERS, signed=proof)
            if method == 'OPTIONS':  # open to all; who shows nothing good is told nothing
                assert 'POST' not in answer.headers.get('Allow', '')
                continue
            assert (answer.status_code, answer.json['code']) == (401, 'erp_invalid_signature')

    def test_of_another_path_query_method_or_body_is_refused(self, signed):
        body = b'{"name": "Rita"}'
        for proof in (
            headers_for(signed.secret, 'POST', f'{BASE}/products', body),
            headers_for(signed.secret, 'POST', f'{CUSTOMERS}?a=1', body),
            headers_for(signed.secret, 'PUT', CUSTOMERS, body),
            headers_for(signed.secret, 'POST', CUSTOMERS, body + b' '),
            headers_for(signed.secret, 'POST', CUSTOMERS, body, at=clock.epoch() - 301),
            headers_for(signed.secret, 'POST', CUSTOMERS, body, at=clock.epoch() + 302),
            headers_for('sig_guess', 'POST', CUSTOMERS, body),
        ):
            assert signed.ask('POST', CUSTOMERS, body, proof).status_code == 401
        assert signed.ask('GET', CUSTOMERS).json['total'] == 0

    def test_a_method_override_counts(self, signed):
        signed.ask('POST', CUSTOMERS, b'{"name": "Rita"}')
        over = {'X-HTTP-Method-Override': 'DELETE'}
        assert signed.ask('POST', f'{CUSTOMERS}/1', **over).status_code == 401
        proof = headers_for(signed.secret, 'DELETE', f'{CUSTOMERS}/1')
        assert signed.ask('POST', f'{CUSTOMERS}/1', signed=proof, **over).status_code == 200

    def test_a_write_cannot_be_sent_again(self, signed):
        body, key = b'{"name": "Rita"}', {'Idempotency-Key': 'once-1'}
        proof = headers_for(signed.secret, 'POST', CUSTOMERS, body)
        assert signed.ask('POST', CUSTOMERS, body, proof, **key).status_code == 201
        for more in (key, {}, {'Idempotency-Key': 'other'}):
            again = signed.ask('POST', CUSTOMERS, body, proof, **more)
            assert (again.status_code, 'already' in again.json['message']) == (401, True)
        later = headers_for(signed.secret, 'POST', CUSTOMERS, body, at=clock.epoch() + 1)
        repeated = signed.ask('POST', CUSTOMERS, body, later, **key)
        assert (repeated.status_code, repeated.headers['Idempotency-Replayed']) == (201, 'true')
        assert signed.ask('GET', CUSTOMERS).json['total'] == 1

    def test_a_read_may(self, signed):
        proof = headers_for(signed.secret, 'GET', CUSTOMERS)
        assert [signed.ask('GET', CUSTOMERS, signed=proof).status_code for _ in '12'] == [200] * 2

    def test_what_was_used_is_forgotten_when_its_time_is_over(self, signed, monkeypatch):
        signed.ask('POST', CUSTOMERS, b'{"name": "Rita"}')
        used = ControlIdempotencyKey.select().where(ControlIdempotencyKey.holder == 'signature')
        count = used.count()
        forget_control_keys(clock.now())
        assert used.count() == count
        ControlIdempotencyKey.update(expires_at=clock.now()).execute()
        forget_control_keys(clock.now())
        assert used.count() == 0

    def test_a_form_is_signed_as_it_was_sent(self, signed):
        form = {'Content-Type': 'application/x-www-form-urlencoded'}
        made = signed.ask('POST', CUSTOMERS, b'name=Rita+R.', **form)
        assert (made.status_code, made.json['name']) == (201, 'Rita R.')

    def test_too_large_a_body(self, signed):
        assert signed.ask('POST', CUSTOMERS, b'x' * 1_000_001).status_code == 413

    def test_the_rate_counts_good_requests_only(self, api):
        signed = Signed(api, rate_limit=2)
        for _ in range(3):
            assert signed.ask('GET', CUSTOMERS, signed={}).status_code == 401
        left = [signed.ask('GET', CUSTOMERS) for _ in range(3)]
        assert [answer.status_code for answer in left] == [200, 200, 429]
        assert left[0].headers['X-RateLimit-Remaining'] == '1'

    def test_other_keys_need_none(self, api):
        assert api.get('/customers', headers={'X-Signature': 'nonsense'}).status_code == 200


class TestBatch:
    PATH = '/wp-json/batch/v1'
    BODY = json.dumps(
        {
            'requests': [
                {'path': '/se-erp/v2/customers', 'body': {'name': name}} for name in ('A', 'B')
            ]
        }
    ).encode()

    def statuses(self, answer):
        return [one['status'] for one in answer.json['responses']]

    def test_is_signed_as_a_whole(self, signed):
        proof = headers_for(signed.secret, 'POST', self.PATH, self.BODY)
        assert self.statuses(signed.ask('POST', self.PATH, self.BODY, proof)) == [201, 201]
        assert self.statuses(signed.ask('POST', self.PATH, self.BODY, proof)) == [401, 401]

    def test_unsigned_or_signed_for_something_else(self, signed):
        for proof in ({}, headers_for(signed.secret, 'POST', CUSTOMERS, b'{"name": "A"}')):
            assert self.statuses(signed.ask('POST', self.PATH, self.BODY, proof)) == [401, 401]

    def test_validated_first(self, signed):
        body = json.dumps(json.loads(self.BODY) | {'validation': 'require-all-validate'}).encode()
        assert self.statuses(signed.ask('POST', self.PATH, body)) == [201, 201]


class TestKeys:
    def test_the_secret_is_shown_once_and_stored_sealed(self, api):
        made = api.post('/keys', {'name': 'bank', 'require_signature': True}).json
        assert made['signing_secret'].startswith('sig_')
        assert made['require_signature'] is True
        shown = api.get(f'/keys/{made["id"]}').json
        assert ('signing_secret' in shown, shown['require_signature']) == (False, True)
        stored = ApiKey.get_by_id(made['id'])
        assert made['signing_secret'].encode() not in bytes(stored.signing_secret)
        plain = api.post('/keys', {'name': 'plain'}).json
        assert ('signing_secret' in plain, plain['require_signature']) == (False, False)

    def test_it_stays_when_the_key_is_rotated(self, api, signed):
        path = f'/keys/{signed.issued.key_id}/rotate'
        signed.issued.api_key = api.post(path, {'overlap_hours': 0}).json['api_key']
        assert signed.ask('GET', CUSTOMERS).status_code == 200
        assert signed.ask('GET', CUSTOMERS, signed={}).status_code == 401

    def test_a_platform_key_too(self, app):
        new = NewKey(scopes='platform:admin', require_signature=True)
        issued = insert_key(new, tenant_id=None, company_id=None)
        platform = Api(app, None, issued.api_key)
        assert platform.get('/tenants').status_code == 401
        proof = headers_for(issued.signing_secret, 'GET', f'{BASE}/tenants')
        assert platform.get('/tenants', headers=proof).status_code == 200

    def test_tolerance_is_five_minutes(self):
        assert signing.TOLERANCE == 300
