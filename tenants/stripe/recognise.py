"""Whose secret signed a delivery: that, and nothing in the body, says whom to believe."""

import functools

import msgspec

from karvo.config import config
from karvo.kit import clock, crypto
from karvo.stripe.client import is_signed
from tenants.models import StripeEndpoint

PLATFORM = 'platform'
#: On the URL that all share the secrets of companies are tried too, one by one: so many of them,
#: on bodies up to this size. A company's own URL has no such bounds.
MOST_TRIED, LARGEST_TRIED = 500, 100_000
REMEMBER = 5  #: seconds


def scope_of(raw: bytes, header: str, key: str = '') -> str | None:
    """`platform`, `company:<id>`, or None when no secret fits. `key` is that of the URL."""
    if not header:
        return None
    if key:
        is_sane = key.isascii() and key.isalnum()
        row = StripeEndpoint.get_or_none(StripeEndpoint.key == key) if is_sane else None
        return _fitting([(row.company_id, _secrets(row))], raw, header) if row else None
    for secret in config.stripe_webhook_secret:
        if is_signed(raw, header, secret):
            return PLATFORM
    if len(raw) > LARGEST_TRIED:
        return None
    return _fitting(_remembered(int(clock.epoch() // REMEMBER)), raw, header)


def company_of_scope(scope: str) -> int | None:
    """The company whose own secret it was."""
    kind, _, number = scope.partition(':')
    return int(number) if kind == 'company' else None


def _fitting(owned: list[tuple[int, list[str]]], raw: bytes, header: str) -> str | None:
    for company_id, secrets in owned:
        if any(is_signed(raw, header, secret) for secret in secrets):
            return f'company:{company_id}'
    return None


@functools.lru_cache(maxsize=1)
def _remembered(period: int) -> list[tuple[int, list[str]]]:
    query = StripeEndpoint.select().where(StripeEndpoint.secrets.is_null(False))
    rows = query.order_by(StripeEndpoint.updated_at.desc()).limit(MOST_TRIED)
    return [(row.company_id, _secrets(row)) for row in rows]


def forget() -> None:
    """The secrets of a company changed; other processes see it within REMEMBER seconds."""
    _remembered.cache_clear()


def _secrets(row: StripeEndpoint) -> list[str]:
    if row.secrets is None:
        return []
    return msgspec.json.decode(crypto.decrypt(bytes(row.secrets)), type=list[str])
