"""/customers of se-erp/v2. What a customer owes is read here, where every module may be asked."""

import datetime as dt
import functools
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.customers import reads
from karvo.customers.operations import change_customer, create_customer
from karvo.customers.schemas import (
    Address,
    CustomerAccount,
    CustomerChange,
    Email,
    Province,
)
from karvo.invoices.reads import OWED, PARTY_BALANCES
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid, invalid
from karvo.kit.fields import Id, Line, Short
from karvo.kit.folded import folded
from karvo.kit.http import Deleted, Page, Resource, endpoint, found
from karvo.kit.links import Link, Links
from karvo.kit.paging import Listing, PageNumber, PerPage, Slice
from karvo.kit.spellings import Kept, agree
from karvo.kit.text import like
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Country
from karvo.shipments.operations.customers import remove_customer
from karvo.warehouses.reads import warehouse_code

STATUSES = ('active', 'hold', 'archived')
BEYOND_LATIN = '\u0250'
FIELDS = {'gst_number': 'gst_no', 'qst_number': 'qst_no'}  #: {domain field: wire field}

CUSTOMERS = Listing(
    columns=f'{reads.COLUMNS}, b.*',
    source=reads.SOURCE,
    joins=f'CROSS JOIN LATERAL ({PARTY_BALANCES}) b',
    where=reads.WHERE,
    filters=reads.FILTERS
    | {
        'has_balance': f'EXISTS ({OWED}) = %(has_balance)s',
        'id': 'c.id = %(id)s',
        'include': 'c.id = ANY(%(include)s)',
    },
    orders={
        'name': folded('c.name'),
        'code': 'c.code',
        'created_at': 'c.created_at',
        'balance': f'coalesce((SELECT sum(o.balance) FROM ({OWED}) o), 0)',
    },
    default=('name', 'asc'),
    tiebreak='c.id',
)


LINKS = Links(
    collection='/customers',
    links=(Link(rel='invoices', href='/customers/{id}/invoices', is_many=True),),
)


class AddressIn(msgspec.Struct, kw_only=True):
    """A customer's address as sent: absent = unchanged, null = cleared (G-10)."""

    line1: Line | None | UnsetType = UNSET
    line2: Line | None | UnsetType = UNSET
    city: Line | None | UnsetType = UNSET
    province: Province | None | UnsetType = UNSET
    postal_code: Short | None | UnsetType = UNSET
    country: Country | None | UnsetType = UNSET


class CustomerChangeIn(CustomerChange, kw_only=True):
    """A customer as sent: `address` beside the flat names, `gst_no` beside `gst_number`."""

    address: AddressIn | None | UnsetType = UNSET
    gst_no: Short | None | UnsetType = UNSET
    qst_no: Short | None | UnsetType = UNSET


class CustomerIn(CustomerChangeIn, kw_only=True):
    """A new customer; only `name` is required, `code` is made when absent."""

    name: typing.Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class CustomerOut(msgspec.Struct, kw_only=True):
    """A customer, amounts in dollars of its currency."""

    id: int
    uid: str
    code: str
    name: str
    type: str
    email: str | None
    phone: str | None
    website: str | None
    language: str | None
    currency: str
    address: Address
    address1: str | None
    address2: str | None
    city: str | None
    province: str | None
    postal_code: str | None
    country: str | None
    ship_to: Address | None
    group: str | None
    price_tier: str | None
    payment_terms: str | None
    credit_limit: Decimal
    credit_hold: bool
    credit_hold_reason: str | None
    tax_exempt: str
    gst_no: str | None
    qst_no: str | None
    salesperson: str | None
    notes: str | None
    tags: list[str]
    metadata: msgspec.Raw
    status: str
    balance: Decimal
    overdue_balance: Decimal
    unapplied_credits: Decimal
    last_invoice_date: dt.date | None
    ytd_revenue: Decimal
    auto_created: bool
    language_choice_recorded_at: dt.datetime | None
    language_choice_recorded_by: str | None
    language_choice_recorded_ref: str | None
    interest_rate_annual: Decimal | None
    interest_agreed_on: dt.date | None
    dunning_excluded: bool
    in_collections: bool
    default_warehouse: str | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    warnings: list[str] | UnsetType = UNSET


class CustomerQuery(paging.ListQuery, kw_only=True):
    """Filters of the list (CUS-6)."""

    group: Line | None = None
    status: Line | None = None
    province: Short | None = None
    has_balance: bool | None = None
    credit_hold: bool | None = None
    salesperson: Line | None = None
    include: typing.Annotated[list[Id], msgspec.Meta(max_length=100)] = []


class CustomerSearch(msgspec.Struct, kw_only=True):
    """At least one criterion; several must all match (CUS-5)."""

    q: Line | None = None
    name: Line | None = None
    email: Email | None = None
    code: Short | None = None
    page: PageNumber = 1
    per_page: PerPage = 25


class Customers(Resource):
    """All customers."""

    dialect = se_erp
    links = LINKS
    fields = FIELDS

    @endpoint(scope='customers:read')
    def on_get(self, actor: Actor, query: CustomerQuery) -> Page[CustomerOut]:
        """List all customers with pagination."""
        filters = {
            'search': like(query.search) if query.search else None,
            'group': query.group,
            'status': paging.choices(query.status, STATUSES, 'status'),
            'province': query.province,
            'has_balance': query.has_balance,
            'credit_hold': query.credit_hold,
            'salesperson': query.salesperson,
            'updated_since': query.updated_since,
            'include': query.include or None,
        }
        return _page(query, filters)

    @endpoint(scope='customers:write', status=201)
    def on_post(self, actor: Actor, body: CustomerIn) -> CustomerOut:
        """Create a new customer record."""
        customer_id, warnings = create_customer(_change(body), actor=actor)
        return _one(customer_id, warnings)


class Customer(Resource):
    """One customer."""

    dialect = se_erp
    links = LINKS
    fields = FIELDS

    @endpoint(scope='customers:read')
    def on_get(self, actor: Actor, id: int) -> CustomerOut:
        """Get customer details."""
        return _one(id)

    @endpoint(scope='customers:write')
    def on_put(
        self, actor: Actor, id: int, body: CustomerChangeIn, version: int | None
    ) -> CustomerOut:
        """Update customer data; absent = unchanged, null = cleared."""
        change = _change(body, lambda: reads.customer_by_id(id))
        warnings = change_customer(id, change, actor=actor, version=version)
        return _one(id, warnings)

    @endpoint(scope='customers:write')
    def on_delete(self, actor: Actor, id: int, version: int | None) -> Deleted:
        """Remove a customer record; one with history is archived."""
        remove_customer(id, actor=actor, version=version)
        return Deleted(True, id)


class Search(Resource):
    """Search by several criteria."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='customers:read')
    def on_post(self, actor: Actor, body: CustomerSearch) -> Page[CustomerOut]:
        """Search customers by name, email, or code."""
        name = like(body.name or '') or None
        # SQL folds Latin letters as Python does; names in others are sought in all that is kept.
        is_latin = name is None or max(name) < BEYOND_LATIN
        filters = {
            'search': like(body.q or '') or None,
            'name_part': name if is_latin else None,
            'name_anywhere': None if is_latin else name,
            'email': (body.email or '').strip() or None,
            'code_prefix': _plain((body.code or '').strip()) or None,
        }
        if not any(filters.values()):
            raise Invalid(
                'one of q, name, email, code is required',
                fields=dict.fromkeys(('q', 'name', 'email', 'code'), 'one of these is required'),
            )
        return _page(paging.ListQuery(page=body.page, per_page=body.per_page), filters)


def _plain(text: str) -> str:
    return text.replace('\\', r'\\').replace('%', r'\%').replace('_', r'\_')


def _page(query: paging.ListQuery, filters: dict[str, typing.Any]) -> Page[CustomerOut]:
    rows, total = CUSTOMERS.read(CustomerAccount, _dated(filters), paging.slice_of(query))
    return paging.page_of(query, [customer_out(row) for row in rows], total)


def _account(customer_id: int) -> CustomerAccount:
    rows, _ = CUSTOMERS.read(CustomerAccount, _dated({'id': customer_id}), Slice(limit=1))
    return found(rows[0] if rows else None, 'Customer')


def _dated(filters: dict[str, typing.Any]) -> dict[str, typing.Any]:
    today = business_date(read_settings())
    return {**filters, 'today': today, 'year_start': today.replace(month=1, day=1)}


def _one(customer_id: int, warnings: list[str] | None = None) -> CustomerOut:
    return customer_out(_account(customer_id), warnings)


def _change(body: CustomerChangeIn, kept: Kept | None = None) -> CustomerChange:
    """The domain's names for what the wire says twice."""
    values = {n: v for n, v in msgspec.structs.asdict(body).items() if v is not UNSET}
    address = values.pop('address', UNSET)
    if address is None:
        agree(values, dict.fromkeys(_FLAT.values()), kept)
    elif address is not UNSET:
        given = msgspec.structs.asdict(address)
        sent = {_FLAT[n]: value for n, value in given.items() if value is not UNSET}
        agree(values, sent, kept)
    for name, wire in FIELDS.items():
        if wire in values:
            agree(values, {name: values.pop(wire)}, kept)
    if values.get('default_warehouse'):
        values['default_warehouse'] = _warehouse(values['default_warehouse'])
    return CustomerChange(**values)


def _warehouse(code: str) -> str:
    """The code of an active warehouse. Raises Invalid."""
    known = warehouse_code(code)
    if known is None:
        raise invalid(default_warehouse=f'{code} is unknown or inactive')
    return known


_FLAT = {
    'line1': 'address1',
    'line2': 'address2',
    'city': 'city',
    'province': 'province',
    'postal_code': 'postal_code',
    'country': 'country',
}


@functools.cache
def _shared() -> tuple[str, ...]:
    own = set(CustomerOut.__struct_fields__)
    return tuple(name for name in CustomerAccount.__struct_fields__ if name in own)


def customer_out(row: CustomerAccount, warnings: list[str] | None = None) -> CustomerOut:
    """The wire's shape of a customer."""
    address = Address(**{name: getattr(row, flat) for name, flat in _FLAT.items()})
    status = 'archived' if row.deleted_at else 'hold' if row.credit_hold else 'active'
    return CustomerOut(
        **{name: getattr(row, name) for name in _shared()},
        address=address,
        gst_no=row.gst_number,
        qst_no=row.qst_number,
        status=status,
        warnings=warnings if warnings else UNSET,
    )


routes = [
    ('/customers', Customers()),
    ('/customers/search', Search()),
    ('/customers/{id:int}', Customer()),
]
