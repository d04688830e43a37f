"""Signatures of a delivery: Standard Webhooks v1 and v1a, and WooCommerce's own beside them."""

import base64
import hashlib
import hmac

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_PREFIX = 'whsec_'


class Signer(msgspec.Struct, frozen=True):
    """The keys of one endpoint. `secrets` as they are shown (`whsec_…`), the newest first."""

    secrets: tuple[str, ...]
    private_key: bytes | None = None  #: the seed of v1a, 32 bytes

    def signature(self, uid: str, timestamp: int, body: bytes) -> str:
        """The value of `webhook-signature`: one signature a key, a space between them."""
        signed = f'{uid}.{timestamp}.'.encode() + body
        found = [f'v1,{_mac(secret, signed)}' for secret in self.secrets]
        if self.private_key is not None:
            made = Ed25519PrivateKey.from_private_bytes(self.private_key).sign(signed)
            found.append(f'v1a,{base64.b64encode(made).decode()}')
        return ' '.join(found)

    def woocommerce(self, body: bytes) -> str:
        """X-WC-Webhook-Signature: over the body alone, keyed with the text of the secret."""
        made = hmac.digest(self.secrets[0].encode(), body, hashlib.sha256)
        return base64.b64encode(made).decode()


def _mac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
