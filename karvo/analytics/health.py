"""How a customer fares: the chance that he is lost, and a score of five parts that explain it.

Facts on AI, §5, by which this heuristic orders customers as well as the models of the literature.
Everything is a function of plain counts, days and sums; ratios of money only, so that the currency
and its scale do not matter.
"""

import datetime as dt
import math
import typing
from collections.abc import Mapping

import msgspec

HORIZON = 90  #: days for which no order means lost
USUAL_K, USUAL_GAP = 0.8, 60.0
WINDOW = 180  #: days of each of the two windows of the trends
WEIGHTS = {
    'recency': 30,
    'frequency_trend': 20,
    'revenue_trend': 20,
    'payment': 20,
    'returns': 10,
}
LABELS = ((75, 'healthy'), (50, 'watch'), (25, 'at_risk'), (0, 'critical'))
Risk = typing.Literal['low', 'medium', 'high', 'lost']
Label = typing.Literal['healthy', 'watch', 'at_risk', 'critical', 'no_orders']


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody bought. Days; `repeats` = order dates less one; `usual` = the tenant's gap."""

    repeats: int
    age: int  #: since the first order
    since: int  #: the last order
    usual: float = USUAL_GAP

    @property
    def gap(self) -> float:
        """The customer's own gap, drawn to the tenant's as long as there is little of it."""
        return (2 * self.usual + self.age - self.since) / (2 + self.repeats)

    @property
    def expected(self) -> float:
        """Orders of the next 90 days, before calibration."""
        rate = (self.repeats + 0.5) / (self.age + self.usual)
        return HORIZON * rate * math.exp(-0.35 * self.since / self.gap)

    def chance_of_none(self, k: float) -> float:
        return math.exp(-k * self.expected)

    def risk(self, chance: float) -> Risk:
        """The band of the chance, or what a long silence says by itself."""
        if self.since > 6 * self.gap and self.since > WINDOW:
            return 'lost'
        if chance > 0.65 or (self.since > 3 * self.gap and self.repeats >= 2):
            return 'high'
        return 'medium' if chance >= 0.35 else 'low'


class Facts(msgspec.Struct, kw_only=True):
    """What the books say of a customer on a day; sums in the company's money.

    `recent` and `earlier` are the last 180 days and the 180 before. `late` is the amount-weighted
    mean of days late of what was due in the last 12 months, what is still open counted to the day.
    """

    id: int
    uid: str
    code: str
    name: str
    orders: int
    first: dt.date | None = None
    last: dt.date | None = None
    orders_recent: int = 0
    orders_earlier: int = 0
    revenue_recent: float = 0
    revenue_earlier: float = 0
    late: float = 0
    credited: float = 0
    gross: float = 0
    mean_gap: float = USUAL_GAP


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the score: 0 to 100, and the figures that it comes from."""

    name: str
    value: float
    weight: int
    raw: Mapping[str, float]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The score of a customer with at least one order."""

    score: int
    label: Label
    probability: float
    risk: Risk
    is_new: bool
    gap: float
    components: list[Component]


def rhythm_of(facts: Facts, today: dt.date) -> Rhythm:
    """Of a customer with orders."""
    assert facts.first and facts.last
    return Rhythm(
        repeats=facts.orders - 1,
        age=(today - facts.first).days,
        since=(today - facts.last).days,
        usual=facts.mean_gap,
    )


def health_of(facts: Facts, today: dt.date, k: float = USUAL_K) -> Health | None:
    """The score on a day; None before the first order."""
    if not facts.orders:
        return None
    rhythm = rhythm_of(facts, today)
    found = _components(facts, rhythm)
    chance = rhythm.chance_of_none(k)
    score = round(sum(one.value * one.weight for one in found) / 100)
    return Health(
        score=score,
        label=label_of(score),
        probability=round(chance, 4),
        risk=rhythm.risk(chance),
        is_new=facts.orders == 1 and rhythm.age < HORIZON,
        gap=rhythm.gap,
        components=found,
    )


def label_of(score: int) -> Label:
    return next(typing.cast(Label, label) for least, label in LABELS if score >= least)


def _components(facts: Facts, rhythm: Rhythm) -> list[Component]:
    has_trend = facts.orders > 1 and rhythm.age >= 2 * WINDOW
    return [
        _part('recency', _recency(rhythm), days_since=rhythm.since, gap=rhythm.gap),
        _part(
            'frequency_trend',
            _frequency(facts) if has_trend else 50,
            recent=facts.orders_recent,
            earlier=facts.orders_earlier,
            is_known=has_trend,
        ),
        _part(
            'revenue_trend',
            _revenue(facts) if has_trend else 50,
            recent=facts.revenue_recent,
            earlier=facts.revenue_earlier,
            is_known=has_trend,
        ),
        _part('payment', 100 * (1 - min(1, facts.late / 60)), days_late=facts.late),
        _part('returns', 100 * (1 - min(1, _returned(facts) / 0.10)), share=_returned(facts)),
    ]


def _part(name: str, value: float, **raw: float) -> Component:
    shown = {key: round(float(number), 4) for key, number in raw.items() if key != 'is_known'}
    if not raw.get('is_known', True):
        shown = {}
    return Component(name=name, value=value, weight=WEIGHTS[name], raw=shown)


def _recency(rhythm: Rhythm) -> float:
    """100 inside one own gap, 50 at two and a half."""
    over = max(0.0, rhythm.since / rhythm.gap - 1)
    return 100 * math.exp(-math.log(2) * over / 1.5)


def _frequency(facts: Facts) -> float:
    change = facts.orders_recent - facts.orders_earlier
    return 50 + 50 * math.tanh(2 * change / (facts.orders_recent + facts.orders_earlier + 2))


def _revenue(facts: Facts) -> float:
    size = abs(facts.revenue_recent) + abs(facts.revenue_earlier)
    if not size:
        return 0
    return 50 + 50 * math.tanh(2 * (facts.revenue_recent - facts.revenue_earlier) / size)


def _returned(facts: Facts) -> float:
    """Credited of what was sold; all of it where nothing was sold but something credited."""
    if facts.gross > 0:
        return facts.credited / facts.gross
    return float(facts.credited > 0)
