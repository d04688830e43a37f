"""What a company decides about its payroll."""

import typing

import msgspec
from msgspec import UNSET

from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid
from karvo.kit.outbox import as_json
from karvo.kit.work import atomic
from karvo.ledger.reads import balance_of
from karvo.payroll.operations.runs import QUEUE
from karvo.payroll.pay_calendar import check_periods
from karvo.payroll.reads import read_payroll_settings
from karvo.payroll.schemas.events import PayrollSettingsUpdated
from karvo.payroll.schemas.settings import Accounts, PayrollSettings

SAVE = """
INSERT INTO @payroll_setting (key, value)
SELECT key, value::jsonb FROM unnest(%(keys)s::text[], %(values)s::text[]) AS s(key, value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value"""
#: Accounts of what is posted first and paid later, by a run's payment or a remittance.
OWED = ('net', 'federal', 'quebec')
ACTIVE = 'SELECT code FROM @account WHERE code = ANY(%(codes)s::text[]) AND is_active'


def change_payroll_settings(change: msgspec.Struct, *, actor: Actor) -> PayrollSettings:
    """Absent = unchanged, null = back to the default. Raises Invalid, Conflict (accounts)."""
    given = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    defaults = PayrollSettings()
    values = {n: getattr(defaults, n) if v is None else v for n, v in given.items()}
    with atomic() as work:
        before = read_payroll_settings()
        changed = {n: v for n, v in values.items() if v != getattr(before, n)}
        _check(changed)
        if 'accounts' in changed:
            _check_owed(before.accounts, changed['accounts'])
        if changed:
            texts = [as_json(value) for value in changed.values()]
            database.run(SAVE, {'keys': list(changed), 'values': texts})
            # What they are is for payroll's eyes; that they changed is for the audit log.
            told = {'changed': sorted(changed)}
            work.record(PayrollSettingsUpdated(id=0, uid='', object=told), actor)
    return read_payroll_settings()


def _check(changed: dict[str, typing.Any]) -> None:
    for n, one in enumerate(changed.get('calendars', [])):
        where = f'calendars[{n}]'
        if one.anchor is None and (one.year is None or one.periods is None):
            why = 'is required, or year and periods'
            raise Invalid(f'{where}.anchor {why}', fields={f'{where}.anchor': why})
        if one.periods is not None:
            check_periods(one.frequency, one.periods, f'{where}.periods')
    if 'accounts' in changed:
        _check_accounts(msgspec.structs.asdict(changed['accounts']))


def _check_owed(before: Accounts, now: Accounts) -> None:
    """What is owed is paid from the account where it was posted. Raises Conflict."""
    database.run(QUEUE)
    for name in OWED:
        code: str = getattr(before, name)
        if getattr(now, name) != code and (balance := balance_of(code)):
            raise Conflict(
                f'accounts.{name}: {-balance} is owed on {code}: pay it or move it first',
                fields={f'accounts.{name}': f'cannot change while {code} has a balance'},
            )


def _check_accounts(accounts: dict[str, str]) -> None:
    rows = database.run(ACTIVE, {'codes': list(accounts.values())}).fetchall()
    known = {code for (code,) in rows}
    unknown = {
        f'accounts.{n}': 'is no active account' for n, c in accounts.items() if c not in known
    }
    if unknown:
        text = '; '.join(f'{name} {why}' for name, why in unknown.items())
        raise Invalid(text, fields=unknown)
