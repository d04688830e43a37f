"""Payment terms: from a code and a date to the due date."""

import calendar
import datetime as dt
import importlib.resources
import re

import msgspec

from karvo.customers.models import PaymentTerm
from karvo.kit.errors import invalid

NET = re.compile(r'NET(\d{1,3})')


class Term(msgspec.Struct, frozen=True):
    """When a document is due."""

    code: str
    days: int
    kind: str


def due_date(term: Term, date: dt.date) -> dt.date:
    """`days` after the date; for end_of_month, after the last day of its month."""
    if term.kind == 'end_of_month':
        date = date.replace(day=calendar.monthrange(date.year, date.month)[1])
    return date + dt.timedelta(days=term.days)


def term_named(code: str) -> Term:
    """The term of that code; `NETn` exists for every n. Raises Invalid."""
    row = PaymentTerm.get_or_none(PaymentTerm.code == code)
    if row is not None:
        return Term(row.code, row.days, row.kind)
    match = NET.fullmatch(code)
    if match is None:
        raise invalid(payment_terms=f'{code} is unknown')
    return Term(code, int(match[1]), 'net')


def ensure_term(code: str) -> str:
    """The code, with its row in place; raises Invalid when it is no term."""
    term = term_named(code.upper())
    name = f'Net {term.days}'
    row = {'code': term.code, 'name_fr': f'{name} jours', 'name_en': f'{name} days'}
    PaymentTerm.insert(**row, days=term.days).on_conflict_ignore().execute()
    return term.code


def open_terms() -> None:
    """The terms of a new company; provisioning's only."""
    text = importlib.resources.files(__package__).joinpath('terms.json').read_bytes()
    names = ('code', 'name_fr', 'name_en', 'days', 'kind', 'discount_pct', 'discount_days')
    rows = [dict(zip(names, row, strict=True)) for row in msgspec.json.decode(text)]
    PaymentTerm.insert_many(rows).on_conflict_ignore().execute()
