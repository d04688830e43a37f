"""Changing a claim: its facts while it is looked into, its status by the table (CLM-2)."""

import datetime as dt
import typing
from collections.abc import Callable

import msgspec
from msgspec import UNSET

from karvo.claims.models import TRANSITIONS, Claim, ClaimLine
from karvo.claims.operations.opening import (
    amount_of,
    announce,
    asked_for,
    described,
    invoice_for_claim,
    store_lines,
)
from karvo.claims.operations.resolving import execute
from karvo.claims.reads import claimed_invoice
from karvo.claims.schemas import (
    ClaimApproved,
    ClaimChange,
    ClaimClosed,
    ClaimEvent,
    ClaimRejected,
    ClaimReopened,
    ClaimResolved,
    ClaimUnderReview,
    ClaimUpdated,
    NewClaimLine,
)
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, invalid, missing, not_found
from karvo.kit.money import ZERO
from karvo.kit.work import Work, atomic
from karvo.settings.reads import business_date, read_settings

REOPENED_WITHIN = dt.timedelta(days=30)  #: of closing
#: What is claimed stands once it was decided upon; what was decided once it was carried out.
FACTS = ('type', 'description', 'lines', 'amount_claimed')
DECISION = ('amount_approved', 'resolution')
WITH_MONEY = ('credit_note', 'refund')
EVENTS: dict[str, type[ClaimEvent]] = {
    'under_review': ClaimUnderReview,
    'approved': ClaimApproved,
    'rejected': ClaimRejected,
    'resolved': ClaimResolved,
    'closed': ClaimClosed,
}


def change_claim(
    claim_id: int, change: ClaimChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the claim; a status that it has already is no change.

    Raises NotFound, PreconditionFailed, Conflict (no such transition, decided already), Missing
    (what the new status needs), Invalid.
    """
    values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    with atomic() as work:
        claim = _locked(claim_id, version)
        target = values.pop('status', claim.status)
        _check_transition(claim, target)
        previous = _merge(claim, values)
        _check_granted(claim)
        if target == 'approved' or (target == 'resolved' and claim.resolved_at is None):
            _check_approval(claim)
        if target != claim.status:
            previous['status'] = claim.status
            _enter(claim, target, work, actor, previous)
        elif previous:
            _save(claim, work)
            announce(ClaimUpdated, claim, previous, work, actor)


def _locked(claim_id: int, version: int | None) -> Claim:
    claim = Claim.select().where(Claim.id == claim_id).for_update().get_or_none()
    if claim is None:
        raise not_found('Claim')
    if version is not None and version != claim.version:
        raise PreconditionFailed(f'the claim is at version {claim.version}')
    return claim


def _check_transition(claim: Claim, target: str) -> None:
    if target != claim.status and target not in TRANSITIONS[claim.status]:
        raise Conflict(f'a claim that is {_said(claim.status)} cannot become {_said(target)}')


def _said(status: str) -> str:
    return status.replace('_', ' ')


def _merge(claim: Claim, values: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Set what differs; {name: what it was}."""
    lines = values.pop('lines', None)
    if lines is not None and _are_same(lines, _lines(claim)):
        lines = None
    if 'description' in values:
        values['description'] = described(values['description'])
    changed = {n: v for n, v in values.items() if getattr(claim, n) != v}
    _check_free(claim, {*changed, *(['lines'] if lines is not None else [])})
    previous = {name: getattr(claim, name) for name in changed}
    for name, value in changed.items():
        setattr(claim, name, value)
    if lines is not None or 'amount_claimed' in changed:
        previous |= _ask_anew(claim, lines, has_amount='amount_claimed' in values)
    return previous


def _lines(claim: Claim) -> list[ClaimLine]:
    return list(ClaimLine.select().where(ClaimLine.claim == claim.id).order_by(ClaimLine.position))


def _are_same(sent: list[NewClaimLine], lines: list[ClaimLine]) -> bool:
    """Lines sent back as they were read are no change (G-10)."""
    if len(sent) != len(lines):
        return False
    return all(
        (new.sku.upper(), new.qty) == (old.sku.upper(), old.qty)
        and new.amount in (None, old.amount)
        and new.description in (None, old.description)
        for new, old in zip(sent, lines, strict=True)
    )


def _check_free(claim: Claim, names: set[str]) -> None:
    """Facts stand once they were decided upon, decisions once they were carried out."""
    if claim.status not in ('open', 'under_review') and (fixed := names.intersection(FACTS)):
        raise Conflict(f'{min(fixed)} cannot change: the claim is {_said(claim.status)}')
    if claim.resolved_at is not None and (fixed := names.intersection((*FACTS, *DECISION))):
        raise Conflict(f'{min(fixed)} cannot change: the claim was resolved')


def _ask_anew(claim: Claim, lines: typing.Any, *, has_amount: bool) -> dict[str, typing.Any]:
    """New lines, a new amount, or both, by the rules of a new claim (CLM-1)."""
    before = claim.amount_claimed
    invoice = None
    if claim.document_id is not None:
        invoice = claimed_invoice(invoice_for_claim(claim.document_id).id)
    asked = asked_for(lines or [], invoice, claim.party.code, own_id=claim.id)
    if lines is not None:
        store_lines(claim.id, asked)
    given = before if has_amount or not lines else None
    claim.amount_claimed = amount_of(given, asked, invoice)
    if (claim.amount_approved or ZERO) > claim.amount_claimed:
        raise invalid(amount_claimed='must not be less than amount_approved')
    return {} if claim.amount_claimed == before else {'amount_claimed': before}


def _check_granted(claim: Claim) -> None:
    if (claim.amount_approved or ZERO) > claim.amount_claimed:
        raise invalid(amount_approved=f'must be at most {claim.amount_claimed}, what is claimed')


def _check_approval(claim: Claim) -> None:
    """CLM-2: what is granted, and how."""
    if claim.resolution is None:
        raise missing('resolution')
    if claim.resolution in WITH_MONEY and claim.amount_approved is None:
        raise missing('amount_approved')
    if claim.resolution in WITH_MONEY and not claim.amount_approved:
        raise invalid(amount_approved='must be more than 0')
    if claim.resolution == 'refund' and claim.document_id is None:
        raise invalid(resolution='refund needs an invoice that was paid')
    if claim.resolution == 'replacement' and not _lines(claim):
        raise invalid(resolution='replacement needs lines')


def _enter(
    claim: Claim, target: str, work: Work, actor: Actor, previous: dict[str, typing.Any]
) -> None:
    before = claim.status
    if enter := ENTER.get(target):
        enter(claim, work, actor)
    is_first = target == 'resolved' and claim.resolved_at is None
    if is_first:
        execute(claim, actor)
        claim.resolved_at = work.at
    claim.status = target
    _save(claim, work)
    kind = EVENTS[target]
    if before == 'closed':
        kind = ClaimReopened
    elif target == 'resolved' and not is_first:
        kind = ClaimUpdated  # what was carried out once is announced once
    announce(kind, claim, previous, work, actor)


def _reject(claim: Claim, work: Work, actor: Actor) -> None:
    if not (claim.resolution_note or '').strip():
        raise missing('resolution_note')


def _review(claim: Claim, work: Work, actor: Actor) -> None:
    """Reopening has its time; from `open` there is nothing to check."""
    if claim.closed_on is None:
        return
    if business_date(read_settings()) > claim.closed_on + REOPENED_WITHIN:
        raise Conflict(f'the claim was closed on {claim.closed_on}, more than 30 days ago')
    claim.closed_on = None


def _close(claim: Claim, work: Work, actor: Actor) -> None:
    claim.closed_on = business_date(read_settings())


ENTER: dict[str, Callable[[Claim, Work, Actor], None]] = {
    'rejected': _reject,
    'under_review': _review,
    'closed': _close,
}


def _save(claim: Claim, work: Work) -> None:
    claim.version, claim.updated_at = claim.version + 1, work.at
    claim.save()
