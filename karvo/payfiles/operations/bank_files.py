"""A run's payment file: made once, with a number of its own, and kept to the byte."""

import hashlib
import re
import typing
from collections import Counter
from collections.abc import Sequence

import msgspec

from karvo.kit import crypto, ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict
from karvo.kit.money import ZERO
from karvo.kit.work import Work, atomic
from karvo.payfiles import cpa005
from karvo.payfiles.bank_profiles import Profile, profiles
from karvo.payfiles.cpa005 import (
    DAYS_AHEAD,
    DAYS_BACK,
    Account,
    Batch,
    Originator,
    Payment,
    ascii_text,
)
from karvo.payfiles.cpa005_check import check
from karvo.payfiles.models import FINAL, BankFile
from karvo.payfiles.reads import (
    Deposit,
    bank_file_of,
    deposits,
    last_sequence,
    read_filing_settings,
    sealed_return_account,
)
from karvo.payfiles.schemas.events import BankFileCreated
from karvo.payfiles.schemas.settings import FilingSettings
from karvo.payroll.models import PayRun
from karvo.payroll.operations.runs import locked_run
from karvo.payroll.sealed import open_bank
from karvo.settings.reads import business_date, read_settings

NEEDED = ('originator_id', 'short_name', 'long_name')
#: Transaction code of a special run by what alone it pays (Standard 007); 200 is payroll.
CODES = {'bonus': '206', 'vacation': '202', 'banked_overtime': '203'}
PAYROLL, REFERENCE = '200', 19
UNNAMED = re.compile('[^0-9A-Za-z]')


class Taken(msgspec.Struct, kw_only=True):
    """A payment file and what is told with it."""

    body: bytes
    run_no: str
    number: int
    skipped: list[str]  #: employee numbers
    replaces: int | None  #: number of the file of an earlier approval
    warning: str  #: what a bank may refuse; '' for nothing


def take_bank_file(run_id: int, *, skip_missing: bool, actor: Actor) -> Taken:
    """The file of an approved, posted or paid run, the same bytes each time.

    The first time it takes the originator's next file number. Raises NotFound, Conflict: a sandbox,
    the run's state, a setting that is missing, employees without an account unless they may be
    skipped, nothing to deposit.
    """
    actor.require('payroll:full')
    if actor.is_sandbox:  # Standard 005 has no sign by which a bank would know a test
        raise Conflict('a sandbox makes no files for banks', code='erp_sandbox')
    with atomic() as work:
        run = locked_run(run_id)
        if run.status not in FINAL:
            raise Conflict(f'a pay run that is {run.status} has no payment file: approve it first')
        row, moved = bank_file_of(run.id, run.approved_at), ''
        if row is None:
            moved = _moved(run)
            row = _make(run, skip_missing, work, actor)
        else:
            work.audit('payroll.bank_file_read', 'pay_run', run.id, actor)
        earlier = _earlier(row)
    body = crypto.decrypt(row.body.encode())
    return Taken(
        body=body,
        run_no=str(run.number),
        number=row.number,
        skipped=row.skipped,
        replaces=earlier,
        warning='; '.join(filter(None, (_warning(run, row), moved))),
    )


def _warning(run: PayRun, row: BankFile) -> str:
    days = (run.pay_date - row.created_on).days
    if -DAYS_BACK <= days <= DAYS_AHEAD:
        return ''
    return f'the pay date is {days} days from the creation of the file: banks may refuse it'


def _moved(run: PayRun) -> str:
    """Whose account is not the one of the stub; told when the file is made."""
    moved = [one.employee_no for one in deposits(run.id) if one.bank and one.is_other_bank]
    return f'bank accounts changed since the run: {", ".join(moved)}' if moved else ''


def _earlier(row: BankFile) -> int | None:
    query = BankFile.select(BankFile.number).where(BankFile.run == row.run_id)
    last: BankFile | None = query.where(BankFile.id < row.id).order_by(BankFile.id.desc()).first()
    return last.number if last else None


def _make(run: PayRun, skip_missing: bool, work: Work, actor: Actor) -> BankFile:
    settings = read_filing_settings()
    profile = profiles()[settings.bank_profile]
    originator = _originator(settings, profile)
    found, skipped = _payees(run, skip_missing)
    payments = _payments(run, found)
    last = last_sequence(originator.id)
    sequence = settings.first_file_number if last is None else last + 1
    batch = Batch(
        originator=originator,
        number=(sequence - 1) % cpa005.MOST_NUMBER + 1,
        created=business_date(read_settings()),
        payments=payments,
        code=_code(run),
    )
    form = profile.form(settings.line_end, settings.payments_per_record)
    try:
        body = cpa005.write(batch, form)
    except ValueError as error:
        raise Conflict(f'the payment file cannot be written: {error}') from None
    if defects := check(body).defects:
        raise Conflict(f'the payment file would be refused: {defects[0].message}')
    row = BankFile(
        uid=ids.uuid7(),
        run=run.id,
        approved_at=run.approved_at,
        originator_id=originator.id,
        sequence=sequence,
        number=batch.number,
        created_on=batch.created,
        total=sum((one.net for one in found), ZERO),
        payments=len(payments),
        skipped=skipped,
        sha256=hashlib.sha256(body).hexdigest(),
        body=crypto.encrypt(body).decode(),
        created_at=work.at,
        created_by=actor.name or actor.kind,
    )
    row.save(force_insert=True)
    shown: dict[str, typing.Any] = {'id': run.id, 'run_no': run.number, 'status': run.status}
    shown |= {'file_number': f'{row.number:04}', 'skipped': len(skipped)}
    work.record(BankFileCreated(id=run.id, uid=str(run.uid), object=shown), actor)
    return row


def _originator(settings: FilingSettings, profile: Profile) -> Originator:
    """Raises Conflict naming the settings that are missing: a bank assigns them."""
    sealed = sealed_return_account()
    centre = settings.data_centre or profile.data_centre
    absent = [name for name in NEEDED if not getattr(settings, name)]
    absent += [] if centre else ['data_centre']
    absent += [] if sealed else ['return_account']
    if not (sealed and centre) or absent:
        names = ', '.join(absent)
        raise Conflict(
            f'a payment file needs these filing settings: {names}',
            fields=dict.fromkeys(absent, 'is required for a payment file'),
        )
    bank = open_bank(sealed)
    return Originator(
        id=profile.originator_id(settings.originator_id),
        short_name=settings.short_name,
        long_name=settings.long_name,
        data_centre=centre,
        returns=Account(institution=bank.institution, transit=bank.transit, account=bank.account),
        clearer=settings.trace_clearer or '',
        currency=settings.currency,
    )


def _payees(run: PayRun, skip_missing: bool) -> tuple[list[Deposit], list[str]]:
    """(who is paid, numbers of who has no account). Raises Conflict."""
    found = deposits(run.id)
    total = sum((one.net for one in found), ZERO)
    if total != _net(run):
        raise Conflict(f'the stubs of {run.number} come to {total}, the run to {_net(run)}')
    without = [one for one in found if not one.bank]
    if without and not skip_missing:
        names = ', '.join(f'{one.employee_no} {one.name}' for one in without)
        raise Conflict(
            f'employees without a bank account: {names}; skip_missing=true leaves them out',
            fields={one.employee_no: 'has no bank account' for one in without},
        )
    paid = [one for one in found if one.bank]
    if not paid:
        raise Conflict(f'pay run {run.number} has nothing to deposit')
    if total.scaleb(2) >= cpa005.MOST_TOTAL:
        raise Conflict('the total does not fit a payment file')
    return paid, [one.employee_no for one in without]


def _net(run: PayRun) -> typing.Any:
    return msgspec.convert(run.totals['net'], type(ZERO), strict=False)


def _payments(run: PayRun, found: Sequence[Deposit]) -> list[Payment]:
    """Raises Conflict for a name that has no letter in ASCII."""
    payments = []
    references = _references(run, found)
    for one, reference in zip(found, references, strict=True):
        payee = ascii_text(one.name)
        if not payee:
            raise Conflict(
                f'the name of {one.employee_no} {one.name} has no letter that a bank can print',
                fields={one.employee_no: 'has no printable name'},
            )
        bank = open_bank(one.bank or '')
        to = Account(institution=bank.institution, transit=bank.transit, account=bank.account)
        payments.append(
            Payment(
                cents=int(one.net.scaleb(2)),
                date=run.pay_date,
                to=to,
                payee=payee,
                reference=reference,
            )
        )
    return payments


def _references(run: PayRun, found: Sequence[Deposit]) -> list[str]:
    """Employee and run, letters and digits alone; by their ids where that is not unique or too
    long. The bank tells what came back by them."""
    shown = [UNNAMED.sub('', f'{one.employee_no}{run.number}').upper() for one in found]
    counts = Counter(shown)
    return [
        text if len(text) <= REFERENCE and counts[text] == 1 else f'#{one.employee_id} #{run.id}'
        for one, text in zip(found, shown, strict=True)
    ]


def _code(run: PayRun) -> str:
    kinds = {one['kind'] for one in run.inputs.get('lump_sums', [])}
    if run.kind == 'special' and len(kinds) == 1:
        return CODES.get(kinds.pop(), PAYROLL)
    return PAYROLL
