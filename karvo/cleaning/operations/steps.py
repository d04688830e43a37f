"""What becomes of a contract: in force, suspended, ended, renewed (CLN-4, domain §16, L-2)."""

import datetime as dt
import typing

from karvo.cleaning.compute import DAY, indexations, indexed, successor_end
from karvo.cleaning.models import (
    TRANSITIONS,
    CleaningContract,
    CleaningLine,
    CleaningSuspension,
)
from karvo.cleaning.operations.contracts import (
    announce,
    create_contract,
    insert_contract,
    locked_contract,
    save_contract,
)
from karvo.cleaning.operations.visits import cancel_from
from karvo.cleaning.schemas import (
    ContractActivated,
    ContractEvent,
    ContractExpired,
    ContractExpiring,
    ContractRenewed,
    ContractResumed,
    ContractSuspended,
    ContractTerminated,
    FromDay,
    NewContract,
    NewContractLine,
    Renewal,
)
from karvo.customers.language import is_in_quebec
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, invalid, missing
from karvo.kit.money import cents
from karvo.kit.work import Work, atomic
from karvo.mail.operations import notify_admin
from karvo.settings.reads import business_date, read_settings

COPIED = (
    'party_id', 'name', 'site', 'site_city', 'key_code', 'auto_renew', 'renewal_notice_days',
    'billing', 'billing_day', 'indexation_pct', 'indexation_month', 'currency', 'language',
    'fr_version_delivered_at', 'visit_time', 'po_reference', 'crew', 'notes', 'metadata',
)  # fmt: skip


def enter_contract(new: NewContract, *, actor: Actor) -> int:
    """A draft, or in force at once; the id. Raises Missing, Invalid (CLN-1), Conflict (L-2)."""
    with atomic() as work:
        row = create_contract(new, actor=actor)
        if new.status == 'active':
            _activate(row, work, actor)
    return int(row.id)


def activate_contract(contract_id: int, *, actor: Actor, version: int | None = None) -> None:
    """In force. Raises NotFound, Conflict (its state; no French version handed over, L-2)."""
    with atomic() as work:
        row = locked_contract(contract_id, version)
        check_step(row, 'active', since='draft')
        _activate(row, work, actor)


def suspend_contract(
    contract_id: int, step: FromDay, *, actor: Actor, version: int | None = None
) -> None:
    """No service and no charge from that day on. Raises NotFound, Invalid, Conflict."""
    with atomic() as work:
        row = locked_contract(contract_id, version)
        check_step(row, 'suspended')
        since = _day_of(row, step)
        CleaningSuspension.create(contract=row, since=since)
        cancel_from(row, since, work, actor, is_planned_anew=True)
        _become(row, 'suspended', ContractSuspended, work, actor, step.reason, since=since)


def resume_contract(
    contract_id: int, step: FromDay, *, actor: Actor, version: int | None = None
) -> None:
    """Service again from that day on. Raises NotFound, Invalid, Conflict."""
    with atomic() as work:
        row = locked_contract(contract_id, version)
        check_step(row, 'active', since='suspended')
        on = _day_of(row, step)
        open_one = CleaningSuspension.get(
            (CleaningSuspension.contract == row) & CleaningSuspension.until.is_null()
        )
        if on < open_one.since:
            raise invalid(date=f'must not be before {open_one.since}')
        open_one.until = on - DAY
        open_one.save()
        _become(row, 'active', ContractResumed, work, actor, None, since=on)


def terminate_contract(
    contract_id: int, step: FromDay, *, actor: Actor, version: int | None = None
) -> None:
    """That day is the last one. Raises NotFound, Missing (reason), Invalid, Conflict."""
    with atomic() as work:
        row = locked_contract(contract_id, version)
        check_step(row, 'terminated')
        if not (step.reason or '').strip():
            raise missing('reason')
        row.terminated_on = _day_of(row, step)
        cancel_from(row, row.terminated_on + DAY, work, actor)
        _become(row, 'terminated', ContractTerminated, work, actor, step.reason)


def renew_contract(
    contract_id: int, renewal: Renewal, *, actor: Actor, version: int | None = None
) -> int:
    """The successor's id. Raises NotFound, Invalid, Conflict (not expired, L-2)."""
    with atomic() as work:
        row = locked_contract(contract_id, version)
        # Its end may have passed before the nightly job has written it.
        _expire(row, business_date(read_settings()), work, actor)
        check_step(row, 'renewed')
        return _renew(row, renewal, work, actor)


def expire_contract(contract_id: int, day: dt.date, *, actor: Actor) -> bool:
    """One whose end lies before that day is over, and goes on where it renews itself.

    Whether anything was done: doing it twice changes nothing.
    """
    with atomic() as work:
        row = locked_contract(contract_id)
        is_over = _expire(row, day, work, actor)
        if is_over and row.auto_renew:
            _renew(row, Renewal(), work, actor)
    return is_over


def tell_expiring(contract_id: int, day: dt.date, *, actor: Actor) -> bool:
    """`cleaning.expiring` and a mail to the company, once for each end date; whether it was."""
    with atomic() as work:
        row = locked_contract(contract_id)
        if row.state != 'active' or row.end_date is None or row.expiring_told == row.end_date:
            return False
        row.expiring_told = row.end_date
        row.save()
        left = (row.end_date - day).days
        announce(ContractExpiring, row, {}, work, actor, days_left=left)
        notify_admin(
            f'Le contrat {row.number} prend fin le {row.end_date}',
            f'Contract {row.number} ends on {row.end_date}',
            f'{row.number} – {row.name} : {left} jours. Renouvellement automatique : '
            f'{"oui" if row.auto_renew else "non"}.',
            f'{row.number} – {row.name}: {left} days. Renews itself: '
            f'{"yes" if row.auto_renew else "no"}.',
            actor=actor,
            kind='cleaning.expiring',
        )
    return True


def check_step(row: CleaningContract, target: str, since: str | None = None) -> None:
    """Raises Conflict for what domain §16 does not list; `since`: the one state it starts from."""
    if target not in TRANSITIONS[row.state] or (since and row.state != since):
        raise Conflict(f'a contract that is {row.state} cannot become {target}')


def _expire(row: CleaningContract, day: dt.date, work: Work, actor: Actor) -> bool:
    if row.state != 'active' or row.end_date is None or row.end_date >= day:
        return False
    cancel_from(row, row.end_date + DAY, work, actor)
    _become(row, 'expired', ContractExpired, work, actor, None)
    return True


def _activate(row: CleaningContract, work: Work, actor: Actor) -> None:
    """L-2: in Québec an English contract binds only once its French version was handed over."""
    at_home = is_in_quebec(row.party.country, row.party.province, read_settings())
    if row.language == 'en' and at_home and row.fr_version_delivered_at is None:
        raise Conflict(
            'the French version must be handed over first: set fr_version_delivered_at',
            code='erp_french_version',
        )
    _become(row, 'active', ContractActivated, work, actor, None)


def _become(
    row: CleaningContract,
    state: str,
    kind: type[ContractEvent],
    work: Work,
    actor: Actor,
    reason: str | None,
    **more: typing.Any,
) -> None:
    previous = {'status': row.state}
    row.state, row.reason = state, reason or row.reason
    save_contract(row, work)
    announce(kind, row, previous, work, actor, reason=reason, **more)


def _day_of(row: CleaningContract, step: FromDay) -> dt.date:
    """Today unless said: within the contract, not to come, and not invoiced yet."""
    today = business_date(read_settings())
    day = step.date or today
    if day > today:
        raise invalid(date='must not be in the future')
    if day < row.start_date and day != today:
        raise invalid(date=f'must not be before {row.start_date}')
    if row.billed_through and day <= row.billed_through:
        raise Conflict(f'the contract is invoiced through {row.billed_through}')
    return day


def _renew(row: CleaningContract, renewal: Renewal, work: Work, actor: Actor) -> int:
    assert row.end_date is not None
    start = row.end_date + DAY
    end = renewal.end_date or successor_end(row.start_date, row.end_date)
    if end < start:
        raise invalid(end_date=f'must not be before {start}')
    times = indexations(row.priced_on, start, row.indexation_month)
    price = renewal.price_per_period
    if price is None and row.price_per_period is not None:
        price = cents(indexed(row.price_per_period, row.indexation_pct, times))
    successor = CleaningContract(
        uid=ids.uuid7(),
        key=ids.random_key(),
        predecessor=row.id,
        start_date=start,
        end_date=end,
        priced_on=start,
        price_per_period=price,
        created_at=work.at,
        updated_at=work.at,
        **{name: getattr(row, name) for name in COPIED},
    )
    insert_contract(successor, _copied_lines(row, times), work, actor)
    _become(row, 'renewed', ContractRenewed, work, actor, None, successor_id=successor.id)
    if renewal.status == 'active':
        _activate(successor, work, actor)
    return int(successor.id)


def _copied_lines(row: CleaningContract, times: int) -> list[NewContractLine]:
    lines: typing.Iterable[CleaningLine] = row.lines.order_by(CleaningLine.position)
    return [
        NewContractLine(
            task_fr=line.task_fr,
            task_en=line.task_en,
            area=line.area,
            frequency=typing.cast(typing.Any, line.frequency),
            weekdays=line.weekdays,
            qty=line.qty,
            unit_price=indexed(line.unit_price, row.indexation_pct, times),
            sku=line.product.sku if line.product else None,
            estimated_minutes=line.estimated_minutes,
        )
        for line in lines
        if line.frequency != 'once'
    ]
