"""Warehouses and their locations: made and changed (WHS-2)."""

import typing

import msgspec
from msgspec import UNSET

from karvo.customers.operations import check_metadata
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, PreconditionFailed, invalid, missing, not_found
from karvo.kit.events import Event
from karvo.kit.work import Work, atomic
from karvo.warehouses.models import Location, StockLevel, Warehouse
from karvo.warehouses.schemas import (
    NewLocation,
    WarehouseChange,
    WarehouseCreated,
    WarehouseUpdated,
)

DEFAULT_LOCATION = 'STOCK'
SHOWN = ('id', 'code', 'name', 'is_default', 'allow_negative', 'is_active', 'version')
#: One default at a time, whoever asks at once.
LOCK = 'SELECT id FROM @warehouse ORDER BY id FOR UPDATE'


def create_warehouse(new: WarehouseChange, *, actor: Actor) -> int:
    """The id; the first one is the default. Raises Missing, Conflict for a code that exists."""
    values = _given(new)
    if 'code' not in values or not values.get('name'):
        raise missing('code' if 'code' not in values else 'name')
    with atomic() as work:
        known = database.run(LOCK).fetchall()
        _check_free(values['code'])
        values['is_default'] = values.get('is_default', False) or not known
        if values['is_default']:
            Warehouse.update(is_default=False).where(Warehouse.is_default).execute()
        row = Warehouse.create(
            uid=ids.uuid7(),
            key=ids.random_key(),
            created_at=work.at,
            updated_at=work.at,
            **values,
        )
        Location.create(warehouse=row, code=DEFAULT_LOCATION, name=values['name'], is_default=True)
        _announce(WarehouseCreated, row, {}, work, actor)
    return row.id


def change_warehouse(
    warehouse_id: int, change: WarehouseChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the row (G-10). Raises NotFound, Conflict (code taken, stocked)."""
    with atomic() as work:
        database.run(LOCK)
        row = Warehouse.get_or_none(Warehouse.id == warehouse_id)
        if row is None:
            raise not_found('Warehouse')
        if version is not None and version != row.version:
            raise PreconditionFailed(f'the warehouse is at version {row.version}')
        values = {n: v for n, v in _given(change).items() if row.__data__.get(n) != v}
        if not values:
            return
        _check_change(row, values)
        previous = {name: row.__data__.get(name) for name in values}
        if values.get('is_default'):
            Warehouse.update(is_default=False).where(Warehouse.is_default).execute()
        row.__data__.update(values)
        row._dirty.update(values)  # type: ignore[attr-defined]
        row.version, row.updated_at = row.version + 1, work.at
        row.save()
        _announce(WarehouseUpdated, row, previous, work, actor)


def add_location(warehouse_id: int, new: NewLocation, *, actor: Actor) -> int:
    """The id. Raises NotFound, Conflict for a code that the warehouse has."""
    with atomic() as work:
        row = Warehouse.get_or_none(Warehouse.id == warehouse_id)
        if row is None:
            raise not_found('Warehouse')
        code = new.code.upper()
        own = (Location.warehouse == row) & (Location.code == code)
        if Location.get_or_none(own) is not None:
            raise Conflict(f'the warehouse has a location {code}', code='erp_duplicate')
        made = Location.create(warehouse=row, code=code, name=new.name or code)
        work.audit('location.created', 'warehouse', row.id, actor, None, {'code': code})
    return made.id


def _check_change(row: Warehouse, values: dict[str, typing.Any]) -> None:
    if 'code' in values:
        _check_free(values['code'])
    if values.get('is_default') is False:
        raise Conflict('make another warehouse the default instead')
    if values.get('is_active') is False:
        is_stocked = StockLevel.select().where(
            (StockLevel.warehouse == row) & ((StockLevel.qty != 0) | (StockLevel.reserved != 0))
        )
        if row.is_default or is_stocked.exists():
            raise Conflict('a warehouse that is the default or holds stock stays active')


def _given(change: WarehouseChange) -> dict[str, typing.Any]:
    values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    if 'code' in values:
        values['code'] = values['code'].upper()
        if values['code'] in ('STOCK', 'TRANSFERS'):
            raise invalid(code='is a reserved word')
    if 'metadata' in values:
        values['metadata'] = values['metadata'] or {}
        check_metadata(values['metadata'])
    return values


def _check_free(code: str) -> None:
    if Warehouse.get_or_none(Warehouse.code == code) is not None:
        raise Conflict(f'the warehouse {code} exists already', code='erp_duplicate')


def _announce(
    kind: type[Event],
    row: Warehouse,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    snapshot = {name: row.__data__[name] for name in SHOWN}
    work.record(kind(id=row.id, uid=str(row.uid), object=snapshot, previous=previous), actor)
