"""Price rules: made, changed, deleted (PRI-5)."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.customers.models import CustomerGroup, Party
from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import Conflict, Invalid, PreconditionFailed, invalid, missing, not_found
from karvo.kit.work import Work, atomic
from karvo.pricing.models import PriceRule
from karvo.pricing.schemas import (
    PriceRuleCreated,
    PriceRuleDeleted,
    PriceRuleEvent,
    PriceRuleExpired,
    PriceRuleUpdated,
    RuleChange,
)
from karvo.products.models import Category
from karvo.products.reads import product_by_name
from karvo.settings.reads import business_date, read_settings
from karvo.settings.schemas import Settings

PERCENT_METHODS = ('percent_off',)
#: What may change of a rule that a negotiation made; the price was agreed.
OF_NEGOTIATED = {'is_active', 'valid_to', 'name'}
SHOWN = ('id', 'name', 'scope', 'party_id', 'group_code', 'target', 'product_id') + (
    'category_id',
    'method',
    'value',
    'min_qty',
    'valid_from',
    'valid_to',
    'priority',
    'is_active',
    'negotiation_id',
    'version',
)


MISSED = dt.timedelta(days=30)  #: after so long an outage nobody wants to hear of it
EXPIRED = """
SELECT r.id FROM @price_rule r
WHERE r.is_active AND r.valid_to < %(day)s AND r.valid_to >= %(since)s
  AND NOT EXISTS (SELECT FROM @event e WHERE e.type = 'price_rule.expired'
    AND e.resource = 'price_rule' AND e.resource_id = r.id
    AND e.object ->> 'valid_to' = r.valid_to::text)"""


def check_dates(today: dt.date, **dates: dt.date | None | UnsetType) -> None:
    """Raises Invalid for those that G-4 forbids, by their names."""
    for name, date in dates.items():
        if isinstance(date, dt.date) and not clock.is_business_date(date, today):
            raise invalid(**{name: f'must be from {clock.EARLIEST} to {clock.latest(today)}'})


def check_currency(currency: str | None, settings: Settings) -> None:
    """Prices are in the company's currency. Raises Invalid for another."""
    if currency and currency.upper() != settings.currency:
        raise invalid(currency=f'must be {settings.currency}')


def create_rule(new: RuleChange, *, actor: Actor) -> int:
    """The new rule's id. Scope and target follow from what is named, where they are not said."""
    with atomic() as work:
        given = _given(new)
        if 'value' not in given:
            raise missing('value')
        given.setdefault('scope', _scope_of(given))
        given.setdefault('target', _target_of(given))
        values = _resolved({'method': 'fixed'} | given, None)
        rule = PriceRule.create(
            uid=ids.uuid7(),
            key=ids.random_key(),
            created_at=work.at,
            updated_at=work.at,
            **values,
        )
        announce(PriceRuleCreated, rule, {}, work, actor)
    return rule.id


def change_rule(
    rule_id: int, change: RuleChange, *, actor: Actor, version: int | None = None
) -> None:
    """Merge the change into the rule (G-10). Raises NotFound, Invalid, Conflict (negotiated)."""
    with atomic() as work:
        rule = _locked(rule_id, version)
        values = _resolved(_given(change), rule)
        changed = {n: v for n, v in values.items() if rule.__data__.get(n) != v}
        if rule.negotiation_id and set(changed) - OF_NEGOTIATED:
            raise Conflict('the price was negotiated; negotiate it anew')
        if not changed:
            return
        previous = {name: rule.__data__.get(name) for name in changed}
        rule.__data__.update(changed)
        rule._dirty.update(changed)  # type: ignore[attr-defined]
        rule.version, rule.updated_at = rule.version + 1, work.at
        rule.save()
        announce(PriceRuleUpdated, rule, previous, work, actor)


def delete_rule(rule_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Remove a rule. One that was negotiated stays on record: it is switched off instead."""
    with atomic() as work:
        rule = _locked(rule_id, version)
        if rule.negotiation_id:
            raise Conflict('the price was negotiated; set active to false instead')
        rule.delete_instance()
        announce(PriceRuleDeleted, rule, {}, work, actor)


def announce_expired(day: dt.date, *, actor: Actor) -> int:
    """Tell of the rules whose last day has passed, once for each such day; how many.

    Nothing of the rule changes: it holds for the days before, and may be given more.
    """
    with atomic() as work:
        found = [
            n for (n,) in database.run(EXPIRED, {'day': day, 'since': day - MISSED}).fetchall()
        ]
        rules = PriceRule.select().where(PriceRule.id.in_(found)).order_by(PriceRule.id)
        for rule in rules.for_update():
            announce(PriceRuleExpired, rule, {}, work, actor)
    return len(found)


def announce(
    kind: type[PriceRuleEvent],
    rule: PriceRule,
    previous: dict[str, typing.Any],
    work: Work,
    actor: Actor,
) -> None:
    """Record an event of this rule."""
    names = {'party': 'party_id', 'product': 'product_id', 'category': 'category_id'}
    shot = {name: getattr(rule, name) for name in SHOWN}
    before = {names.get(name, name): value for name, value in previous.items()}
    work.record(kind(id=rule.id, uid=str(rule.uid), object=shot, previous=before), actor)


def _locked(rule_id: int, version: int | None) -> PriceRule:
    rule = PriceRule.select().where(PriceRule.id == rule_id).for_update().get_or_none()
    if rule is None:
        raise not_found('Price rule')
    if version is not None and version != rule.version:
        raise PreconditionFailed(f'the price rule is at version {rule.version}')
    return rule


def _given(change: RuleChange) -> dict[str, typing.Any]:
    return {n: v for n, v in msgspec.structs.asdict(change).items() if v is not UNSET}


def _scope_of(given: dict[str, typing.Any]) -> str:
    return 'customer' if given.get('customer') else 'group' if given.get('group') else 'all'


def _target_of(given: dict[str, typing.Any]) -> str:
    return 'sku' if given.get('sku') else 'category' if given.get('category') else 'all'


def _resolved(given: dict[str, typing.Any], rule: PriceRule | None) -> dict[str, typing.Any]:
    """Column values, checked together with those that stay as they are. Raises Invalid."""
    values = dict(given)
    today = business_date(read_settings())
    kept = rule.__data__ if rule else {}  # what it has already may be sent back (G-10)
    dates = {name: given.get(name) for name in ('valid_from', 'valid_to')}
    check_dates(today, **{name: date for name, date in dates.items() if date != kept.get(name)})
    for name, column, find in (
        ('customer', 'party', _party_id),
        ('sku', 'product', _product_id),
        ('category', 'category', _category_id),
    ):
        if name in values:
            code = values.pop(name)
            values[column] = find(code) if code else None
    if 'group' in values:
        values['group_code'] = _group(values.pop('group'))
    merged = (dict(rule.__data__) if rule else {}) | values
    _check_shape(merged)
    _check_numbers(merged)
    return values


def _check_shape(values: dict[str, typing.Any]) -> None:
    """Exactly what scope and target say is named."""
    for kind, name, column, wanted in (
        ('scope', 'customer', 'party', 'customer'),
        ('scope', 'group', 'group_code', 'group'),
        ('target', 'sku', 'product', 'sku'),
        ('target', 'category', 'category', 'category'),
    ):
        is_named, is_wanted = values.get(column) is not None, values[kind] == wanted
        if is_wanted and not is_named:
            raise missing(name)
        if is_named and not is_wanted:
            raise invalid(**{name: f'does not go with {kind} {values[kind]}'})


def _check_numbers(values: dict[str, typing.Any]) -> None:
    if values['method'] in PERCENT_METHODS and values['value'] > Decimal(100):
        raise invalid(value='must be at most 100 percent')
    start, end = values.get('valid_from'), values.get('valid_to')
    if start and end and end < start:
        raise invalid(valid_to='must not be before valid_from')


def _party_id(code: str) -> int:
    same = (Party.code == code.upper()) & Party.deleted_at.is_null()
    party = Party.get_or_none(same)
    if party is None:
        raise Invalid('customer_code not found', fields={'customer': 'not found'})
    return int(party.id)


def _product_id(sku: str) -> int:
    product = product_by_name(sku)
    if product is None:
        raise Invalid(f'unknown sku {sku}', fields={'sku': 'is unknown'})
    return product.id


def _category_id(code: str) -> int:
    category = Category.get_or_none(Category.code == code.upper())
    if category is None:
        raise invalid(category='is unknown')
    return int(category.id)


def _group(code: str | None) -> str | None:
    """A group or price tier that some customer was put into (CUS-2)."""
    if code and not CustomerGroup.select().where(CustomerGroup.code == code).exists():
        raise invalid(group='is unknown')
    return code or None
