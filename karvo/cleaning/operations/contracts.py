"""Contracts entered and changed (CLN-1, CLN-4)."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.cleaning.compute import period_after
from karvo.cleaning.models import CleaningContract, CleaningLine
from karvo.cleaning.schemas import (
    ContractChange,
    ContractCreated,
    ContractEvent,
    ContractUpdated,
    NewContract,
    NewContractLine,
    Site,
    SiteIn,
)
from karvo.customers.language import is_in_quebec
from karvo.customers.models import Party
from karvo.kit import clock, crypto, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, invalid, missing, not_found
from karvo.kit.money import CENT, ZERO, line_total
from karvo.kit.text import fold
from karvo.kit.work import Work, atomic
from karvo.products.reads import products_for_lines
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings

SERIES = 'CC'
MOST_METADATA = 50
#: What stays open once a contract is in force; its days and tasks are what was agreed.
OPEN = {
    'name', 'site', 'end_date', 'auto_renew', 'renewal_notice_days', 'price_per_period',
    'indexation_pct', 'indexation_month', 'fr_version_delivered_at', 'visit_time', 'po_reference',
    'crew', 'notes', 'metadata',
}  # fmt: skip
#: What stays open once it is over.
CLOSED = {'notes', 'metadata'}
PRICING = {'price_per_period', 'indexation_pct', 'indexation_month'}
DEFAULTS: dict[str, typing.Any] = {'metadata': {}}
SHOWN = (
    'id', 'name', 'party_id', 'start_date', 'end_date', 'billing', 'currency', 'language',
    'total_value', 'predecessor_id', 'terminated_on', 'version',
)  # fmt: skip


def create_contract(new: NewContract, *, actor: Actor) -> CleaningContract:
    """A draft. Raises Missing, Invalid (CLN-1)."""
    with atomic() as work:
        settings = read_settings()
        party = _party(new)
        if new.start_date is UNSET:
            raise missing('start_date')
        row = CleaningContract(
            uid=ids.uuid7(),
            key=ids.random_key(),
            party=party,
            name=party.name,
            site={},
            language=_language(party, settings),
            currency=settings.currency,
            start_date=new.start_date,
            priced_on=new.start_date,
            created_at=work.at,
            updated_at=work.at,
            search_text='',
        )
        changed = _set(row, new)
        insert_contract(row, new.lines or [], work, actor)
        _check(row, settings, changed)
    return row


def insert_contract(
    row: CleaningContract, lines: typing.Sequence[NewContractLine], work: Work, actor: Actor
) -> None:
    """The row with its lines, its number and its event."""
    row.search_text = _search_text(row)
    row.save(force_insert=True)
    replace_lines(row, lines)
    number = work.take_number(
        SERIES, row.start_date.year, 'cleaning_contract', row.id, is_searched=True
    )
    row.token = number.token
    announce(ContractCreated, row, {}, work, actor)


def change_contract(
    contract_id: int, change: ContractChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the contract (G-10).

    Raises NotFound, Invalid, Conflict (what is in force or over keeps its terms),
    PreconditionFailed.
    """
    with atomic() as work:
        row = locked_contract(contract_id, version)
        settings = read_settings()
        before = dict(row.__data__)
        changed = _set(row, change)
        _check_open(row, changed)
        if change.lines is not UNSET:
            _check_open(row, {'lines'})
            CleaningLine.delete().where(CleaningLine.contract == row).execute()
            replace_lines(row, change.lines)
        _check(row, settings, changed)
        if changed & PRICING and row.state != 'draft':
            row.priced_on = max(business_date(settings), row.start_date)
        if row.state == 'draft':
            row.priced_on = row.start_date
        row.search_text = _search_text(row)
        save_contract(row, work)
        previous = {n: before[n] for n in SHOWN if before.get(n) != row.__data__.get(n)}
        announce(ContractUpdated, row, previous, work, actor)


def locked_contract(contract_id: int, version: int | None = None) -> CleaningContract:
    """The row, locked. Raises NotFound, PreconditionFailed."""
    query = CleaningContract.select().where(CleaningContract.id == contract_id)
    row: CleaningContract | None = query.for_update().get_or_none()
    if row is None:
        raise not_found('Cleaning contract')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the contract is at version {row.version}')
    return row


def save_contract(row: CleaningContract, work: Work) -> None:
    """With its next version, its total and the day of its next invoice."""
    row.total_value = _total(row)
    row.next_invoice_on = next_invoice_on(row)
    row.version, row.updated_at = row.version + 1, work.at
    row.save()


def next_invoice_on(row: CleaningContract) -> dt.date | None:
    """The billing day of the first period that is not settled; None for drafts and at the end."""
    if row.state == 'draft':
        return None
    end = last_day(row)
    period = period_after(row.billed_through, row.start_date, end, row.billing, row.billing_day)
    return period.billed_on if period else None


def last_day(row: CleaningContract) -> dt.date | None:
    """The contract's last day, as far as there is one."""
    ends = [day for day in (row.end_date, row.terminated_on) if day]
    return min(ends) if ends else None


def announce(
    kind: type[ContractEvent],
    row: CleaningContract,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
    **more: typing.Any,
) -> None:
    shot = {name: getattr(row, name) for name in SHOWN}
    shot |= {'contract_no': row.number or row.token, 'status': row.state} | more
    work.record(kind(id=row.id, uid=str(row.uid), object=shot, previous=previous), actor)


def reveal_key_code(contract_id: int, *, actor: Actor) -> str:
    """The code of the site's key or alarm, for whoever goes there; the audit log says who asked.

    Raises NotFound.
    """
    with atomic() as work:
        row = locked_contract(contract_id)
        if row.key_code is None:
            raise not_found('Key code')
        work.audit('cleaning.key_code_read', 'cleaning_contract', row.id, actor)
        return crypto.decrypt(row.key_code.encode()).decode()


def replace_lines(row: CleaningContract, lines: typing.Sequence[NewContractLine]) -> None:
    """New lines, and the contract's total with them. Raises Missing, Invalid."""
    products = products_for_lines([line.sku for line in lines if line.sku], '')
    for n, line in enumerate(lines):
        french, english = line.task_fr or line.task_en, line.task_en or line.task_fr
        if not french or not english:
            raise missing(f'lines[{n}].task_fr')
        if line.sku and line.sku.upper() not in products:
            raise Invalid(f'unknown sku {line.sku}', fields={f'lines[{n}].sku': 'is unknown'})
        total = line_total(line.qty, line.unit_price, ZERO)
        if line.line_total is not None and abs(line.line_total - total) > CENT:
            raise invalid(**{f'lines[{n}].line_total': f'does not match: expected {total}'})
        CleaningLine.create(
            contract=row,
            position=n + 1,
            task_fr=french,
            task_en=english,
            area=line.area,
            frequency=line.frequency,
            weekdays=list(dict.fromkeys(line.weekdays)),
            qty=line.qty,
            unit_price=line.unit_price,
            line_total=total,
            product=products[line.sku.upper()].id if line.sku else None,
            estimated_minutes=line.estimated_minutes,
        )
    row.total_value = _total(row)
    CleaningContract.update(total_value=row.total_value).where(
        CleaningContract.id == row.id
    ).execute()


def _party(new: NewContract) -> Party:
    if new.customer_code is None and new.customer_id is None:
        raise missing('customer_code')
    named = 'customer_code' if new.customer_code else 'customer_id'
    same = Party.code == new.customer_code.upper() if new.customer_code else (
        Party.id == new.customer_id
    )  # fmt: skip
    party: Party | None = Party.get_or_none(same & Party.deleted_at.is_null() & Party.is_customer)
    if party is None:
        raise Invalid(f'{named} not found', fields={named: 'not found'})
    return party


def _language(party: Party, settings: Settings) -> str:
    """L-1: French in Québec unless the customer's express request for English is recorded."""
    language = party.language or settings.language
    at_home = is_in_quebec(party.country, party.province, settings)
    if language == 'en' and at_home and party.language_choice_recorded_at is None:
        return 'fr'
    return str(language)


def _set(row: CleaningContract, change: ContractChange) -> set[str]:
    """Set what is given; the names of what is different now."""
    given = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    changed = set()
    for name in ContractChange.__struct_fields__:
        if name == 'lines' or name not in given:
            continue
        value = DEFAULTS.get(name) if given[name] is None else given[name]
        if name == 'site':
            changed |= _set_site(row, value or SiteIn())
        elif getattr(row, name) != value:
            setattr(row, name, value)
            changed.add(name)
    return changed


def _set_site(row: CleaningContract, site: SiteIn) -> set[str]:
    before = (row.site, row.key_code)
    values = {name: getattr(site, name) for name in Site.__struct_fields__}
    row.site = msgspec.to_builtins(Site(**values))
    row.site_city = fold(site.city)
    if site.key_code is None:
        row.key_code = None
    elif site.key_code is not UNSET:
        row.key_code = crypto.encrypt(site.key_code.encode()).decode()
    return {'site'} if before != (row.site, row.key_code) else set()


def _check_open(row: CleaningContract, changed: set[str]) -> None:
    """Raises Conflict for what a contract that is in force, or over, does not let change."""
    if row.state == 'draft':
        return
    allowed = OPEN if row.state in ('active', 'suspended') else CLOSED
    if frozen := sorted(changed - allowed):
        raise Conflict(f'{", ".join(frozen)}: cannot change, the contract is {row.state}')


def _check(row: CleaningContract, settings: Settings, changed: set[str]) -> None:
    today = business_date(settings)
    if not clock.is_business_date(row.start_date, today):
        raise invalid(start_date=f'must be from {clock.EARLIEST} to {clock.latest(today)}')
    if row.end_date and row.end_date < row.start_date:
        raise invalid(end_date='must not be before start_date')
    if 'end_date' in changed and row.billed_through and row.end_date:
        if row.end_date < row.billed_through:
            raise Conflict(f'the contract is invoiced through {row.billed_through}')
    if row.currency != settings.currency:
        raise invalid(currency=f'must be {settings.currency}')
    if row.auto_renew and row.end_date is None:
        raise invalid(auto_renew='needs an end_date')
    if row.indexation_pct and row.indexation_month is None:
        raise missing('indexation_month')
    if row.fr_version_delivered_at and row.fr_version_delivered_at > clock.now():
        raise invalid(fr_version_delivered_at='must not be in the future')
    if len(row.metadata) > MOST_METADATA:
        raise invalid(metadata=f'must have at most {MOST_METADATA} keys')
    if row.price_per_period is None and not row.lines.count():
        raise Invalid(
            'a contract needs lines or a price_per_period',
            fields={'lines': 'is required without price_per_period'},
        )


def _total(row: CleaningContract) -> Decimal:
    """CLN-1: the period's price, else the sum of the lines."""
    if row.price_per_period is not None:
        return Decimal(row.price_per_period)
    return sum((Decimal(line.line_total) for line in row.lines), ZERO)


def _search_text(row: CleaningContract) -> str:
    site = row.site or {}
    return fold(row.number, row.name, row.party.name, row.party.code, site.get('name'))
