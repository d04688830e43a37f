"""The health score by itself: what it must and must not depend on. Days and sums are made up."""

import datetime as dt
import math
import typing

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.analytics.calibration import calibrate
from karvo.analytics.explanations import explain
from karvo.analytics.health import (
    WEIGHTS,
    Component,
    Facts,
    Health,
    health_of,
    label_of,
)

TODAY = dt.date(2026, 8, 20)
DAYS = st.integers(0, 1500)
SUMS = st.integers(0, 10**8).map(lambda cents: cents / 100)


@st.composite
def customers(draw: typing.Any) -> Facts:
    """Anybody with at least one order."""
    since = draw(DAYS)
    orders = draw(st.integers(1, 80))
    age = since + (draw(DAYS) if orders > 1 else 0)
    return Facts(
        id=1,
        uid='',
        code='A',
        name='A',
        orders=orders,
        first=TODAY - dt.timedelta(age),
        last=TODAY - dt.timedelta(since),
        orders_recent=draw(st.integers(0, 30)),
        orders_earlier=draw(st.integers(0, 30)),
        revenue_recent=draw(SUMS),
        revenue_earlier=draw(SUMS),
        late=draw(st.floats(0, 400)),
        credited=draw(SUMS),
        gross=draw(SUMS),
        mean_gap=draw(st.floats(1, 200)),
    )


def of(facts: Facts, **changed: typing.Any) -> Health:
    found = health_of(msgspec.structs.replace(facts, **changed), TODAY)
    assert found is not None
    return found


def part(health: Health, name: str) -> Component:
    return next(one for one in health.components if one.name == name)


def steady(**changed: typing.Any) -> Facts:
    """Bought every 30 days for two years, the last time ten days ago."""
    facts = Facts(
        id=1,
        uid='',
        code='A',
        name='A',
        orders=25,
        first=TODAY - dt.timedelta(730),
        last=TODAY - dt.timedelta(10),
        orders_recent=6,
        orders_earlier=6,
        revenue_recent=6000,
        revenue_earlier=6000,
        gross=12_000,
        mean_gap=30,
    )
    return msgspec.structs.replace(facts, **changed)


class TestProperties:
    @given(customers())
    def test_score_is_between_0_and_100_and_made_of_its_parts(self, facts: Facts) -> None:
        found = of(facts)
        assert 0 <= found.score <= 100
        assert [one.name for one in found.components] == list(WEIGHTS)
        assert sum(WEIGHTS.values()) == 100
        assert all(0 <= one.value <= 100 for one in found.components)
        summed = sum(one.value * one.weight for one in found.components) / 100
        assert found.score == round(summed)
        assert 0 <= found.probability <= 1

    @given(customers(), st.sampled_from([0.5, 2, 1024]))
    def test_other_money_is_no_other_score(self, facts: Facts, scale: float) -> None:
        names = ('revenue_recent', 'revenue_earlier', 'credited', 'gross')
        other = of(facts, **{name: getattr(facts, name) * scale for name in names})
        assert other.score == of(facts).score
        assert other.probability == of(facts).probability

    @given(customers(), st.integers(1, 400))
    def test_a_longer_silence_never_raises_the_score(self, facts: Facts, days: int) -> None:
        """All else equal: first with the same age, then with the same time between the orders."""
        assert facts.first and facts.last
        shift = dt.timedelta(days)
        if facts.last - shift >= facts.first:
            later = of(facts, last=facts.last - shift)
            assert later.score <= of(facts).score
            assert later.probability >= of(facts).probability
        moved = of(facts, first=facts.first - shift, last=facts.last - shift)
        assert part(moved, 'recency').value <= part(of(facts), 'recency').value
        assert moved.probability >= of(facts).probability

    @given(customers(), st.floats(0, 1e5), st.floats(0.01, 1e5))
    def test_paying_on_time_never_lowers_it(self, facts: Facts, before: float, paid: float) -> None:
        """A payment on its day is one more amount that is no day late."""
        better = facts.late * before / (before + paid)
        assert of(facts, late=better).score >= of(facts).score

    @given(customers())
    def test_who_ordered_lately_is_not_lost(self, facts: Facts) -> None:
        found = of(facts, last=max(facts.first or TODAY, TODAY - dt.timedelta(180)))
        assert found.risk != 'lost'


class TestScore:
    def test_a_steady_customer_is_healthy(self) -> None:
        found = of(steady())
        assert (found.label, found.risk, found.is_new) == ('healthy', 'low', False)
        # Recency, payment and returns are whole, both trends are level.
        assert found.score == 80

    def test_recency_halves_at_two_and_a_half_gaps(self) -> None:
        gap = of(steady()).gap
        last = TODAY - dt.timedelta(round(2.5 * gap))
        first = last - dt.timedelta(720)
        assert part(of(steady(), first=first, last=last), 'recency').value == pytest.approx(50, 1)

    def test_late_payment_and_returns_cost_their_weight(self) -> None:
        assert of(steady(), late=60).score == 60
        assert of(steady(), late=30).score == 70
        assert of(steady(), credited=1200).score == 70
        assert of(steady(), credited=600).score == 75

    def test_a_first_order_three_weeks_ago_is_new_and_not_lost(self) -> None:
        day = TODAY - dt.timedelta(21)
        found = of(steady(orders=1, first=day, last=day, orders_recent=1, orders_earlier=0))
        assert found.is_new
        assert found.risk in ('low', 'medium')
        assert [part(found, name).value for name in ('frequency_trend', 'revenue_trend')] == [
            50,
            50,
        ]
        assert found.score == 80

    def test_nothing_bought_for_a_year_is_lost_with_no_trend(self) -> None:
        last = TODAY - dt.timedelta(400)
        found = of(steady(), last=last, orders_recent=0, orders_earlier=0, revenue_recent=0,
                   revenue_earlier=0)  # fmt: skip
        assert found.risk == 'lost'
        assert part(found, 'revenue_trend').value == 0
        assert found.label in ('at_risk', 'critical')

    def test_a_silence_of_three_gaps_is_a_high_risk_by_itself(self) -> None:
        found = of(steady(), last=TODAY - dt.timedelta(100), first=TODAY - dt.timedelta(820))
        assert found.risk == 'high'

    def test_without_an_order_there_is_no_score(self) -> None:
        assert health_of(steady(orders=0, first=None, last=None), TODAY) is None

    def test_labels_have_their_bounds(self) -> None:
        scores = {100: 'healthy', 75: 'healthy', 74: 'watch', 50: 'watch', 49: 'at_risk'}
        scores |= {25: 'at_risk', 24: 'critical', 0: 'critical'}
        assert {score: label_of(score) for score in scores} == scores


class TestCalibration:
    def test_needs_fifty_outcomes(self) -> None:
        dates = [TODAY - dt.timedelta(n) for n in range(700, 0, -30)]
        assert calibrate([dates], TODAY) is None
        assert calibrate([], TODAY) is None

    def test_regular_buyers_get_a_large_k_and_chances_that_come_true(self) -> None:
        regular = [
            [TODAY - dt.timedelta(n + who) for n in range(900, 0, -(25 + who))] for who in range(20)
        ]
        gone = [[day for day in dates if day.year < 2026] for dates in regular[:2]]
        found = calibrate([*regular[2:], *gone], TODAY)
        assert found is not None
        assert found.k > 1.2
        assert found.count > 300
        assert found.brier < 0.1

    def test_mean_chance_is_what_was_seen(self) -> None:
        orders = [[TODAY - dt.timedelta(n * (who % 7 + 20)) for n in range(30, 0, -1 - who % 3)]
                  for who in range(40)]  # fmt: skip
        orders = [[day for day in dates if who % 5 or day.year < 2026]
                  for who, dates in enumerate(orders)]  # fmt: skip
        found = calibrate([one for one in orders if one], TODAY)
        assert found is not None
        assert 0.3 < found.k < 5
        assert found == calibrate([one for one in orders if one], TODAY)


class TestExplanations:
    def test_say_the_figures_in_both_languages(self) -> None:
        raw = {'days_since': 184.0, 'gap': 31.2}
        said = explain('recency', raw, 'CAD', 'en')
        assert said == 'last order 184 days ago; usually every 31 days'
        assert 'il y a 184 jours' in explain('recency', raw, 'CAD', 'fr')
        assert explain('payment', {'days_late': 0.0}, 'CAD', 'en') == 'pays on time'
        money = {'recent': 1234.5, 'earlier': 0.0}
        assert '$1,234.50' in explain('revenue_trend', money, 'CAD', 'en')
        assert 'trend' in explain('frequency_trend', {}, 'CAD', 'en')

    def test_every_part_has_its_words(self) -> None:
        for language in ('en', 'fr'):
            for one in of(steady()).components:
                assert math.isfinite(one.value)
                assert explain(one.name, one.raw, 'CAD', language)
