"""Payment terms: from a code and a date to the due date."""

import calendar
import datetime as dt
import re

import msgspec

from karvo.customers.models import PaymentTerm
from karvo.kit.errors import invalid

NET = re.compile(r'NET([0-9]{1,3})')


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
