"""Payment files, settings and what stubs come to, as read."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.payfiles.models import BOOKED, BankFile
from karvo.payfiles.remitted import Sums, remittance, windows
from karvo.payfiles.schemas.remittances import RemittanceRead
from karvo.payfiles.schemas.settings import FilingSettings

SETTINGS = "SELECT coalesce(json_object_agg(key, value), '{}')::text FROM @payfile_setting"
SEALED = "SELECT value ->> 0 FROM @payfile_setting WHERE key = '_return_account'"
DEPOSITS = """
SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.employee_no, x.employee_id), '[]')::text FROM (
  SELECT s.employee_id, s.employee_no, s.name, s.net, e.bank,
    s.bank_mask IS DISTINCT FROM e.bank_mask AS is_other_bank
  FROM @pay_stub s JOIN @employee e ON e.id = s.employee_id
  WHERE s.run_id = %(run)s::bigint AND s.net > 0) x"""
#: Files of before were kept with the number as it was typed.
LAST_SEQUENCE = """
SELECT max(sequence) FROM @bank_file
WHERE upper(regexp_replace(btrim(originator_id), ' +', ' ', 'g')) = upper(%(originator)s)"""
FILES_OFF = """
SELECT b.number, r.number, b.total, (r.totals ->> 'net')::numeric
FROM @bank_file b JOIN @pay_run r ON r.id = b.run_id AND r.approved_at = b.approved_at
WHERE b.skipped = '[]'::jsonb AND b.total <> (r.totals ->> 'net')::numeric ORDER BY b.id"""


class Deposit(msgspec.Struct):
    """What one employee gets; `bank` is encrypted, None without an account.

    `is_other_bank`: the account is not the one that the stub shows.
    """

    employee_id: int
    employee_no: str
    name: str
    net: Decimal
    bank: str | None
    is_other_bank: bool


def read_filing_settings() -> FilingSettings:
    """In one statement; the return account is masked."""
    return msgspec.json.decode(database.json(SETTINGS) or b'{}', type=FilingSettings)


def sealed_return_account() -> str | None:
    """The encrypted account; None when none was given."""
    row = database.run(SEALED).fetchone()
    return str(row[0]) if row and row[0] else None


def deposits(run_id: int) -> list[Deposit]:
    """Net pays above zero of a run, by employee number."""
    body = database.json(DEPOSITS, {'run': run_id})
    return msgspec.json.decode(body or b'[]', type=list[Deposit])


def last_sequence(originator_id: str) -> int | None:
    """Of the files of an originator."""
    row: typing.Any = database.run(LAST_SEQUENCE, {'originator': originator_id}).fetchone()
    found: int | None = row[0]
    return found


def bank_file_of(run_id: int, approved_at: dt.datetime | None) -> BankFile | None:
    """The file of a run as it was approved then; with None the last one."""
    query = BankFile.select().where(BankFile.run == run_id)
    if approved_at is not None:
        query = query.where(BankFile.approved_at == approved_at)
    found: BankFile | None = query.order_by(BankFile.id.desc()).first()
    return found


def wrong_files() -> list[tuple[int, str, Decimal, Decimal]]:
    """(file number, run, total of the file, net of the run) of files without anybody skipped."""
    return [tuple(row) for row in database.run(FILES_OFF).fetchall()]


_BOOKED = ', '.join(f"'{state}'" for state in BOOKED)
#: Sums of stubs `s` that authorities and slips ask for.
SUMS: dict[str, str] = {
    'gross': 's.gross',
    'pensionable': 's.pensionable',
    'insurable': 's.insurable',
    'qpip_insurable': 's.qpip_insurable',
    'federal_tax': 's.federal_tax + s.federal_tax_lump',
    'qc_tax': 's.qc_tax + s.qc_tax_lump',
    'qpp': 's.qpp',
    'qpp2': 's.qpp2',
    'ei': 's.ei',
    'qpip': 's.qpip',
    'rpp': 's.rpp',
    'union_dues': 's.union_dues',
    'employer_qpp': 's.employer_qpp',
    'employer_qpp2': 's.employer_qpp2',
    'employer_ei': 's.employer_ei',
    'employer_qpip': 's.employer_qpip',
    'employer_hsf': 's.employer_hsf',
    'employer_cnt': 's.employer_cnt',
    'employer_cnesst': 's.employer_cnesst',
}
_SUMS = ', '.join(f"'{name}', coalesce(sum({sql}), 0)" for name, sql in SUMS.items())
# A window of which nothing was paid out and nothing remitted is none.
REMITTED = f"""
SELECT coalesce(json_agg(json_build_object('code', x.code, 'employees', x.employees,
  'sums', x.sums, 'payments', x.payments)), '[]')::text FROM (
  SELECT w.code, t.employees, t.sums, p.payments
  FROM unnest(%(codes)s::text[], %(starts)s::date[], %(ends)s::date[]) AS w(code, start, stop)
  CROSS JOIN LATERAL (
    SELECT count(*) AS stubs, count(DISTINCT s.employee_id) AS employees,
      jsonb_build_object({_SUMS}) AS sums
    FROM @pay_run r JOIN @pay_stub s ON s.run_id = r.id
    WHERE r.pay_date BETWEEN w.start AND w.stop AND r.status IN ({_BOOKED})) t
  CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object('date', m.date, 'reference', m.reference,
      'amount', m.amount, 'items', m.items) ORDER BY m.id), '[]') AS payments,
      count(*) AS count
    FROM @remittance_payment m WHERE m.year = %(year)s::int AND m.code = w.code) p
  WHERE t.stubs > 0 OR p.count > 0) x"""


def read_remittances(year: int, settings: FilingSettings, today: dt.date) -> list[RemittanceRead]:
    """All of a year's pay dates, by due date. Nothing is remitted of a year without pays.

    Raises Invalid (pay_date): pays in a year without parameters.
    """
    asked = {one.code: one for one in windows(year, settings)}
    named: dict[str, typing.Any] = {'year': year, 'codes': list(asked)}
    named |= {'starts': [one.start for one in asked.values()]}
    named |= {'ends': [one.end for one in asked.values()]}
    body = database.json(REMITTED, named)
    found = msgspec.json.decode(body or b'[]', type=list[Sums])
    rows = [remittance(asked[one.code], one, settings, today) for one in found]
    rows = [one for one in rows if one.total or one.payments]
    return sorted(rows, key=lambda one: (one.due_date, one.code))


def read_remittance(
    code: str, settings: FilingSettings, today: dt.date
) -> tuple[RemittanceRead, dict[str, Decimal]] | None:
    """One of them, and what was paid of its items; None for an unknown code."""
    year = year_of(code)
    asked = windows(year, settings) if year else []
    window = next((one for one in asked if one.code == code), None)
    if window is None:
        return None
    named = {'year': year, 'codes': [code], 'starts': [window.start], 'ends': [window.end]}
    body = database.json(REMITTED, named)
    found = msgspec.json.decode(body or b'[]', type=list[Sums])
    if not found:
        return None
    paid: dict[str, Decimal] = {}
    for payment in found[0].payments:
        for name, amount in payment.items.items():
            paid[name] = paid.get(name, Decimal(0)) + amount
    return remittance(window, found[0], settings, today), paid


def year_of(code: str) -> int:
    """0 where the code names none that can have pays."""
    digits = code.partition('-')[2][:4]
    is_year = len(digits) == 4 and digits.isascii() and digits.isdigit()
    return int(digits) if is_year and 1990 <= int(digits) <= 2100 else 0
