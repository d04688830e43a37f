"""Social insurance numbers and bank accounts: checked, encrypted, masked.

They are stored as ciphertext beside a mask; only payroll:full and the bank file see them whole.
"""

import re
import typing

import msgspec
from stdnum.ca import sin as sins
from stdnum.exceptions import ValidationError

from karvo.kit import crypto
from karvo.payroll.schemas.employees import Bank

SHOWN = 3  #: last characters of a masked value that stay
FORMS = {'institution': r'[0-9]{3}', 'transit': r'[0-9]{5}', 'account': r'[0-9]{5,12}'}
WORDS = {
    'institution': 'must be 3 digits',
    'transit': 'must be 5 digits',
    'account': 'must be 5 to 12 digits',
}


def checked_sin(text: str) -> str | None:
    """The nine digits; None unless a SIN: check digit right, no 0 or 8 in front (facts 5)."""
    if not text.isascii():
        return None
    try:
        return sins.validate(text)
    except ValidationError:
        return None


def mask_sin(digits: str) -> str:
    return f'***-***-{digits[-SHOWN:]}'


def seal_sin(digits: str) -> str:
    """Encrypted, for the column."""
    return crypto.encrypt(digits.encode()).decode()


def open_sin(sealed: str) -> str:
    """The nine digits of an employee's `sin` column."""
    return crypto.decrypt(sealed.encode()).decode()


def bank_problems(bank: Bank) -> dict[str, str]:
    """{bank.account: what is wrong}; empty for a good one (facts/files 1)."""
    given: dict[str, str] = msgspec.structs.asdict(bank)
    return {
        f'bank.{name}': WORDS[name]
        for name, text in given.items()
        if not re.fullmatch(FORMS[name], text)
    }


def mask_bank(bank: Bank) -> dict[str, str]:
    """The institution, and the end of the account."""
    stars = '*' * (len(bank.account) - SHOWN)
    return {
        'institution': bank.institution,
        'transit': '*****',
        'account': stars + bank.account[-SHOWN:],
    }


def seal_bank(bank: Bank) -> str:
    """Encrypted, for the column."""
    return crypto.encrypt(msgspec.json.encode(bank)).decode()


def open_bank(sealed: str) -> Bank:
    """The account of an employee's `bank` column."""
    return msgspec.json.decode(crypto.decrypt(sealed.encode()), type=Bank)


def is_mask_of(given: Bank, mask: typing.Any) -> bool:
    """Whether a client sends back what it read (G-10)."""
    return bool(mask) and msgspec.structs.asdict(given) == mask
