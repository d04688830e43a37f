"""RL-1 as data: slip numbers, and a table of all boxes. Not to be sent to Revenu Québec as it is.

Transmission needs a certified program and Revenu Québec's own schemas; who has one, or the paper
form, takes the values from here.
"""

import csv
import io
import typing
from collections.abc import Sequence

import msgspec

from karvo.payfiles.schemas.slips import Rl1, SlipData
from karvo.payfiles.slips.checks import shown

NOTICE = 'DONNÉES SEULEMENT – NON TRANSMISSIBLE / DATA ONLY – NOT TRANSMITTABLE'
HEAD = (
    'notice',
    'year',
    'kind',
    'slip_number',
    'replaced_slip_number',
    'sin',
    'last_name',
    'first_name',
    'line1',
    'line2',
    'city',
    'province',
    'postal_code',
    'employee_no',
)
FORMULA = ('=', '+', '-', '@', '\t', '\r')


class Rl1Slip(msgspec.Struct, kw_only=True):
    """A slip with its numbers; `sin` has nine digits or is ''."""

    data: SlipData
    kind: str
    number: str
    replaces: str
    sin: str


def slip_number(sequence: int) -> str:
    """Eight assigned digits and a check digit: those eight, modulo 7."""
    return f'{sequence:08}{sequence % 7}'


def is_slip_number(text: str) -> bool:
    """Nine digits whose last is right."""
    is_digits = len(text) == 9 and text.isascii() and text.isdigit()
    return is_digits and text == slip_number(int(text[:8]))


def table(slips: Sequence[Rl1Slip]) -> bytes:
    """CSV in UTF-8 with a byte order mark, for spreadsheets."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\r\n')
    boxes = Rl1.__struct_fields__
    writer.writerow([*HEAD, *(shown(name).removeprefix('box ') for name in boxes)])
    for one in slips:
        amounts = [f'{getattr(one.data.rl1, name):.2f}' for name in boxes]
        writer.writerow([*map(_safe, _who(one)), *amounts])
    return text.getvalue().encode('utf-8-sig')


def _who(one: Rl1Slip) -> list[typing.Any]:
    data, address = one.data, one.data.address
    return [
        NOTICE,
        data.year,
        one.kind,
        one.number,
        one.replaces,
        one.sin,
        data.last_name,
        data.first_name,
        address.line1,
        address.line2,
        address.city,
        address.province,
        address.postal_code,
        data.employee_no,
    ]


def _safe(value: typing.Any) -> str:
    """What a spreadsheet would compute is only shown."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
