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


class TestAmounts:
    @pytest.mark.parametrize(
        ('message', 'expected'),
        [
            ('customers with at least 5000 in sales this year', [('>=', 5000)]),
            ('clients avec au moins 5000 de ventes cette année', [('>=', 5000)]),
            ('customers with at most 5000 in sales this year', [('<=', 5000)]),
            ('clients avec au plus 5000 de ventes cette année', [('<=', 5000)]),
            ('customers with more than 5000 in sales', [('>', 5000)]),
            ('customers with revenue between 5000 and 10000', [('>=', 5000), ('<=', 10000)]),
            ('customers with revenue between 2000 and 5000', [('>=', 2000), ('<=', 5000)]),
            ('clients avec des ventes entre 5000 et 10000', [('>=', 5000), ('<=', 10000)]),
            ('revenue between 2024 and 2025', []),
        ],
    )
    def test_have_the_bounds_that_are_said(
        self, message: str, expected: list[tuple[str, int]]
    ) -> None:
        assert conditions(message) == expected


class TestAges:
    @pytest.mark.parametrize(
        'message',
        [
            'how much is more than 45 days overdue',
            'Montant en souffrance depuis plus de 45 jours',
            'invoices at least 30 days overdue',
            'invoices between 30 and 60 days overdue',
        ],
    )
    def test_that_no_bucket_says_are_refused_with_those_that_are(self, message: str) -> None:
        found = planned(message)
        assert (found.kind, found.why) == ('refusal', 'together')
        assert [planned(one).kind for one in found.suggestions] == ['result'] * 3

    def test_that_a_bucket_says_are_exact(self) -> None:
        assert conditions('how much is more than 60 days overdue') == [('in', ['61-90', '90+'])]

    @pytest.mark.parametrize(
        'message',
        [
            'average payment delay',
            'délai moyen de paiement',
            'average days to pay',
            'how long do customers take to pay',
        ],
    )
    def test_of_payments_are_no_payments(self, message: str) -> None:
        assert planned(message).kind == 'refusal'


class TestDays:
    @pytest.mark.parametrize('message', ['revenue 500 days ago', 'revenue il y a 500 jours'])
    def test_of_long_ago_are_exact(self, message: str) -> None:
        query = planned(message).query
        assert query is not None
        assert query.time is not None
        assert query.time.start == query.time.end == dt.date(2025, 4, 7)

    @pytest.mark.parametrize('message', ['revenue 5000 days ago', 'revenue last 5000 days'])
    def test_of_too_long_ago_are_refused(self, message: str) -> None:
        assert planned(message).kind == 'refusal'

    @pytest.mark.parametrize(
        'message', ['revenue in 2030', 'ventes en 2030', 'compare revenue 2026 with 2030']
    )
    def test_to_come_have_no_figures(self, message: str) -> None:
        assert planned(message).why == planned('revenue next month').why == 'future'
