"""Changing settings and lock dates."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET

from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, invalid
from karvo.kit.outbox import as_json
from karvo.kit.work import Work, atomic
from karvo.settings.reads import VERSION_KEY, read_settings
from karvo.settings.schemas import LockDates, LockDatesChange, Settings, SettingsUpdated

BOOKS_CHANGED = f"""
INSERT INTO @setting AS s (key, value) VALUES ('{VERSION_KEY}', '1')
ON CONFLICT (key) DO UPDATE SET value = ((s.value)::text::bigint + 1)::text::jsonb"""
LOCKS = LockDates.__struct_fields__
SAVE = """
INSERT INTO @setting (key, value)
SELECT key, value::jsonb FROM unnest(%(keys)s::text[], %(values)s::text[]) AS s(key, value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value"""


def change_settings(change: msgspec.Struct, *, actor: Actor) -> Settings:
    """Absent = unchanged, null = back to the default. Raises Invalid or Conflict."""
    given = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    defaults = Settings()
    values = {n: getattr(defaults, n) if v is None else v for n, v in given.items()}
    _check_timezone(values.get('timezone'))
    with atomic() as work:
        before = read_settings()
        _check_interest(before, values)
        if _is_changed('currency', before, values) or _is_changed('country', before, values):
            _check_nothing_posted()
        _save(work, before, values, actor)
    return read_settings()


def change_lock_dates(change: LockDatesChange, *, actor: Actor) -> LockDates:
    """Lowering a lock needs `period.unlock`; the hard lock is never lowered (G-7)."""
    values = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    with atomic() as work:
        before = read_settings()
        for name, date in values.items():
            _check_lock(name, getattr(before, name), date, actor)
        _save(work, before, values, actor)
    settings = read_settings()
    return LockDates(**{name: getattr(settings, name) for name in LOCKS})


def open_settings(values: dict[str, typing.Any]) -> None:
    """The first settings of a new company; provisioning's only."""
    database.run(SAVE, {'keys': list(values), 'values': [as_json(v) for v in values.values()]})
    books_changed()


def books_changed() -> None:
    """Settings, rates or registrations changed: what processes remember of them is stale."""
    database.run(BOOKS_CHANGED)


def _is_changed(name: str, before: Settings, values: dict[str, typing.Any]) -> bool:
    return name in values and values[name] != getattr(before, name)


def _save(work: Work, before: Settings, values: dict[str, typing.Any], actor: Actor) -> None:
    changed = {n: v for n, v in values.items() if _is_changed(n, before, values)}
    if not changed:
        return
    open_settings(changed)
    previous = {name: getattr(before, name) for name in changed}
    work.record(SettingsUpdated(id=0, uid='', object=changed, previous=previous), actor)


def _check_timezone(name: str | None) -> None:
    if name is None:
        return
    try:
        clock.zone(name)
    except (KeyError, ValueError, OSError):
        raise invalid(timezone='must be a zone like America/Toronto') from None


def _check_interest(before: Settings, values: dict[str, typing.Any]) -> None:
    names = ('interest_rate_annual', 'criminal_interest_rate')
    rate, most = (values.get(name, getattr(before, name)) for name in names)
    if rate > most:
        raise invalid(interest_rate_annual=f'must be at most {most}')


def _check_nothing_posted() -> None:
    posted = database.run("SELECT 1 FROM @number_series WHERE code = 'JE' LIMIT 1").fetchone()
    if posted:
        raise Conflict('currency and country cannot change once something is posted')


def _check_lock(name: str, before: dt.date | None, after: dt.date | None, actor: Actor) -> None:
    if before is None or (after is not None and after >= before):
        return
    if name == 'hard_lock':
        raise Conflict('hard_lock is never lowered')
    if not actor.may('period.unlock'):
        raise Invalid(f'{name} can be lowered only with period.unlock', code='erp_period_locked')
