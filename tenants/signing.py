"""Signed requests: a key may demand that whoever shows it also proves to hold a second secret.

What is signed, with HMAC-SHA256 under the key's signing secret (its text as UTF-8):

    <X-Timestamp>.<METHOD>.<path>.<body>

the timestamp as sent (whole seconds since 1970, at most 300 away from this machine's clock), the
method in capitals as it is carried out (a method override counts), the path with its query string
exactly as it stood in the request line, the body's bytes exactly as received (none = nothing
behind the last dot). The answer goes into `X-Signature: sha256=<64 hexadecimal digits>`.

Other headers are not signed. A write's signature is good once: it is kept in the control plane
until its time is over, so that what was overheard cannot be sent again, whatever Idempotency-Key
somebody puts beside it. Who repeats a write signs it anew, under its old Idempotency-Key. Reads
may be repeated within the window. A batch is signed as a whole.
"""

import datetime as dt
import hashlib
import hmac
import io
import re
import urllib.parse

import falcon
import msgspec
from falcon.stream import BoundedStream

from karvo.kit import clock, crypto, ids
from karvo.kit.errors import TooLarge, Unauthenticated
from karvo.kit.http import WRITES
from karvo.kit.requests import LARGEST_BODY
from tenants.models import ControlIdempotencyKey

TOLERANCE = 300  #: seconds, either way
SIGNATURE = re.compile(r'sha256=([0-9a-fA-F]{64})')
TIMESTAMP = re.compile(r'[0-9]{1,12}')
RECEIVED = 'karvo.received'  #: of the environment: what is signed. No client can set it
CODE = 'erp_invalid_signature'


class Received(msgspec.Struct):
    """A request as it came over the wire."""

    method: str
    target: str  #: path and query string
    body: bytes
    is_spent: bool = False  #: its signature was noted: parts of a batch share it


def new_signing_secret() -> str:
    """`sig_` and 40 base62 characters."""
    return f'sig_{ids.secret_key(40)}'


def seal(secret: str) -> bytes:
    """As it is stored."""
    return crypto.encrypt(secret.encode())


def sign(secret: str, timestamp: str, method: str, target: str, body: bytes) -> str:
    """The value of X-Signature."""
    signed = f'{timestamp}.{method}.{target}.'.encode() + body
    return f'sha256={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}'


def check_signature(
    secret: str, received: Received, timestamp: str | None, signature: str | None, now: float
) -> None:
    """Raises Unauthenticated where a header is missing, the time is off, or it does not fit."""
    if not signature or not timestamp:
        raise _refusal('the key wants signed requests: X-Timestamp and X-Signature')
    if not TIMESTAMP.fullmatch(timestamp) or abs(int(timestamp) - now) > TOLERANCE:
        raise _refusal(f'X-Timestamp must be now, in seconds since 1970, to {TOLERANCE} s')
    fits = sign(secret, timestamp, received.method, received.target, received.body)
    given = SIGNATURE.fullmatch(signature)
    if given is None or not hmac.compare_digest(fits, f'sha256={given[1].lower()}'):
        raise _refusal('X-Signature does not fit the request')


def check_request(req: falcon.Request, sealed: bytes, credential: str) -> None:
    """Of a request with a key that demands it; its body can be read afterwards as always.

    Raises Unauthenticated, TooLarge.
    """
    received, now = keep_received(req), clock.epoch()
    signature = req.get_header('X-Signature')
    secret = crypto.decrypt(sealed).decode()
    check_signature(secret, received, req.get_header('X-Timestamp'), signature, now)
    if received.method in WRITES and not received.is_spent:
        _spend(f'signature:{credential}:{(signature or "").lower()}')
        received.is_spent = True


def keep_received(req: falcon.Request) -> Received:
    """What is signed; a part of a batch answers with the request that brought it."""
    known: Received | None = req.env.get(RECEIVED)
    if known is None:
        known = Received(req.method, _target(req), _body(req))
        req.env[RECEIVED] = known
    return known


def is_signed(req: falcon.Request) -> bool:
    """Whether the credential demanded a signature: then only what was signed is to be believed."""
    return RECEIVED in req.env


def _target(req: falcon.Request) -> str:
    """As it stood in the request line, where the server tells; else as near as can be."""
    path = urllib.parse.quote(
        req.env.get('PATH_INFO', '').encode('latin-1'), safe="/:@!$&'()*+,;=~"
    )
    target = str(req.env.get('RAW_URI') or req.env.get('REQUEST_URI') or path)
    if not target.startswith('/'):  # a proxy's form: http://host/path
        target = '/' + target.partition('://')[2].partition('/')[2]
    query = req.env.get('QUERY_STRING', '')
    return target if '?' in target or not query else f'{target}?{query}'


def _body(req: falcon.Request) -> bytes:
    """Read once, and put back for whoever reads it next."""
    largest = getattr(getattr(req.context, 'resource', None), 'largest', LARGEST_BODY)
    size = req.content_length or 0
    if size > largest:
        raise TooLarge(f'The body must have at most {largest} bytes')
    body: bytes = BoundedStream(req.env['wsgi.input'], size).read() if size else b''
    req.env['wsgi.input'] = req.stream = io.BytesIO(body)
    return body


def _spend(name: str) -> None:
    """Note it beside the Idempotency-Keys, which are forgotten by the same job."""
    now = clock.now()
    noted = (
        ControlIdempotencyKey.insert(
            digest=hashlib.sha256(name.encode()).hexdigest(),
            body_digest='',
            holder='signature',
            locked_until=now,
            expires_at=now + dt.timedelta(seconds=2 * TOLERANCE),
        )
        .on_conflict_ignore()
        .as_rowcount()
        .execute()
    )
    if not noted:
        raise _refusal('X-Signature was used already: sign the request anew')


def _refusal(text: str) -> Unauthenticated:
    return Unauthenticated(text, code=CODE, is_given=True)
