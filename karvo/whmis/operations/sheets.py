"""Sheets entered, revised, put in force, withdrawn; the suppliers' files (WH-1 to WH-6)."""

import base64
import binascii
import datetime as dt
import hashlib
import typing

import msgspec
from msgspec import UNSET

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import (
    Conflict,
    Invalid,
    NotFound,
    PreconditionFailed,
    invalid,
    missing,
    not_found,
)
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.products.reads import product_by_name
from karvo.products.schemas import Match
from karvo.settings.reads import business_date, read_settings
from karvo.whmis.compute import completed, languages, review_due
from karvo.whmis.models import BY_DATE, TRANSITIONS, Sds, SdsFile
from karvo.whmis.reads import DAYS_AHEAD, notify_since, waiting_count
from karvo.whmis.schemas import (
    SdsChange,
    SdsContent,
    SdsEvent,
    WhmisCreated,
    WhmisSuperseded,
    WhmisUpdated,
)

LARGEST_FILE = 10_000_000  #: bytes (G-16)
#: What follows from the classification: taken anew with a new one.
FOLLOWING = ('signal_word', 'pictograms', 'h_statements')
EMPTY = SdsContent(revised_on=dt.date.min)


def create_sheet(sku: str, new: SdsChange, *, actor: Actor) -> int:
    """A version of its own, in force at once unless `status` says draft; the product's id.

    Raises NotFound, Missing (revised_on), Invalid (WH-5).
    """
    with atomic() as work:
        product = product_of(sku)
        if new.revised_on is UNSET:
            raise missing('revised_on')
        status = _first_status(new)
        content = _merged(EMPTY, new)
        _insert(product, content, status, work, actor)
    return product.id


def change_sheet(sku: str, change: SdsChange, *, actor: Actor, version: int | None = None) -> int:
    """Change a draft; of a sheet in force make the next version. Returns the product's id.

    Raises NotFound, Invalid (WH-5), Conflict (a status that does not follow), PreconditionFailed.
    """
    with atomic() as work:
        product = product_of(sku)
        row = _latest(product.id, version)
        before = msgspec.convert(row.content, SdsContent, strict=False)
        content = _merged(before, change)
        status = row.state if change.status is UNSET else change.status
        if status == 'superseded':
            _withdraw(row, product, work, actor)
        elif row.state == 'draft':
            _change_draft(row, product, content, status, work, actor)
        elif content != before:
            _insert(product, content, status if status == 'draft' else 'current', work, actor)
        else:
            _check_step(row, status)
    return product.id


def keep_file(sku: str, language: str, content: str, *, actor: Actor) -> int:
    """Keep the supplier's own sheet with the latest version; the product's id.

    `content`: a PDF in base64. Raises NotFound, Invalid.
    """
    body = _pdf(content)
    with atomic() as work:
        product = product_of(sku)
        row = _latest(product.id, None)
        of = (SdsFile.sds == row) & (SdsFile.language == language)
        SdsFile.delete().where(of).execute()
        digest = hashlib.sha256(body).hexdigest()
        SdsFile.create(
            sds=row,
            language=language,
            size=len(body),
            sha256=digest,
            body=body,
            created_at=work.at,
        )
        _touch(row, work)
        previous = {f'pdf_{language}': None}
        _announce(
            WhmisUpdated, row, product.sku, work, actor, previous, **{f'pdf_{language}': digest}
        )
    return product.id


def product_of(sku: str) -> Match:
    """By any of its names. Raises NotFound in the rule's words (WH-6)."""
    product = product_by_name(sku)
    if product is None:
        raise not_found('Product')
    return product


def no_sheet() -> NotFound:
    """In the rule's words (WH-6)."""
    return NotFound('no SDS for this product')


def _pdf(content: str) -> bytes:
    try:
        body = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(content='must be base64') from None
    if not body.startswith(b'%PDF-'):
        raise invalid(content='must be a PDF')
    if len(body) > LARGEST_FILE:
        raise invalid(content=f'must have at most {LARGEST_FILE} bytes')
    return body


def _first_status(new: SdsChange) -> str:
    status = 'current' if new.status is UNSET else new.status
    if status == 'superseded':
        raise invalid(status='must be draft or current')
    return status


def _merged(before: SdsContent, change: SdsChange) -> SdsContent:
    given = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    given.pop('status', None)
    if 'classification' in given:
        for name in FOLLOWING:
            given.setdefault(name, None)
    values = msgspec.structs.asdict(before)
    for name, value in given.items():
        values[name] = getattr(EMPTY, name) if value is None else value
    if given.get('sections'):
        values['sections'] = before.sections | given['sections']
    content = completed(SdsContent(**values))
    _check_dates(content)
    return content


def _check_dates(content: SdsContent) -> None:
    today = business_date(read_settings())
    if not clock.is_business_date(content.revised_on, today):
        raise invalid(revised_on=f'must be from {clock.EARLIEST} to {clock.latest(today)}')
    if content.issued_on and content.issued_on > content.revised_on:
        raise invalid(issued_on='must not be after revised_on')


def _latest(product_id: int, version: int | None) -> Sds:
    """The version that a change is about: the newest that was not superseded. Locked."""
    live = (Sds.product == product_id) & (Sds.state != 'superseded')
    newest = Sds.select().where(live).order_by(Sds.version_no.desc()).limit(1)
    found: Sds | None = newest.for_update().get_or_none()
    if found is None:
        raise no_sheet()
    if version is not None and version != found.version:
        raise PreconditionFailed(f'the sheet is at version {found.version}')
    return found


def status_of(row: Sds, today: dt.date) -> str:
    """With what the date makes of it."""
    if row.state != 'current':
        return str(row.state)
    if row.review_due < today:
        return 'expired'
    return 'review_due' if (row.review_due - today).days <= DAYS_AHEAD else 'current'


def _check_step(row: Sds, target: str) -> None:
    """Raises Conflict for what domain §16 does not list; staying is no step."""
    status = status_of(row, business_date(read_settings()))
    stays = target == row.state
    if not stays and target not in TRANSITIONS[status] - BY_DATE:
        raise Conflict(f'a {status} sheet cannot become {target}')


def _insert(product: Match, content: SdsContent, status: str, work: Work, actor: Actor) -> None:
    # The product's row is the lock: two revisions at once get two numbers, one after the other.
    sql = 'SELECT 1 FROM @product WHERE id = %(id)s FOR UPDATE'
    database.run(sql, {'id': product.id})
    newest = Sds.select(Sds.version_no).where(Sds.product == product.id)
    number = (newest.order_by(Sds.version_no.desc()).limit(1).scalar() or 0) + 1
    if status == 'current':
        _check_publishable(product, content)
        _supersede(product, work, actor)
    row = Sds.create(
        uid=ids.uuid7(),
        key=ids.random_key(),
        product=product.id,
        version_no=number,
        state=status,
        created_at=work.at,
        updated_at=work.at,
        **_columns(content, product),
    )
    _announce(WhmisCreated, row, product.sku, work, actor, {})
    if status == 'current':
        _tell_in_force(row, product, work, actor, {'status': None})


def _columns(content: SdsContent, product: Match) -> dict[str, typing.Any]:
    identifier = content.product_identifier or product.name_en
    content = msgspec.structs.replace(content, product_identifier=identifier)
    codes = sorted({one.class_code for one in content.classification})
    other = ' '.join(content.other_identifiers)
    return {
        'product_identifier': identifier,
        'signal_word': content.signal_word,
        'supplier': fold(content.supplier.name),
        'classes': f' {" ".join(codes)} ' if codes else '',
        'hpr_version': content.hpr_version,
        'revised_on': content.revised_on,
        'review_due': review_due(content.revised_on, content.review_months),
        'languages': languages(content),
        'content': msgspec.to_builtins(content, builtin_types=()),
        'search_text': fold(product.sku, identifier, other, content.supplier.name),
    }


def _check_publishable(product: Match, content: SdsContent) -> None:
    """WH-5: a hazardous product says which hazard."""
    if product.hazardous and not content.classification:
        raise Invalid(
            f'{product.sku} is hazardous: its sheet needs a classification',
            fields={'classification': 'is required for a hazardous product'},
        )


def _supersede(product: Match, work: Work, actor: Actor) -> None:
    """The version in force, if there is one, gives way."""
    row = Sds.select().where((Sds.product == product.id) & (Sds.state == 'current'))
    for older in row.for_update():
        _end(older, product, work, actor)


def _end(row: Sds, product: Match, work: Work, actor: Actor) -> None:
    previous = {'status': row.state}
    row.state = 'superseded'
    _touch(row, work)
    _announce(WhmisSuperseded, row, product.sku, work, actor, previous)


def _withdraw(row: Sds, product: Match, work: Work, actor: Actor) -> None:
    _check_step(row, 'superseded')
    _end(row, product, work, actor)


def _change_draft(
    row: Sds, product: Match, content: SdsContent, status: str, work: Work, actor: Actor
) -> None:
    _check_step(row, status)
    previous = {'status': row.state, 'revised_on': row.revised_on}
    if status == 'current':
        _check_publishable(product, content)
        _supersede(product, work, actor)
    for name, value in _columns(content, product).items():
        setattr(row, name, value)
    row.state = status
    _touch(row, work)
    if status == 'current':
        _tell_in_force(row, product, work, actor, previous)
    else:
        _announce(WhmisUpdated, row, product.sku, work, actor, previous)


def _tell_in_force(
    row: Sds, product: Match, work: Work, actor: Actor, previous: dict[str, typing.Any]
) -> None:
    since = notify_since(business_date(read_settings()))
    count = waiting_count(product.id, row.id, since)
    _announce(WhmisUpdated, row, product.sku, work, actor, previous, customers_to_notify=count)


def _touch(row: Sds, work: Work) -> None:
    row.version, row.updated_at = row.version + 1, work.at
    row.save()


def snapshot(row: Sds, sku: str) -> dict[str, typing.Any]:
    """A sheet in an event."""
    return {
        'id': row.id,
        'sku': sku,
        'product_id': row.product_id,
        'version_no': row.version_no,
        'status': row.state,
        'signal_word': row.signal_word,
        'revised_on': row.revised_on,
        'review_due': row.review_due,
        'languages': row.languages.split('+') if row.languages else [],
        'version': row.version,
    }


def _announce(
    kind: type[SdsEvent],
    row: Sds,
    sku: str,
    work: Work,
    actor: Actor,
    previous: dict[str, typing.Any],
    **more: typing.Any,
) -> None:
    shot = snapshot(row, sku) | more
    work.record(kind(id=row.id, uid=str(row.uid), object=shot, previous=previous), actor)
