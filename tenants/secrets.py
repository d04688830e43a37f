"""Credentials: made at random, shown once, stored as hashes."""

import hashlib
import re
import secrets

from karvo.kit.ids import secret_key
from tenants import wp_hashes

KEY = re.compile(r'se_[0-9A-Za-z]{16,100}')
NOT_ALPHANUMERIC = re.compile(r'[^0-9A-Za-z]')


def new_api_key() -> str:
    """`se_` and 40 base62 characters, about 238 bits."""
    return f'se_{secret_key(40)}'


def digest(secret: str) -> str:
    """SHA-256: enough for secrets that nobody can guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def new_application_password() -> str:
    """Six groups of four, as WordPress shows them."""
    plain = secret_key(24)
    return ' '.join(plain[n : n + 4] for n in range(0, 24, 4))


def application_plain(password: str) -> str:
    """What counts of an application password: its letters and digits."""
    return NOT_ALPHANUMERIC.sub('', password)


def application_digest(password: str) -> str:
    """`$generic$` + BLAKE2b of the letters and digits (WordPress 6.8's fast hash)."""
    return wp_hashes.generic_hash(application_plain(password))


def new_password() -> str:
    """A log-in password for somebody who will change it."""
    return secrets.token_urlsafe(15)


def password_hash(password: str) -> str:
    """`$wp$2y$…`, WordPress 6.8's own. Blanks around it are not part of a password."""
    return wp_hashes.wp_hash(password)


def is_password(password: str, stored: str) -> bool:
    """Whether a log-in password fits, in any of the forms that WordPress ever stored.

    How long it takes tells the form: for people who sign in there is `tenants.sign_in`.
    """
    if wp_hashes.kind(stored) == 'generic':
        return False  # an application password's form
    # All variants, so that nothing tells which of them it was.
    tried = [wp_hashes.fits(variant, stored) for variant in wp_hashes.variants(password)]
    return any(tried)


def needs_rehash(stored: str) -> bool:
    """Whether the next right sign-in should store the password anew."""
    return wp_hashes.needs_rehash(stored)
