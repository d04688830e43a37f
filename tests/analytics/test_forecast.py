"""The forecast: by scenarios, in short histories, and against real series."""

import math
import random

import pytest

from karvo.analytics.forecast import MOST_AHEAD, Point, forecast, student
from karvo.analytics.seasons import NONE, is_seasonal, season_of
from scripts.benchmark.forecasts import all_series, measured

SEASON = [0.7, 0.75, 0.9, 1.0, 1.05, 1.1, 1.2, 1.15, 1.0, 0.95, 1.0, 1.2]


def points(history: list[float], horizon: int = 12) -> list[float]:
    return [one.point for one in forecast(history, horizon).points]


def is_ordered(one: Point) -> bool:
    return one.lo95 <= one.lo80 <= one.point <= one.hi80 <= one.hi95


class TestScenarios:
    def test_a_constant_goes_on_with_some_doubt(self) -> None:
        found = forecast([1000.0] * 36, 6)
        assert all(one.point == pytest.approx(1000, rel=1e-6) for one in found.points)
        assert all(900 < one.lo95 < 1000 < one.hi95 < 1100 for one in found.points)
        assert not found.is_seasonal

    def test_a_line_keeps_rising(self) -> None:
        found = points([1000 + 50.0 * n for n in range(48)])
        assert found[0] > 1000 + 50 * 47
        assert all(after > before for before, after in zip(found, found[1:], strict=False))

    def test_one_odd_month_is_not_repeated(self) -> None:
        for odd in (20, 40, 47):
            history = [1000 + 30.0 * (n % 5) for n in range(48)]
            history[odd] *= 12
            found = forecast(history, 12)
            assert not found.is_seasonal
            assert max(one.point for one in found.points) < 4500

    def test_after_a_drop_the_new_level_counts(self) -> None:
        history = [10_000 + 100.0 * (n % 7) for n in range(36)]
        history += [4_000 + 100.0 * (n % 7) for n in range(12)]
        assert all(3_000 < one < 6_000 for one in points(history))

    def test_nothing_stays_nothing(self) -> None:
        assert forecast([0.0] * 30, 3).points == [Point(0, 0, 0, 0, 0)] * 3

    def test_a_season_comes_back(self) -> None:
        found = forecast([1000 * SEASON[n % 12] for n in range(48)], 12)
        assert found.is_seasonal
        for one, factor in zip(found.points, SEASON, strict=True):
            assert one.point == pytest.approx(1000 * factor, rel=0.1)

    def test_a_season_below_zero_is_added(self) -> None:
        found = forecast([100 * (SEASON[n % 12] - 1) for n in range(48)], 12)
        assert found.is_seasonal
        assert found.points[0].point < -20 < 10 < found.points[11].point

    def test_months_before_the_first_sale_do_not_count(self) -> None:
        history = [500.0, 520, 510, 530]
        assert forecast([0.0] * 20 + history, 3) == forecast(history, 3)

    def test_only_the_last_five_years_count(self) -> None:
        history = [float(100 + n % 9) for n in range(60)]
        assert forecast([9e9] * 40 + history, 3) == forecast(history, 3)


class TestBounds:
    def test_are_in_order_and_wider_further_on(self) -> None:
        for name, values in all_series().items():
            found = forecast(values, MOST_AHEAD)
            assert len(found.points) == MOST_AHEAD
            assert all(is_ordered(one) for one in found.points), name
            if not found.is_seasonal:
                widths = [one.hi95 - one.lo95 for one in found.points if one.lo95 > 0]
                assert widths == sorted(widths), name

    def test_stay_at_zero_unless_history_went_below(self) -> None:
        falling = [float(max(2000 - 80 * n, 10)) for n in range(30)]
        assert min(one.lo95 for one in forecast(falling, 12).points) == 0
        assert min(one.lo95 for one in forecast([*falling, -50.0], 12).points) < 0

    def test_of_students_distribution(self) -> None:
        """The quantiles of printed tables."""
        for freedom, t80, t95 in ((3, 1.638, 3.182), (5, 1.476, 2.571), (34, 1.307, 2.032)):
            assert student(1.2815515655, freedom) == pytest.approx(t80, abs=0.004)
            assert student(1.9599639845, freedom) == pytest.approx(t95, abs=0.004)


class TestShortHistories:
    def test_of_nothing_nothing_is_said(self) -> None:
        found = forecast([], 6)
        assert (found.points, found.warning) == ([], 'insufficient_history')

    def test_one_or_two_months_give_their_mean_with_half_of_it_as_doubt(self) -> None:
        one = forecast([800.0, 1200.0], 2).points[1]
        assert one.point == pytest.approx(1000)
        assert one.hi80 == pytest.approx(1000 + 1.2816 * 500, abs=0.1)
        assert one.lo80 == pytest.approx(1000 - 1.2816 * 500, abs=0.1)
        assert one.lo95 == pytest.approx(1000 - 1.96 * 500, abs=0.1)

    def test_every_length_is_answered(self) -> None:
        values = all_series()['AirPassengers']
        for months in range(1, 62):
            found = forecast(values[:months], 12)
            assert found.history_months == min(months, 60)
            assert (found.warning is None) == (months >= 12)
            assert all(is_ordered(one) and math.isfinite(one.hi95) for one in found.points)
            assert found.is_seasonal <= (months >= 24)
            least, most = min(values[:months]), max(values[:months])
            assert all(least / 3 < one.point < most * 3 for one in found.points)

    def test_a_year_and_a_half_leans_on_the_year_before(self) -> None:
        history = [100.0] * 18
        history[6] = 400
        found = points(history)
        assert found[0] > 1.5 * found[1]


class TestRepeatable:
    def test_the_same_history_gives_the_same(self) -> None:
        values = all_series()['wineind']
        assert forecast(values, 12) == forecast(list(values), 12)

    def test_in_other_money_it_is_the_same(self) -> None:
        values = all_series()['wineind']
        for ours, theirs in zip(
            points(values), points([value * 4096 for value in values]), strict=True
        ):
            assert theirs == pytest.approx(ours * 4096, rel=1e-9)

    def test_the_largest_and_smallest_figures_do_no_harm(self) -> None:
        chance = random.Random(8)
        for scale in (1e-9, 1e15):
            history = [chance.uniform(-1, 1) * scale for _ in range(60)]
            for one in forecast(history, 24).points:
                assert is_ordered(one) and math.isfinite(one.hi95)


class TestSeasons:
    def test_noise_has_none(self) -> None:
        chance = random.Random(3)
        noise = [[chance.gauss(100, 10) for _ in range(48)] for _ in range(200)]
        assert sum(map(is_seasonal, noise)) <= 10

    def test_a_known_one_is_found_in_two_years(self) -> None:
        assert season_of(all_series()['AirPassengers'][:24]) is not NONE
        assert season_of(all_series()['AirPassengers'][:23]) is NONE


class TestAccuracy:
    def test_is_what_the_method_was_chosen_for(self) -> None:
        """Bounds of the facts on AI, §4; seasonal naive itself has rel 1."""
        chosen = ('AirPassengers', 'wineind', 'UKDriverDeaths', 'nottem', 'economics.unemploy')
        chosen += ('economics.pce', 'USAccDeaths', 'gasoline', 'shampoo')
        series = all_series()
        for row in measured({name: series[name] for name in chosen}):
            if row.method == 'karvo':
                assert row.rel <= 0.72
                assert 0.72 <= row.cov80 <= 0.92
                assert 0.88 <= row.cov95 <= 0.99
                assert row.median_ms <= 250
