"""What recording a document has to know, read in one statement, or kept from the last time.

Integrators bill the same customers again and again. What was read for one is kept by the process,
and the statement that writes the next document looks whether it still holds (`Basis`).
"""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.customers.reads import COLUMNS as PARTY_COLUMNS
from karvo.customers.schemas import Customer
from karvo.customers.terms import Term
from karvo.kit.db import Place, current_place, database
from karvo.kit.money import ZERO
from karvo.settings.reads import TODAY, business_date, today_params
from karvo.taxes.reads import (
    BOOKS_NEWS,
    BOOKS_VERSION,
    Books,
    BooksNews,
    books_from,
    kept_books,
    known_version,
)

#: Differs after every UPDATE of a customer, also where one transaction makes several.
ROW = 'ROW(c.xmin, c.ctid)::text'
# One text for codes and one for ids: an OR over both would be planned anew at every call.
CONTEXT = f"""
WITH c AS (SELECT {PARTY_COLUMNS}, {ROW} AS row FROM @party c WHERE <party>)
SELECT json_build_object(
  'books', {BOOKS_NEWS},
  'today', {TODAY},
  'next_id', nextval('@document_id_seq'),
  'party', (SELECT row_to_json(c) FROM c),
  'row', (SELECT c.row FROM c),
  'is_number_taken', EXISTS (SELECT 1 FROM @document d
    WHERE d.type = %(type)s AND upper(d.number) = upper(%(number)s)),
  'terms', (SELECT coalesce(json_agg(json_build_object('code', code, 'days', days, 'kind', kind)),
    '[]') FROM @payment_term),
  'owed', coalesce((SELECT sum(d.balance) FROM @document d JOIN c ON c.id = d.party_id
    WHERE c.credit_limit > 0 AND d.state = 'posted' AND d.type = 'invoice' AND d.balance > 0), 0.00)
)::text"""
BY_CODE = CONTEXT.replace('<party>', 'c.code = upper(%(customer)s)')
BY_ID = CONTEXT.replace('<party>', 'c.id = %(customer_id)s')

#: A party's id, in a row of a document `d`; NULL where its `Basis` holds no more.
CHECKED_PARTY = f"""(SELECT c.id FROM @party c WHERE c.id = d.party_id
    AND {ROW} = %(basis_row)s AND {BOOKS_VERSION} = %(basis_books)s::bigint)"""
MOST_KEPT = 2000  #: customers, each by its code and by its id; some 3 kB each
LONGEST_KEPT = 2000  #: characters of a customer's notes and metadata


class _Answer(msgspec.Struct, kw_only=True):
    books: BooksNews
    today: dt.date
    next_id: int
    party: Customer | None
    row: str | None = None
    is_number_taken: bool
    terms: list[Term]
    owed: Decimal


class Basis(typing.NamedTuple):
    """What a context that was kept is made of: which row the customer's is (ROW), and the books'
    version."""

    row: str
    books: int


class Context(msgspec.Struct, kw_only=True):
    """The books, the customer, today. `owed`: open invoices of a customer with a limit, dollars;
    `next_id`: the id that a document made of this has (ids are never reused, but may be skipped);
    None in one that was kept. That has a `basis`, which the statement that writes must check.
    """

    books: Books
    today: dt.date
    next_id: int | None
    party: Customer | None
    is_number_taken: bool
    terms: list[Term]
    owed: Decimal
    basis: Basis | None = None

    def term(self, code: str) -> Term | None:
        return next((term for term in self.terms if term.code == code), None)


def read_context(
    type: str, customer: str | None, customer_id: int | None, number: str | None
) -> Context:
    named: dict[str, object] = {
        'customer': customer,
        'customer_id': customer_id,
        'type': type,
        'number': number,
    }
    named |= today_params() | {'books_known': known_version()}
    sql = BY_ID if customer is None else BY_CODE
    answer = msgspec.json.decode(database.json(sql, named) or b'', type=_Answer)
    context = Context(
        books=books_from(answer.books),
        today=answer.today,
        next_id=answer.next_id,
        party=answer.party,
        is_number_taken=answer.is_number_taken,
        terms=answer.terms,
        owed=answer.owed,
    )
    _keep(context, answer.row)
    return context


class _Kept(typing.NamedTuple):
    party: Customer
    row: str
    terms: list[Term]


_kept: dict[tuple[Place, str | int], _Kept] = {}


def _keep(context: Context, row: str | None) -> None:
    party = context.party
    # What somebody with a limit owes changes with every document.
    if party is None or row is None or party.deleted_at or party.credit_limit:
        return
    metadata = party.metadata.copy()  # a view of the whole answer otherwise
    if len(bytes(metadata)) + len(party.notes or '') > LONGEST_KEPT:
        return
    if len(_kept) >= 2 * MOST_KEPT:
        _kept.clear()
    party = msgspec.structs.replace(party, metadata=metadata)
    place, kept = current_place(), _Kept(party, row, context.terms)
    _kept[place, party.code] = _kept[place, party.id] = kept


def kept_context(customer: str | None, customer_id: int | None) -> Context | None:
    """What was read for this customer before; no statement. It may be stale: only the statement
    that checks its `basis` may act on it. A term that it does not know may be there by now.
    """
    if customer is not None and not customer.isascii():
        return None  # PostgreSQL has its own idea of other capitals
    books = kept_books()
    kept = _kept.get((current_place(), _key(customer, customer_id)))
    if kept is None or books is None:
        return None
    return Context(
        books=books[1],
        today=business_date(books[1].settings),
        next_id=None,
        party=kept.party,
        is_number_taken=False,
        terms=kept.terms,
        owed=ZERO,
        basis=Basis(kept.row, books[0]),
    )


def forget_context(customer: str | None, customer_id: int | None) -> None:
    """It proved stale."""
    _kept.pop((current_place(), _key(customer, customer_id)), None)


def _key(customer: str | None, customer_id: int | None) -> str | int:
    return customer.upper() if customer is not None else customer_id or 0
