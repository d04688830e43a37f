"""Rows of quotes: locked, taken a step further, written, announced."""

import datetime as dt
import typing
from collections.abc import Callable

from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, not_found
from karvo.kit.work import Work, atomic
from karvo.settings.reads import business_date, read_settings
from plugins.sales.models import OPEN, TRANSITIONS, Quote, QuoteLine
from plugins.sales.schemas import QuoteEvent, QuoteExpired, QuoteSnapshot

T = typing.TypeVar('T')
SHOWN = tuple(name for name in QuoteSnapshot.__struct_fields__ if name != 'customer_id')


def locked_quote(quote_id: int, version: int | None = None) -> Quote:
    """The row, locked; raises NotFound, or PreconditionFailed for another version."""
    quote = Quote.select().where(Quote.id == quote_id).for_update().get_or_none()
    if quote is None:
        raise not_found('Quote')
    if version is not None and version != quote.version:
        raise PreconditionFailed(f'the quote is at version {quote.version}')
    return quote


def take_step(
    quote_id: int,
    step: Callable[[Quote, Work], T],
    *,
    actor: Actor,
    version: int | None = None,
) -> T:
    """What `step` gives on the locked quote, in one unit of work.

    Raises Conflict where its time is over: it expires, which stands although the step is refused
    (unless a unit of work around this one is given up, or a frame of kit.idempotency).
    """
    with atomic() as work:
        quote = locked_quote(quote_id, version)
        if not is_over(quote, business_date(read_settings())):
            return step(quote, work)
        expire(quote, work, actor)
    raise Conflict(f'quote {quote.number} expired on {quote.valid_until}')


def is_over(quote: Quote, today: dt.date) -> bool:
    """Whether it waits for an answer that comes too late."""
    return quote.status in OPEN and quote.valid_until < today


def expire(quote: Quote, work: Work, actor: Actor) -> None:
    """Its last day has passed."""
    enter(QuoteExpired, quote, 'expired', work, actor)


def check_transition(quote: Quote, target: str) -> None:
    """Raises Conflict for what domain §16 does not list."""
    if target not in TRANSITIONS[quote.status]:
        raise Conflict(f'quote {quote.number} is {quote.status} and cannot become {target}')


def enter(
    kind: type[QuoteEvent],
    quote: Quote,
    target: str,
    work: Work,
    actor: Actor,
    **values: typing.Any,
) -> None:
    """Bring it to a status, with these columns, and say so. Raises Conflict."""
    check_transition(quote, target)
    previous = changed_members(quote, values | {'status': target})
    touch(quote, work, status=target, **values)
    announce(kind, quote, work, actor, previous)


def changed_members(quote: Quote, values: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """{name: what it was} of those values that an event shows and that differ."""
    shown = {name: value for name, value in values.items() if name in SHOWN}
    return {n: getattr(quote, n) for n, v in shown.items() if getattr(quote, n) != v}


def touch(quote: Quote, work: Work, **values: typing.Any) -> None:
    """Set these columns, and the version and time with them."""
    for name, value in values.items():
        setattr(quote, name, value)
    quote.version, quote.updated_at = quote.version + 1, work.at
    quote.save()


def store_lines(quote_id: int, lines: list[dict[str, typing.Any]]) -> None:
    """These lines instead of those that the quote had."""
    QuoteLine.delete().where(QuoteLine.quote == quote_id).execute()
    numbered = enumerate(lines, 1)
    QuoteLine.insert_many(
        [row | {'quote': quote_id, 'position': n} for n, row in numbered]
    ).execute()


def announce(
    kind: type[QuoteEvent],
    quote: Quote,
    work: Work,
    actor: Actor,
    previous: dict[str, typing.Any] | None = None,
    **changed: typing.Any,
) -> None:
    """Record an event of this quote; `changed` are members that its row does not hold yet."""
    shot: dict[str, typing.Any] = {name: getattr(quote, name) for name in SHOWN}
    shot['customer_id'] = quote.party_id
    event = kind(
        id=quote.id,
        uid=str(quote.uid),
        object=QuoteSnapshot(**shot | changed),
        previous=previous or {},
    )
    work.record(event, actor)
