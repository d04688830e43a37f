"""Signatures, against the vectors of Standard Webhooks 1.0.0 and the package that verifies them."""

import base64
import datetime as dt

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from karvo.webhooks.signing import Signer

SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
UID, AT, BODY = 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, b'{"test": 2432232314}'
V1 = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
KEY = base64.b64decode(
    '6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
)
V1A = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=='


class TestVectors:
    def test_v1(self) -> None:
        assert Signer((SECRET,)).signature(UID, AT, BODY) == V1

    def test_v1a_beside_v1(self) -> None:
        assert Signer((SECRET,), KEY[:32]).signature(UID, AT, BODY) == f'{V1} {V1A}'


class TestVerification:
    def headers(self, signer: Signer) -> dict[str, str]:
        at = int(dt.datetime.now(dt.UTC).timestamp())
        return {
            'webhook-id': 'evt_1',
            'webhook-timestamp': str(at),
            'webhook-signature': signer.signature('evt_1', at, BODY),
        }

    def test_old_and_new_secret_both_verify(self) -> None:
        new = 'whsec_' + base64.b64encode(b'n' * 32).decode()
        headers = self.headers(Signer((new, SECRET), KEY[:32]))
        for secret in (new, SECRET):
            assert Webhook(secret).verify(BODY, headers) == {'test': 2432232314}

    def test_a_changed_body_does_not(self) -> None:
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(b'{"test": 1}', self.headers(Signer((SECRET,))))

    def test_v1a_verifies_with_the_public_key_only_over_the_same_bytes(self) -> None:
        headers = self.headers(Signer((SECRET,), KEY[:32]))
        made = base64.b64decode(headers['webhook-signature'].split(' v1a,')[1])
        public = Ed25519PrivateKey.from_private_bytes(KEY[:32]).public_key()
        signed = f'evt_1.{headers["webhook-timestamp"]}.'.encode()
        public.verify(made, signed + BODY)
        with pytest.raises(InvalidSignature):
            public.verify(made, signed + b'{}')

    def test_woocommerce_signs_the_body_with_the_text_of_the_secret(self) -> None:
        # Reckoned with `openssl dgst -sha256 -hmac`.
        reckoned = 'f2a9d48be51b03e17422a1499a4cdb7f8400afd0aa4cf50f34b9852d223553bb'
        made = Signer(('whsec_c2VjcmV0',)).woocommerce(b'{}')
        assert base64.b64decode(made).hex() == reckoned
