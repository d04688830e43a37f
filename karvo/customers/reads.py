"""Customers as read structs. What they owe comes from above and is composed in `routes.py`."""

import typing

import msgspec

from karvo.customers.schemas import Customer
from karvo.kit.db import database
from karvo.kit.folded import folded
from karvo.kit.paging import Listing, Slice
from karvo.kit.text import folded_sql

COLUMNS = """c.id, c.uid, c.key, c.code, c.name, c.type, c.email, c.phone, c.website, c.language,
  c.currency, c.payment_terms, c.group_code AS "group", c.price_tier, c.credit_limit,
  c.credit_hold, c.credit_hold_reason, c.tax_exempt, c.gst_number, c.qst_number, c.address1,
  c.address2, c.city, c.province, c.postal_code, c.country, c.ship_to, c.salesperson, c.notes,
  c.tags, c.metadata, c.auto_created, c.language_choice_recorded_at,
  c.language_choice_recorded_by, c.language_choice_recorded_ref, c.interest_rate_annual,
  c.interest_agreed_on, c.dunning_excluded, c.in_collections, c.default_warehouse, c.version,
  c.created_at, c.updated_at, c.deleted_at"""

SOURCE = '@party c'
WHERE = 'c.is_customer AND c.deleted_at IS NULL'

FILTERS = {
    'search': "(c.search_text LIKE '%%' || %(search)s || '%%')",
    'code_prefix': "(lower(c.code) LIKE lower(%(code_prefix)s) || '%%')",
    # The index finds the few whose card has it somewhere; their names are looked at by themselves.
    'name_part': f"""(c.search_text LIKE '%%' || %(name_part)s || '%%'
      AND {folded_sql('c.name')} LIKE '%%' || {folded_sql('%(name_part)s::text')} || '%%')""",
    'name_anywhere': "(c.search_text LIKE '%%' || %(name_anywhere)s || '%%')",
    'email': 'lower(c.email) = lower(%(email)s)',
    'group': 'c.group_code = %(group)s',
    'status': """(CASE WHEN c.credit_hold THEN 'hold' ELSE 'active' END) = ANY(%(status)s)""",
    'province': 'c.province = upper(%(province)s)',
    'credit_hold': 'c.credit_hold = %(credit_hold)s',
    'salesperson': 'c.salesperson = %(salesperson)s',
    'updated_since': 'c.updated_at >= %(updated_since)s',
}

BY_CODE = f"""
SELECT row_to_json(c)::text FROM (SELECT {COLUMNS} FROM {SOURCE} WHERE c.code = %(code)s) c"""
BY_ID = f"""
SELECT row_to_json(c)::text FROM (
  SELECT {COLUMNS} FROM {SOURCE} WHERE c.id = %(id)s AND {WHERE}) c"""


#: The cards alone, without what is owed: for other programs' address books.
CARDS = Listing(
    columns=COLUMNS,
    source=SOURCE,
    where=WHERE,
    filters=FILTERS
    | {
        'id': 'c.id = %(id)s',
        'ids': 'c.id = ANY(%(ids)s)',
        'code': 'c.code = upper(%(code)s)',
        'website': 'lower(c.website) = lower(%(website)s)',
        'created_since': 'c.created_at >= %(created_since)s',
    },
    orders={
        'id': 'c.id',
        'code': 'c.code',
        'name': folded('c.name'),
        'updated_at': 'c.updated_at',
    },
    default=('id', 'asc'),
    tiebreak='c.id',
)


#: Whoever has the address of somebody who was there before, letter case aside.
DUPLICATES = """
SELECT coalesce(json_agg(n.id), '[]')::text FROM @party n WHERE n.id = ANY(%(ids)s::bigint[])
  AND EXISTS (SELECT 1 FROM @party p WHERE lower(p.email) = lower(n.email) AND p.id < n.id)"""


def duplicate_emails(ids: list[int]) -> set[int]:
    """Those of the customers whose e-mail was an earlier one's already; one statement."""
    return msgspec.json.decode(database.json(DUPLICATES, {'ids': ids}) or b'[]', type=set[int])


def list_customers(filters: dict[str, typing.Any], part: Slice) -> tuple[list[Customer], int]:
    """(rows, total), one statement; archived ones are left out."""
    return CARDS.read(Customer, filters, part)


def customer_by_code(code: str) -> Customer | None:
    """Archived ones too: their codes stay reserved."""
    body = database.json(BY_CODE, {'code': code.upper()})
    return msgspec.json.decode(body, type=Customer) if body else None


def customer_by_id(customer_id: int) -> Customer | None:
    body = database.json(BY_ID, {'id': customer_id})
    return msgspec.json.decode(body, type=Customer) if body else None
