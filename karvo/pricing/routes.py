"""/pricing of se-erp/v2."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.reads import customer_by_code
from karvo.customers.schemas import Customer
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid, invalid, missing
from karvo.kit.fields import Line, Note, Price, Quantity, Short
from karvo.kit.http import Deleted, Page, Resource, endpoint, found
from karvo.kit.text import like
from karvo.pricing.compute import discount_of
from karvo.pricing.models import STATUS_LABELS
from karvo.pricing.operations.negotiations import create_negotiation, decide_negotiation
from karvo.pricing.operations.rules import (
    change_rule,
    check_currency,
    check_dates,
    create_rule,
    delete_rule,
)
from karvo.pricing.reads import (
    NEGOTIATIONS,
    RULES,
    prices_for_lines,
    read_negotiation,
    read_rule,
)
from karvo.pricing.schemas import (
    Action,
    Decision,
    Method,
    NegotiationRead,
    NewNegotiation,
    PricedLine,
    RuleChange,
    RuleRead,
    Scope,
    Side,
    Source,
    Step,
    Target,
)
from karvo.products.reads import products_for_lines
from karvo.se_erp import se_erp
from karvo.settings.reads import (
    business_date,
    read_settings,
    spoken_language,
    today_params,
)

STANDINGS = ('pending', 'countered', 'approved', 'rejected', 'withdrawn', 'expired')
#: {domain field: wire field} of refusals.
FIELDS = {'customer': 'customer_code', 'is_active': 'active'}
BY_STATUS: dict[str, Action] = {
    'approved': 'approve',
    'rejected': 'reject',
    'countered': 'counter',
    'withdrawn': 'withdraw',
}
Priority = typing.Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
PositivePrice = Quantity  #: more than 0, four decimals


class PriceQuery(msgspec.Struct, kw_only=True):
    """For whom, how many, when; today and one unit when absent."""

    customer_code: Short | None = None
    qty: Quantity = Decimal(1)
    date: dt.date | None = None
    currency: Short | None = None


class PriceOut(msgspec.Struct, kw_only=True):
    """A price and how it came about; dollars before tax, `discount_pct` off the list price."""

    sku: str
    requested_sku: str
    product_id: int
    customer_code: str | None
    qty: Decimal
    uom: str
    currency: str
    date: dt.date
    price: Decimal
    list_price: Decimal
    discount_pct: Decimal
    source: Source
    tier: int
    rule_id: int | None
    valid_until: dt.date | None
    min_price: Decimal | None
    below_floor: bool
    warnings: list[str]
    waterfall: list[Step]


class RuleChangeIn(msgspec.Struct, kw_only=True):
    """A change of a price rule: absent = unchanged, null = cleared."""

    name: Line | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    customer_code: Short | None | UnsetType = UNSET
    group: Short | None | UnsetType = UNSET
    target: Target | UnsetType = UNSET
    sku: Short | None | UnsetType = UNSET
    category: Line | None | UnsetType = UNSET
    method: Method | UnsetType = UNSET
    value: Price | UnsetType = UNSET
    min_qty: Price | UnsetType = UNSET
    valid_from: dt.date | None | UnsetType = UNSET
    valid_to: dt.date | None | UnsetType = UNSET
    priority: Priority | UnsetType = UNSET
    active: bool | UnsetType = UNSET


class RuleIn(RuleChangeIn, kw_only=True):
    """A new price rule. `value` in dollars, of percent methods in percent (10 = 10 %)."""

    value: Price


class RuleQuery(paging.ListQuery, kw_only=True):
    """Filters of the rules; `date`: those valid on that day."""

    customer_code: Short | None = None
    sku: Short | None = None
    category: Line | None = None
    group: Short | None = None
    active: bool | None = None
    date: dt.date | None = None


class NegotiationIn(msgspec.Struct, kw_only=True):
    """A price that a customer asks for; `qty` is the quantity from which it shall hold."""

    customer_code: Short
    sku: Short
    requested_price: PositivePrice
    qty: Quantity = Decimal(1)
    currency: Short | None = None
    reason: Note | None = None
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None


class DecisionIn(msgspec.Struct, kw_only=True):
    """A decision, by `action` or by the `status` it leads to."""

    action: Action | None = None
    status: typing.Literal['approved', 'rejected', 'countered', 'withdrawn'] | None = None
    counter_price: PositivePrice | None = None
    approved_price: PositivePrice | None = None
    valid_until: dt.date | None = None
    reason: Note | None = None
    by: Side | None = None


class NegotiationOut(NegotiationRead, kw_only=True):
    """A negotiation; `price` is what was approved, `status_label` in the request's language."""

    status_label: str


class NegotiationQuery(paging.ListQuery, kw_only=True):
    """Filters of the negotiations; `date`: those asked for on that day where the company is."""

    status: Line | None = None
    customer_code: Short | None = None
    sku: Short | None = None
    date: dt.date | None = None


class OnePrice(Resource):
    """The price of a product."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='pricing:read')
    def on_get(self, actor: Actor, sku: str, query: PriceQuery) -> PriceOut:
        """Resolve price for SKU via 4-tier waterfall."""
        settings = read_settings()
        check_currency(query.currency, settings)
        code = query.customer_code or ''
        product = found(products_for_lines([sku], code).get(sku.upper()), 'Product')
        party = _customer(code) if code else None
        check_dates(today := business_date(settings), date=query.date)
        date = query.date or today
        language = spoken_language(actor.language, settings)
        [price] = prices_for_lines([PricedLine(product, query.qty)], party, date, language)
        return PriceOut(
            sku=product.sku,
            requested_sku=sku,
            product_id=product.id,
            customer_code=party.code if party else None,
            qty=query.qty,
            uom=product.uom,
            currency=settings.currency,
            date=date,
            list_price=product.list_price,
            discount_pct=discount_of(price.price, product.list_price),
            min_price=product.min_price,
            **msgspec.structs.asdict(price),
        )


def _customer(code: str) -> Customer:
    party = customer_by_code(code)
    if party is None or party.deleted_at:
        raise Invalid('customer_code not found', fields={'customer': 'not found'})
    return party


class Rules(Resource):
    """All price rules."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='pricing:read')
    def on_get(self, actor: Actor, query: RuleQuery) -> Page[RuleRead]:
        """List all price rules."""
        names = ('customer_code', 'sku', 'category', 'group', 'active', 'date', 'updated_since')
        filters = {name: getattr(query, name) for name in names}
        filters['search'] = like(query.search) if query.search else None
        rows, total = RULES.read(RuleRead, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope='pricing:write', status=201)
    def on_post(self, actor: Actor, body: RuleIn) -> RuleRead:
        """Create a price rule."""
        return found(read_rule(create_rule(_change(body), actor=actor)), 'Price rule')


class OneRule(Resource):
    """One price rule."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='pricing:read')
    def on_get(self, actor: Actor, id: int) -> RuleRead:
        """Get a price rule."""
        return found(read_rule(id), 'Price rule')

    @endpoint(scope='pricing:write')
    def on_put(self, actor: Actor, id: int, body: RuleChangeIn, version: int | None) -> RuleRead:
        """Update a price rule."""
        change_rule(id, _change(body), actor=actor, version=version)
        return found(read_rule(id), 'Price rule')

    @endpoint(scope='pricing:write')
    def on_delete(self, actor: Actor, id: int, version: int | None) -> Deleted:
        """Delete a price rule."""
        delete_rule(id, actor=actor, version=version)
        return Deleted(True, id)


def _change(body: RuleChangeIn) -> RuleChange:
    values = msgspec.structs.asdict(body)
    values['customer'] = values.pop('customer_code')
    values['is_active'] = values.pop('active')
    return RuleChange(**values)


class Negotiations(Resource):
    """All negotiations."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='pricing:read')
    def on_get(self, actor: Actor, query: NegotiationQuery) -> Page[NegotiationOut]:
        """List B2B price negotiations."""
        filters = {
            'status': paging.choices(query.status, STANDINGS, 'status'),
            'customer_code': query.customer_code,
            'sku': query.sku,
            'date': query.date,
            'search': like(query.search) if query.search else None,
            'updated_since': query.updated_since,
            **today_params(),
        }
        rows, total = NEGOTIATIONS.read(NegotiationRead, filters, paging.slice_of(query))
        return paging.page_of(query, _labelled(rows, actor), total)

    @endpoint(scope='pricing:write', status=201)
    def on_post(self, actor: Actor, body: NegotiationIn) -> NegotiationOut:
        """Submit a new price negotiation request."""
        values = msgspec.structs.asdict(body)
        values['customer'] = values.pop('customer_code')
        return _one(create_negotiation(NewNegotiation(**values), actor=actor), actor)


class OneNegotiation(Resource):
    """One negotiation."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='pricing:read')
    def on_get(self, actor: Actor, id: int) -> NegotiationOut:
        """Get a negotiation with its history."""
        return _one(id, actor)

    @endpoint(scope='pricing:write')
    def on_put(
        self, actor: Actor, id: int, body: DecisionIn, version: int | None
    ) -> NegotiationOut:
        """Approve, reject, or counter a negotiation."""
        values = msgspec.structs.asdict(body)
        status = values.pop('status')
        values['action'] = _action(body.action, status)
        decide_negotiation(id, Decision(**values), actor=actor, version=version)
        return _one(id, actor)


def _action(action: Action | None, status: str | None) -> Action:
    """PRI-7: both spellings are good; contradictory ones are not."""
    by_status = BY_STATUS[status] if status else None
    if action and by_status and action != by_status:
        raise invalid(status='contradicts action')
    chosen = action or by_status
    if chosen is None:
        raise missing('action')
    return chosen


def _one(negotiation_id: int, actor: Actor) -> NegotiationOut:
    [one] = _labelled([found(read_negotiation(negotiation_id), 'Negotiation')], actor)
    return one


def _labelled(rows: list[NegotiationRead], actor: Actor) -> list[NegotiationOut]:
    language = spoken_language(actor.language)
    labels = {name: label[language != 'fr'] for name, label in STATUS_LABELS.items()}
    return [
        NegotiationOut(**msgspec.structs.asdict(row), status_label=labels[row.status])
        for row in rows
    ]


routes = [
    ('/pricing/rules', Rules()),
    ('/pricing/rules/{id:int}', OneRule()),
    ('/pricing/negotiations', Negotiations()),
    ('/pricing/negotiations/{id:int}', OneNegotiation()),
    ('/pricing/{sku}', OnePrice()),
]
