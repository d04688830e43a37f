"""/customers of api/v2: `account` is the customer's name, the address is flat."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.operations import change_customer, create_customer
from karvo.customers.reads import customer_by_id, list_customers
from karvo.customers.schemas import Customer, CustomerChange, Email, Province
from karvo.kit.actor import Actor
from karvo.kit.errors import invalid
from karvo.kit.fields import Line, Note, Short
from karvo.kit.http import Resource, endpoint, found
from karvo.kit.text import like
from karvo.shipments.operations.customers import remove_customer
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import Done, Listed, ListQuery, One, listed, part_of, seconds

#: {domain field: wire field}
FIELDS = {
    'name': 'account',
    'address1': 'address',
    'province': 'state',
    'postal_code': 'zip',
}
CountryOrNone = typing.Annotated[str, Meta(pattern=r'^([A-Z]{2})?(?!\n)$')]
Account = typing.Annotated[str, Meta(max_length=200)]
LONGEST_LINE = 200
#: as it is shown: two lines and what is between them
Address = typing.Annotated[str, Meta(max_length=2 * LONGEST_LINE + 2)]


class V2CustomerChange(msgspec.Struct, kw_only=True):
    """A change: absent = unchanged, null or '' = cleared. `state` is the ISO code: QC, NY.

    A new `address` has at most 200 characters and takes the place of all its lines.
    """

    account: Account | UnsetType = UNSET
    code: Short | UnsetType = UNSET
    email: Email | None | UnsetType = UNSET
    phone: Short | None | UnsetType = UNSET
    address: Address | None | UnsetType = UNSET
    city: Line | None | UnsetType = UNSET
    state: Province | None | UnsetType = UNSET
    zip: Short | None | UnsetType = UNSET
    country: CountryOrNone | None | UnsetType = UNSET
    notes: Note | None | UnsetType = UNSET


class V2CustomerIn(V2CustomerChange, kw_only=True):
    """A new customer; `code` is made where none is given."""

    account: Account


class V2CustomerOut(msgspec.Struct, kw_only=True):
    """A customer."""

    id: int
    account: str
    code: str
    email: str | None
    phone: str | None
    address: str | None
    city: str | None
    state: str | None
    zip: str | None
    country: str | None
    notes: str | None
    created_at: dt.datetime
    updated_at: dt.datetime
    warnings: list[str] | UnsetType = UNSET


class Customers(Resource):
    """All customers."""

    dialect = dialect
    fields = FIELDS

    @endpoint(scope='customers:read')
    def on_get(self, actor: Actor, query: ListQuery) -> Listed[V2CustomerOut]:
        """List customers, in the order in which they were made."""
        filters = {'search': like(query.search) if query.search else None}
        rows, total = list_customers(filters, part_of(query))
        return listed([customer_out(row) for row in rows], total, query)

    @endpoint(scope='customers:write', status=201)
    def on_post(self, actor: Actor, body: V2CustomerIn) -> One[V2CustomerOut]:
        """Create a customer."""
        customer_id, warnings = create_customer(customer_change(body), actor=actor)
        return _one(customer_id, 'Customer created', warnings)


class OneCustomer(Resource):
    """One customer."""

    dialect = dialect
    fields = FIELDS

    @endpoint(scope='customers:read')
    def on_get(self, actor: Actor, id: int) -> One[V2CustomerOut]:
        """Get one customer."""
        return _one(id)

    @endpoint(scope='customers:write')
    def on_put(self, actor: Actor, id: int, body: V2CustomerChange) -> One[V2CustomerOut]:
        """Change what is sent of a customer."""
        if body.address is not UNSET and (body.address or None) == _address(_living(id)):
            body.address = UNSET  # two lines stay two
        warnings = change_customer(id, customer_change(body), actor=actor)
        return _one(id, 'Customer updated', warnings)

    @endpoint(scope='customers:write')
    def on_delete(self, actor: Actor, id: int) -> Done:
        """Delete a customer who owes nothing; one with history is archived."""
        remove_customer(id, actor=actor)
        return Done(message='Customer deleted')


_SAME = ('code', 'email', 'phone', 'city', 'country', 'notes')
_RENAMED = {wire: name for name, wire in FIELDS.items()}


def customer_change(body: V2CustomerChange) -> CustomerChange:
    """The domain's shape; forms send '' for what is empty."""
    sent = {wire: getattr(body, wire) for wire in (*_SAME, *_RENAMED)}
    given = {_RENAMED.get(wire, wire): value for wire, value in sent.items() if value is not UNSET}
    if given.get('code') == '':
        del given['code']
    if 'address1' in given:
        if len(given['address1'] or '') > LONGEST_LINE:
            raise invalid(address1=f'must have at most {LONGEST_LINE} characters')
        given['address2'] = None
    cleared = {name: None for name, value in given.items() if value == '' and name != 'name'}
    return CustomerChange(**{**given, **cleared})


def customer_out(row: Customer, warnings: list[str] | None = None) -> V2CustomerOut:
    """The wire's shape of a customer."""
    return V2CustomerOut(
        id=row.id,
        account=row.name,
        address=_address(row),
        state=row.province,
        zip=row.postal_code,
        created_at=seconds(row.created_at),
        updated_at=seconds(row.updated_at),
        warnings=warnings or UNSET,
        **{name: getattr(row, name) for name in _SAME},
    )


def _address(row: Customer) -> str | None:
    return ', '.join(line for line in (row.address1, row.address2) if line) or None


def _living(customer_id: int) -> Customer:
    return found(customer_by_id(customer_id), 'Customer')


def _one(
    customer_id: int, message: str = '', warnings: list[str] | None = None
) -> One[V2CustomerOut]:
    row = _living(customer_id)
    return One(data=customer_out(row, warnings), message=message or UNSET)


routes: list[tuple[str, Resource]] = [
    ('/customers', Customers()),
    ('/customers/{id:int}', OneCustomer()),
]
