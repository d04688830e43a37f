"""The one place that speaks with Stripe's library. Plain dicts and structs go in and come out.

The library holds its objects to itself here: since its version 15 they are no dicts, and code that
takes them for such fails at the first real delivery.
"""

import contextlib
import functools
import json
import threading
import typing
from collections.abc import Callable, Iterator

import msgspec

from karvo.config import config
from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Unavailable
from karvo.kit.lazy import lazy

stripe = lazy('stripe')

TOLERANCE = 300  #: seconds that a signature may be old, or ahead
TIMEOUT = (3.05, 12)  #: seconds to connect, to read
REFERENCES = {'latest_charge', 'payment_intent', 'charge', 'customer', 'balance_transaction'}
RETRIES = 2  #: by the library, under the same idempotency key
PAGES = 10  #: of 100 events in one turn

Shape = typing.TypeVar('Shape')


class Key(typing.NamedTuple):
    """Whose account is spoken for: a secret or restricted key, and a connected account of it."""

    api_key: str
    account: str = ''


def load() -> None:
    """Import the library in the background: the first delivery should not wait for it."""
    threading.Thread(target=lambda: stripe.WebhookSignature, daemon=True).start()


def is_signed(raw: bytes, header: str, secret: str) -> bool:
    """Whether this body was signed with this secret, within TOLERANCE of now either way."""
    try:
        stripe.WebhookSignature.verify_header(raw, header, secret, TOLERANCE)
        moment = next(part[2:] for part in header.split(',') if part.startswith('t='))
    except (stripe.SignatureVerificationError, ValueError, TypeError, StopIteration):
        return False
    return int(moment) <= clock.epoch() + TOLERANCE


def is_live(api_key: str) -> bool | None:
    """By the key's own name: sk_live_…, rk_test_…; None when it does not say."""
    return True if '_live_' in api_key else False if '_test_' in api_key else None


def allowed(key: Key, actor: Actor) -> Key:
    """The key, unless it moves real money for a sandbox (V2-11). Raises Conflict."""
    if actor.is_sandbox and is_live(key.api_key):
        raise Conflict('a sandbox asks Stripe with test keys only', code='erp_sandbox')
    return key


def read(shape: type[Shape], value: typing.Any) -> Shape:
    """A struct of what Stripe sent. Raises msgspec.ValidationError.

    What a reference names may stand in its place: where an endpoint or a request expands it.
    """
    if isinstance(value, dict):
        value = {name: _id_of(name, part) for name, part in value.items()}
    return msgspec.convert(value, shape, strict=False)


def _id_of(name: str, value: typing.Any) -> typing.Any:
    is_expanded = name in REFERENCES and isinstance(value, dict)
    return value.get('id') if is_expanded else value


def _plain(value: typing.Any) -> typing.Any:
    # The text of an object is JSON; `to_dict` would leave decimals and objects inside.
    return json.loads(str(value))


@functools.lru_cache(maxsize=64)
def _client(api_key: str) -> typing.Any:
    more: dict[str, typing.Any] = {}
    if config.stripe_api_base:
        more['base_addresses'] = {'api': config.stripe_api_base.rstrip('/')}
    return stripe.StripeClient(
        api_key,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        **more,
    )


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    """Stripe's errors in our words: Unavailable: ask again later; Conflict: never mind."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise _unavailable() from error
    except stripe.StripeError as error:
        status = error.http_status or 500
        if status >= 500 or status == 409 or isinstance(error, stripe.APIError):
            raise _unavailable() from error
        why = f'Stripe refused: {str(error)[:300]}'
        raise Conflict(why, code='erp_stripe_refused') from error


def _unavailable() -> Unavailable:
    return Unavailable('Stripe cannot be reached; try again', code='erp_stripe_unavailable')


def _call(
    key: Key,
    of: Callable[[typing.Any], Callable[..., typing.Any]],
    *args: str,
    params: dict[str, typing.Any] | None = None,
    once: str = '',
) -> typing.Any:
    options = {'stripe_account': key.account} if key.account else {}
    if once:
        options['idempotency_key'] = once
    with _asking():
        return of(_client(key.api_key).v1)(*args, params=params or {}, options=options)


def make_session(key: Key, params: dict[str, typing.Any], *, once: str) -> dict[str, typing.Any]:
    """A checkout session. `once` is the idempotency key. Raises Unavailable, Conflict."""
    return _dict(_call(key, lambda v1: v1.checkout.sessions.create, params=params, once=once))


def end_session(key: Key, session_id: str) -> None:
    """Nobody can pay on this page any more."""
    _call(key, lambda v1: v1.checkout.sessions.expire, session_id)


def make_portal(key: Key, params: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A session of the customer portal."""
    return _dict(_call(key, lambda v1: v1.billing_portal.sessions.create, params=params))


def find_price(key: Key, lookup_key: str) -> str | None:
    """The id of the active price with this lookup key."""
    params = {'lookup_keys': [lookup_key], 'active': True, 'limit': 1}
    found = _dict(_call(key, lambda v1: v1.prices.list, params=params))
    data = found.get('data') or []
    return data[0]['id'] if data else None


def balance_transaction(key: Key, name: str) -> dict[str, typing.Any]:
    """What Stripe kept of a payment."""
    return _dict(_call(key, lambda v1: v1.balance_transactions.retrieve, name))


def make_account(key: Key, params: dict[str, typing.Any], *, once: str) -> dict[str, typing.Any]:
    """A connected account of the platform."""
    return _dict(_call(key, lambda v1: v1.accounts.create, params=params, once=once))


def account(key: Key, name: str) -> dict[str, typing.Any]:
    """A connected account of the platform."""
    return _dict(_call(key, lambda v1: v1.accounts.retrieve, name))


def account_link(key: Key, params: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """A page on which the owner of a connected account tells Stripe who he is."""
    return _dict(_call(key, lambda v1: v1.account_links.create, params=params))


def report_usage(key: Key, params: dict[str, typing.Any], *, once: str) -> None:
    """A meter event; `identifier` in the params keeps Stripe from counting it twice."""
    _call(key, lambda v1: v1.billing.meter_events.create, params=params, once=once)


def missed_events(key: Key, since: int) -> Iterator[dict[str, typing.Any]]:
    """Events whose delivery failed, the newest first, as they were sent; at most some pages."""
    after: dict[str, str] = {}
    for _ in range(PAGES):
        params = {'delivery_success': False, 'limit': 100, 'created': {'gte': since}} | after
        page = _dict(_call(key, lambda v1: v1.events.list, params=params))
        data = page.get('data') or []
        yield from data
        if not page.get('has_more') or not data:
            return
        after = {'starting_after': data[-1]['id']}


def _dict(value: typing.Any) -> dict[str, typing.Any]:
    plain = _plain(value)
    return plain if isinstance(plain, dict) else {}
