"""What a company decides about its payment files, remittances and slips."""

import re
import typing

import msgspec
from msgspec import UNSET
from stdnum.ca import bn

from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid
from karvo.kit.outbox import as_json
from karvo.kit.work import atomic
from karvo.payfiles.bank_profiles import profiles
from karvo.payfiles.cpa005 import ascii_text
from karvo.payfiles.reads import read_filing_settings
from karvo.payfiles.remitted import frequency_of
from karvo.payfiles.schemas.events import FilingSettingsUpdated
from karvo.payfiles.schemas.settings import FilingSettings, contact_problems
from karvo.payroll.schemas.employees import Bank
from karvo.payroll.sealed import bank_problems, is_mask_of, mask_bank, seal_bank

SAVE = """
INSERT INTO @payfile_setting (key, value)
SELECT key, value::jsonb FROM unnest(%(keys)s::text[], %(values)s::text[]) AS s(key, value)
ON CONFLICT (key) DO UPDATE SET value = excluded.value"""
REMITTED = """
SELECT DISTINCT year, code FROM @remittance_payment WHERE code ~ '^(cra|rq)-' ORDER BY 2"""
ACTIVE = 'SELECT 1 FROM @account WHERE code = %(code)s AND is_active'
RETURN, SEALED = 'return_account', '_return_account'
#: (setting, form, what it must be); empty texts are never wrong.
FORMS = (
    ('originator_id', r'[ -~]{1,10}', 'must be 1 to 10 characters without accents'),
    ('short_name', r'.{1,15}', 'must have at most 15 characters'),
    ('long_name', r'.{1,30}', 'must have at most 30 characters'),
    ('data_centre', r'[0-9]{5}', 'must be 5 digits'),
    ('trace_clearer', r'(?!0+$)[0-9]{5}', 'must be 5 digits'),
    ('cra_account', r'[0-9]{9}RP[0-9]{4}', 'must be like 123456782RP0001'),
    ('rq_account', r'[0-9]{10}RS[0-9]{4}', 'must be like 1234567890RS0001'),
    ('neq', r'[0-9]{10}', 'must be 10 digits'),
    ('rep_id', r'[A-Z0-9]{7}', 'must be 7 letters or digits'),
    ('rpp_registration', r'[0-9]{7}', 'must be 7 digits'),
    ('rl1_first', r'[0-9]{8}', 'must be 8 digits'),
    ('rl1_last', r'[0-9]{8}', 'must be 8 digits'),
)


def change_filing_settings(change: msgspec.Struct, *, actor: Actor) -> FilingSettings:
    """Absent = unchanged, null = back to the default. Raises Invalid, Conflict."""
    given = {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}
    defaults = FilingSettings()
    values = {n: getattr(defaults, n) if v is None else v for n, v in given.items()}
    with atomic() as work:
        before = read_filing_settings()
        values |= _originator(values, before)
        changed = {n: v for n, v in values.items() if v != getattr(before, n)}
        told = sorted(changed)
        if RETURN in changed:
            changed |= _sealed(changed[RETURN], before)
        _check(changed, before)
        if changed:
            texts = [as_json(value) for value in changed.values()]
            database.run(SAVE, {'keys': list(changed), 'values': texts})
            shown = {'changed': told}
            work.record(FilingSettingsUpdated(id=0, uid='', object=shown), actor)
    return read_filing_settings()


def _originator(values: dict[str, typing.Any], before: FilingSettings) -> dict[str, str]:
    """The number as the bank's file has it: it counts the files. Another bank's is unchanged."""
    profile = profiles().get(values.get('bank_profile', before.bank_profile))
    if 'originator_id' not in values or profile is None:
        return {}
    return {'originator_id': profile.originator_id(values['originator_id'])}


def _sealed(given: Bank | None, before: FilingSettings) -> dict[str, typing.Any]:
    """The account as stored: a mask, and beside it the encrypted one. Raises Invalid."""
    if given is None:
        return {RETURN: None, SEALED: []}
    mask = before.return_account
    if mask and is_mask_of(given, msgspec.structs.asdict(mask)):
        return {RETURN: mask}
    if problems := bank_problems(given):
        found = {n.replace('bank.', f'{RETURN}.'): why for n, why in problems.items()}
        raise Invalid('; '.join(f'{n} {why}' for n, why in found.items()), fields=found)
    return {RETURN: mask_bank(given), SEALED: [seal_bank(given)]}


def _check(changed: dict[str, typing.Any], before: FilingSettings) -> None:
    """Raises Invalid naming all that is wrong, Conflict."""
    problems = {
        name: why
        for name, form, why in FORMS
        if changed.get(name) and not re.fullmatch(form, changed[name])
    }
    for name in ('short_name', 'long_name'):
        if changed.get(name) and not ascii_text(changed[name]):
            problems[name] = 'must hold letters that a bank can print'
    if 'cra_account' not in problems and (account := changed.get('cra_account')):
        if not bn.is_valid(account):
            problems['cra_account'] = 'has a wrong check digit'
    if changed.get('bank_profile', 'standard') not in profiles():
        problems['bank_profile'] = f'must be one of {", ".join(profiles())}'
    if contact := changed.get('contact'):
        problems |= contact_problems(contact)
    problems |= _range_problems(changed, before) | _remitter_problems(changed)
    code = changed.get('account_wsdrf')
    if code and not database.run(ACTIVE, {'code': code}).fetchone():
        problems['account_wsdrf'] = 'is no active account'
    if problems:
        text = '; '.join(f'{name} {why}' for name, why in problems.items())
        raise Invalid(text, fields=problems)
    _check_remitters(changed, before)


def _range_problems(changed: dict[str, typing.Any], before: FilingSettings) -> dict[str, str]:
    first = changed.get('rl1_first', before.rl1_first)
    last = changed.get('rl1_last', before.rl1_last)
    if bool(first) != bool(last):
        absent = 'rl1_last' if first else 'rl1_first'
        return {absent: 'is required: a range has two ends'}
    return {'rl1_last': 'must not be before rl1_first'} if last < first else {}


def _remitter_problems(changed: dict[str, typing.Any]) -> dict[str, str]:
    problems, seen = {}, set()
    for n, one in enumerate(changed.get('remitters', [])):
        if one.authority == 'cra' and one.frequency == 'annual':
            problems[f'remitters[{n}].frequency'] = 'annual is known to Revenu Québec only'
        if (one.authority, one.year) in seen:
            problems[f'remitters[{n}].year'] = f'{one.year} is there already'
        seen.add((one.authority, one.year))
    return problems


def _check_remitters(changed: dict[str, typing.Any], before: FilingSettings) -> None:
    """A frequency cannot change in a year of which something is remitted: periods would move."""
    if 'remitters' not in changed:
        return
    rows = database.run(REMITTED).fetchall()
    for year, code in rows:
        authority: typing.Any = code.split('-')[0]
        was = frequency_of(before.remitters, authority, year)
        if frequency_of(changed['remitters'], authority, year) != was:
            raise Conflict(f'{authority} {year} is remitted {was}: {code} is paid already')
