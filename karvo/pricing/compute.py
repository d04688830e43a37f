"""The waterfall: four tiers, the first match wins (PRI-1, PRI-2). Pure functions, dollars."""

import datetime as dt
import typing
from decimal import ROUND_HALF_UP, Decimal

from karvo.pricing import reasons
from karvo.pricing.schemas import TIERS, Candidate, Price, PricedLine, Source, Step
from karvo.products.schemas import LineProduct

FINE = Decimal('0.0001')
HUNDRED = Decimal(100)
LARGEST = Decimal('99999999999999.9999')  #: NUMERIC(18,4)
SPECIFIC = {'sku': 0, 'category': 1, 'all': 2}


def waterfall(
    line: PricedLine, candidates: typing.Iterable[Candidate], language: str = 'en'
) -> Price:
    """The price of a line and how each tier answered, in that language (fr, en; L-3).

    Candidates are valid on the day.
    """
    found: dict[str, list[Candidate]] = {source: [] for source in TIERS}
    for candidate in candidates:
        found[source_of(candidate)].append(candidate)
    steps, won = [], None
    for tier, source in enumerate(TIERS[:-1], 1):
        best, step = _tier(tier, source, found[source], line, language, is_decided=won is not None)
        steps.append(step)
        won = won or best
    listed = max(line.product.list_price, Decimal(0))
    reason = reasons.said(language, 'listed' if won is None else 'decided')
    steps.append(Step(tier=4, source='list', matched=won is None, price=listed, reason=reason))
    return _price(line.product, won, steps)


def source_of(candidate: Candidate) -> Source:
    """The tier's name that a rule belongs to."""
    if candidate.negotiation_id is not None:
        return 'negotiated'
    return 'customer' if candidate.scope == 'customer' else 'tier'


def _tier(
    tier: int,
    source: Source,
    rules: list[Candidate],
    line: PricedLine,
    language: str,
    *,
    is_decided: bool,
) -> tuple[Candidate | None, Step]:
    reached = [rule for rule in rules if rule.min_qty <= line.qty]
    best = min(reached, key=_order) if reached else None
    price = rule_price(best, line.product) if best else None
    if best is None:
        least = min((rule.min_qty for rule in rules), default=None)
        reason = reasons.missed(language, source, least)
    elif is_decided:
        reason = reasons.said(language, 'decided')
    else:
        reason = reasons.applied(language, best)
    matched = best is not None and not is_decided
    return best, Step(tier=tier, source=source, matched=matched, price=price, reason=reason)


def _order(rule: Candidate) -> tuple[typing.Any, ...]:
    """PRI-2: specific, high minimum, high priority, latest start, lowest id."""
    start = (rule.valid_from or dt.date.min).toordinal()
    return (SPECIFIC[rule.target], -rule.min_qty, -rule.priority, -start, rule.id)


def rule_price(rule: Candidate, product: LineProduct) -> Decimal:
    """What a rule makes of a product: four decimals half-up, from 0 to LARGEST."""
    share = rule.value / HUNDRED
    price = {
        'fixed': rule.value,
        'percent_off': product.list_price * (1 - share),
        'amount_off': product.list_price - rule.value,
        'markup_on_cost': product.cost * (1 + share),
    }[rule.method]
    return min(max(price, Decimal(0)), LARGEST).quantize(FINE, ROUND_HALF_UP)


def _price(product: LineProduct, won: Candidate | None, steps: list[Step]) -> Price:
    step = next(step for step in steps if step.matched)
    price = step.price if step.price is not None else Decimal(0)
    floor = product.min_price
    below_cost = price < product.cost
    return Price(
        price=price,
        source=step.source,
        tier=step.tier,
        rule_id=won.id if won else None,
        valid_until=won.valid_to if won else None,
        below_floor=below_cost or (floor is not None and price < floor),
        warnings=below_floor_warnings(price, product),
        waterfall=steps,
    )


def below_floor_warnings(price: Decimal, product: LineProduct) -> list[str]:
    """PRI-4: the price stands, but somebody should know."""
    is_below = price < product.cost or (product.min_price is not None and price < product.min_price)
    return ['below_cost'] if is_below else []


def discount_of(price: Decimal, list_price: Decimal) -> Decimal:
    """Percent off the list price, two decimals; 0 where nothing is off."""
    if list_price <= 0 or price >= list_price:
        return Decimal('0.00')
    share = (list_price - price) / list_price * HUNDRED
    return share.quantize(Decimal('0.01'), ROUND_HALF_UP)
