"""Conditions in questions: what is planned of them, and that the rows keep to them."""

import datetime as dt

import pytest

from karvo.ai.answers import ask
from karvo.ai.planner import plan
from karvo.ai.schemas import Answer, Context, Plan
from karvo.analytics.reads import _has_gaps
from karvo.analytics.schemas import Filter, Period, SemanticQuery
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from tests.ai.test_linking import INDEX
from tests.conftest import Api

pytestmark = pytest.mark.xdist_group('ai')
YEAR = Period(start=dt.date(2026, 1, 1), end=dt.date(2026, 12, 31))


def planned(message: str) -> Plan:
    return plan(message, None, None, Context(today=dt.date(2026, 8, 20), names=INDEX))


def conditions(message: str) -> list[tuple[str, object]]:
    found = planned(message).query
    assert found is not None, message
    return [(one.op, one.value) for one in found.filters]


def asked(books: Api, message: str) -> Answer:
    with books.company():
        return ask(message, actor=system_actor('test', current_place()))


class TestScores:
    def test_are_compared_with_the_figure(self, books: Api) -> None:
        scores = [row['health'] for row in asked(books, 'customer health scores').rows]
        below = asked(books, 'customers with a health score below 50').rows
        assert [row['health'] for row in below] == [one for one in scores if one < 50]
        assert 0 < len(below) < len(scores)

    def test_of_risk_are_percentages(self, books: Api) -> None:
        rows = asked(books, 'customers with a churn risk over 60').rows
        assert rows
        assert all(row['churn_risk'] > 60 for row in rows)


class TestMonths:
    @pytest.mark.parametrize(
        'message',
        [
            'which months had revenue over 10000',
            "quels mois ont un chiffre d'affaires de plus de 10000",
        ],
    )
    def test_all_that_meet_a_condition_are_meant(self, message: str) -> None:
        query = planned(message).query
        assert query is not None
        assert (query.grain, query.order, query.limit) == ('month', [], None)
        assert conditions(message) == [('>', 10000)]

    def test_the_best_is_one_still(self) -> None:
        query = planned('which quarter had the highest revenue').query
        assert query is not None
        assert (query.limit, query.order[0].dir) == (1, 'desc')

    def test_those_left_out_by_a_condition_do_not_come_back_as_zero(self, books: Api) -> None:
        rows = asked(books, 'which months had revenue over 10000').rows
        assert 0 < len(rows) < 8
        assert all(row['revenue'] > 10000 for row in rows)

    def test_gaps_are_filled_only_where_all_is_asked_for(self) -> None:
        query = SemanticQuery(metrics=['revenue'], grain='month', time=YEAR)
        over = [Filter(field='revenue', op='>', value=1)]
        limited = SemanticQuery(metrics=['revenue'], grain='month', time=YEAR, limit=3)
        held = SemanticQuery(metrics=['revenue'], grain='month', time=YEAR, filters=over)
        assert [_has_gaps(one) for one in (query, limited, held)] == [True, False, False]
