"""Credentials: made at random, shown once, stored as hashes."""

import base64
import hashlib
import hmac
import re
import secrets

import bcrypt

from karvo.kit.ids import random_key

KEY = re.compile(r'se_[0-9A-Za-z]{16,100}')
NOT_ALPHANUMERIC = re.compile(r'[^0-9A-Za-z]')
LONGEST_PASSWORD = 4096


def new_api_key() -> str:
    """`se_` and 40 base62 characters, about 238 bits."""
    return f'se_{random_key(40)}'


def digest(secret: str) -> str:
    """SHA-256: enough for secrets that nobody can guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_application_password() -> str:
    """Six groups of four, as WordPress shows them."""
    plain = random_key(24)
    return ' '.join(plain[n : n + 4] for n in range(0, 24, 4))


def application_digest(password: str) -> str:
    """`$generic$` + BLAKE2b of the letters and digits (WordPress 6.8's fast hash)."""
    plain = NOT_ALPHANUMERIC.sub('', password)
    hashed = hashlib.blake2b(plain.encode(), key=b'wp_fast_hash_6.8+', digest_size=30).digest()
    return '$generic$' + base64.urlsafe_b64encode(hashed).decode().rstrip('=')


def new_password() -> str:
    """A log-in password for somebody who will change it."""
    return secrets.token_urlsafe(15)


def password_hash(password: str) -> str:
    """`$wp$2y$…`, WordPress 6.8's own: bcrypt over an HMAC, so that length does not matter."""
    return '$wp' + bcrypt.hashpw(_prepared(password), bcrypt.gensalt(10, b'2a')).decode().replace(
        '$2a$', '$2y$', 1
    )


def is_password(password: str, stored: str) -> bool:
    """Whether the password fits a `$wp$2y$…` hash."""
    if len(password) > LONGEST_PASSWORD or not stored.startswith('$wp$2y$'):
        return False
    hashed = stored.removeprefix('$wp').replace('$2y$', '$2b$', 1)
    return bcrypt.checkpw(_prepared(password), hashed.encode())


def _prepared(password: str) -> bytes:
    keyed = hmac.new(b'wp-sha384', password.strip().encode(), hashlib.sha384).digest()
    return base64.b64encode(keyed)
