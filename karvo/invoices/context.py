"""What recording a document has to know, read in one statement."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.customers.reads import COLUMNS as PARTY_COLUMNS
from karvo.customers.schemas import Customer
from karvo.customers.terms import Term
from karvo.kit.db import database
from karvo.settings.reads import TODAY, today_params
from karvo.taxes.reads import BOOKS_NEWS, Books, BooksNews, books_from, known_version

# One text for codes and one for ids: an OR over both would be planned anew at every call.
CONTEXT = f"""
WITH c AS (SELECT {PARTY_COLUMNS} FROM @party c WHERE <party>)
SELECT json_build_object(
  'books', {BOOKS_NEWS},
  'today', {TODAY},
  'next_id', nextval('@document_id_seq'),
  'party', (SELECT row_to_json(c) FROM c),
  'is_number_taken', EXISTS (SELECT 1 FROM @document d
    WHERE d.type = %(type)s AND upper(d.number) = upper(%(number)s)),
  'terms', (SELECT coalesce(json_agg(json_build_object('code', code, 'days', days, 'kind', kind)),
    '[]') FROM @payment_term),
  'owed', coalesce((SELECT sum(d.balance) FROM @document d JOIN c ON c.id = d.party_id
    WHERE c.credit_limit > 0 AND d.state = 'posted' AND d.type = 'invoice' AND d.balance > 0), 0.00)
)::text"""
BY_CODE = CONTEXT.replace('<party>', 'c.code = upper(%(customer)s)')
BY_ID = CONTEXT.replace('<party>', 'c.id = %(customer_id)s')


class _Answer(msgspec.Struct, kw_only=True):
    books: BooksNews
    today: dt.date
    next_id: int
    party: Customer | None
    is_number_taken: bool
    terms: list[Term]
    owed: Decimal


class Context(msgspec.Struct, kw_only=True):
    """The books, the customer, today. `owed`: open invoices of a customer with a limit, dollars;
    `next_id`: the id that a document made of this has (ids are never reused, but may be skipped).
    """

    books: Books
    today: dt.date
    next_id: int
    party: Customer | None
    is_number_taken: bool
    terms: list[Term]
    owed: Decimal

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
    return Context(
        books=books_from(answer.books),
        today=answer.today,
        next_id=answer.next_id,
        party=answer.party,
        is_number_taken=answer.is_number_taken,
        terms=answer.terms,
        owed=answer.owed,
    )
