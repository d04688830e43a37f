"""What is kept of a write that came with an Idempotency-Key, and what counts as the same write."""

import hashlib
import json

import pytest

from karvo.kit import crypto
from karvo.kit.idempotency import IdempotencyKey
from tests.conftest import Api

BODY = {'account': 'Jane Smith'}
KEY = {'Idempotency-Key': 'once-only'}


def stored(api: Api) -> IdempotencyKey:
    with api.company():
        return IdempotencyKey.get()


def post(api: Api, query: str = '', **headers: str) -> tuple[int, str]:
    answer = api.client.simulate_post(
        '/api/v2/customers', query_string=query, json=BODY, headers={**KEY, **headers}
    )
    return answer.status_code, answer.headers.get('idempotency-replayed', '')


class TestDigest:
    def test_is_no_plain_hash_of_the_body(self, api: Api) -> None:
        bearer = {'Authorization': f'Bearer {api.key}'}
        assert post(api, **bearer) == (201, '')
        body = json.dumps(BODY, separators=(',', ':'), ensure_ascii=False).encode()
        plain = {hashlib.sha256(text).hexdigest() for text in (body, json.dumps(BODY).encode())}
        assert stored(api).body_digest not in plain
        assert len(stored(api).body_digest) == 64

    def test_an_older_key_of_the_installation_still_knows_it(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bearer = {'Authorization': f'Bearer {api.key}'}
        assert post(api, **bearer)[0] == 201
        old = crypto.signing_keys('idempotency 1')
        monkeypatch.setattr(crypto, 'signing_keys', lambda _purpose: [b'n' * 32, *old])
        assert post(api, **bearer) == (201, 'true')
        monkeypatch.setattr(crypto, 'signing_keys', lambda _purpose: [b'n' * 32])
        assert post(api, **bearer)[0] == 400


class TestSameWrite:
    def test_wherever_its_credential_stands(self, api: Api) -> None:
        assert post(api, f'api_key={api.key}') == (201, '')
        assert post(api, Authorization=f'Bearer {api.key}') == (201, 'true')
        assert post(api, f'a=1&api_key={api.key}')[1] == ''
