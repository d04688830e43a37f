"""Signing in with the log-in password: sessions of browsers, their nonces, the throttle.

A session is a random token in a cookie and its hash in the database. It ends 12 hours after the
sign-in, used or not. The log-in password opens nothing but these pages.
"""

import datetime as dt
import hashlib
import hmac
import secrets

from karvo.kit import clock
from karvo.kit.errors import RateLimited, Unauthenticated
from tenants.models import Session, User
from tenants.secrets import digest
from tenants.shared import limits
from tenants.sign_in import sign_in

LASTS = dt.timedelta(hours=12)
WINDOW = 15 * 60  #: seconds
WRONG_PER_ACCOUNT = 10  #: from one address, in a window
WRONG_PER_ADDRESS = 100  #: whatever the account, in a window


def new_token() -> str:
    """For a cookie: 256 random bits."""
    return secrets.token_urlsafe(32)


def nonce_of(token: str) -> str:
    """What a form must send back: follows from the cookie, and does not tell it."""
    return hmac.new(token.encode(), b'karvo form', hashlib.sha256).hexdigest()[:32]


def is_nonce(given: str, token: str) -> bool:
    """Whether the form was written for the browser with this cookie."""
    return bool(token) and hmac.compare_digest(given.encode(), nonce_of(token).encode())


def user_with(login: str, password: str, ip: str, tenant_id: int | None = None) -> User:
    """Who this is, by log-in name or e-mail, of any tenant or of this one.

    Raises Unauthenticated (the right password of another tenant's person is wrong), RateLimited.
    Ten wrong tries in 15 minutes close an account to that address, not to others; unknown names
    take as long as wrong passwords.
    """
    buckets = {
        f'sign-in:{ip}:{login.strip().lower()}': WRONG_PER_ACCOUNT,
        f'sign-in:{ip}': WRONG_PER_ADDRESS,
    }
    now = clock.epoch()
    for bucket, most in buckets.items():
        if limits().blocked(bucket, most, now, WINDOW):
            wait = limits().take(bucket, most, now, window=WINDOW).retry_after
            raise RateLimited('Too many wrong attempts', max(wait, 1))
    user = sign_in(login, password, tenant_id)
    if user is None:
        for bucket, most in buckets.items():
            limits().take(bucket, most, now, window=WINDOW)
        raise Unauthenticated('Wrong user name or password', is_given=True)
    return user


def open_session(user: User, before: str = '') -> str:
    """A new token, whatever the browser had `before`; that one, and what is over, are forgotten."""
    now, token = clock.now(), new_token()
    end_session(before)
    Session.delete().where(Session.expires_at <= now).execute()
    Session.create(digest=digest(token), user=user, created_at=now, expires_at=now + LASTS)
    return token


def user_of(token: str) -> User | None:
    """Who is signed in; None for nobody, or when the session is over."""
    if not token:
        return None
    query = Session.select(Session, User).join(User).where(Session.digest == digest(token))
    session = query.where(Session.expires_at > clock.now()).get_or_none()
    return session.user if session else None


def end_session(token: str) -> None:
    """The token opens nothing any more."""
    if token:
        Session.delete().where(Session.digest == digest(token)).execute()
