"""What a webhook keeps encrypted: its secrets, its private key, the values of its headers."""

import base64
import binascii
import datetime as dt
import secrets

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from karvo.kit import crypto
from karvo.kit.errors import invalid
from karvo.webhooks.schemas import SigningSecret

SECRET, PUBLIC = 'whsec_', 'whpk_'
LEAST, MOST, OWN = 24, 64, 32  #: bytes: of a secret that is sent, of one that is made here


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base64."""
    return SECRET + base64.b64encode(secrets.token_bytes(OWN)).decode()


def check_secret(text: str) -> str:
    """The secret as it is; raises Invalid unless it is whsec_ and 24 to 64 bytes in base64."""
    try:
        size = len(base64.b64decode(text.removeprefix(SECRET), validate=True))
    except (binascii.Error, ValueError):
        size = 0
    if not text.startswith(SECRET) or not LEAST <= size <= MOST:
        raise invalid(secret=f'must be whsec_ and {LEAST} to {MOST} bytes in base64')
    return text


def seal_secrets(values: list[SigningSecret]) -> bytes:
    """The newest first."""
    return crypto.encrypt(msgspec.json.encode(values))


def open_secrets(sealed: bytes) -> list[SigningSecret]:
    """All of them, expired ones too. Raises BadConfig without the right KARVO_SECRET_KEY."""
    return msgspec.json.decode(crypto.decrypt(bytes(sealed)), type=list[SigningSecret])


def live(values: list[SigningSecret], now: dt.datetime) -> list[SigningSecret]:
    """Those that sign at this moment, the newest first."""
    return [one for one in values if one.expires_at is None or one.expires_at > now]


def seal_headers(headers: dict[str, str]) -> bytes | None:
    """None for none."""
    return crypto.encrypt(msgspec.json.encode(headers)) if headers else None


def open_headers(sealed: bytes | None) -> dict[str, str]:
    """{name: value}. Raises BadConfig."""
    if not sealed:
        return {}
    return msgspec.json.decode(crypto.decrypt(bytes(sealed)), type=dict[str, str])


def new_key_pair() -> tuple[bytes, str]:
    """An ed25519 key: (its 32-byte seed, encrypted; the public key as `whpk_…`)."""
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    return crypto.encrypt(key.private_bytes_raw()), PUBLIC + public
