"""Tax registrations, and the rates of a new company."""

import datetime as dt
import importlib.resources
import typing

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, PreconditionFailed, not_found
from karvo.kit.events import Event
from karvo.kit.work import atomic
from karvo.settings.operations import books_changed
from karvo.taxes.models import TaxRateRow, TaxRegistration
from karvo.taxes.schemas import Regime, TaxRate

#: What a new company is registered for, with an empty number (T-3).
DEFAULT_REGIMES: dict[tuple[str, str], tuple[Regime, ...]] = {('CA', 'QC'): ('gst', 'qst')}
DEFAULT_BY_COUNTRY: dict[str, tuple[Regime, ...]] = {'CA': ('gst',)}


class RegistrationChange(msgspec.Struct, kw_only=True):
    """Absent = unchanged."""

    number: str | UnsetType = UNSET
    valid_from: dt.date | None | UnsetType = UNSET
    valid_to: dt.date | None | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class NewRegistration(RegistrationChange, kw_only=True):
    """The company registers for a regime."""

    regime: Regime


class TaxRegistrationChanged(Event, frozen=True):
    """A registration began, changed or ended."""

    name = 'tax_registration.updated'
    resource = 'tax_registration'


def shipped_rates() -> list[TaxRate]:
    """The rates that come with this version, each with its source."""
    path = importlib.resources.files(__package__).joinpath('data', 'rates.json')
    return msgspec.json.decode(path.read_bytes(), type=list[TaxRate], strict=False)


def open_taxes(country: str, province: str) -> None:
    """Rates and registrations of a new company; provisioning's only."""
    names = [n for n in TaxRate.__struct_fields__ if n != 'registration_number']
    rows = [{name: getattr(rate, name) for name in names} for rate in shipped_rates()]
    TaxRateRow.insert_many(rows).on_conflict_ignore().execute()
    if TaxRegistration.select().exists():
        return
    regimes = DEFAULT_REGIMES.get((country, province), DEFAULT_BY_COUNTRY.get(country, ()))
    now = clock.now()
    for regime in regimes:
        TaxRegistration.create(regime=regime, created_at=now, updated_at=now)
    books_changed()


def register_tax(new: NewRegistration, *, actor: Actor) -> int:
    """Begin a registration; returns its id. Raises Conflict for a second active one."""
    with atomic() as work:
        active = (TaxRegistration.regime == new.regime) & TaxRegistration.is_active
        if TaxRegistration.select().where(active).exists():
            raise Conflict(f'already registered for {new.regime}', code='erp_duplicate')
        books_changed()
        values = _given(new)
        row = TaxRegistration.create(**values, created_at=work.at, updated_at=work.at)
        work.record(TaxRegistrationChanged(id=row.id, uid='', object=values), actor)
    return row.id


def change_registration(
    registration_id: int, change: RegistrationChange, *, actor: Actor, version: int | None
) -> None:
    """Number, dates, active or not."""
    with atomic() as work:
        query = TaxRegistration.select().where(TaxRegistration.id == registration_id)
        row = query.for_update().get_or_none()
        if row is None:
            raise not_found('Tax registration')
        if version is not None and version != row.version:
            raise PreconditionFailed('this registration has changed', fields={'version': 'stale'})
        values = _given(change)
        previous = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, work.at
        row.save()
        books_changed()
        event = TaxRegistrationChanged(id=row.id, uid='', object=values, previous=previous)
        work.record(event, actor)


def _given(change: msgspec.Struct) -> dict[str, typing.Any]:
    return {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
