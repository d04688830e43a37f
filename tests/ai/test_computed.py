"""Questions about figures that no SQL gives: what is to come, and how customers fare."""

import pytest

from karvo.ai.answers import ask
from karvo.ai.schemas import Answer
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from tests.conftest import Api

pytestmark = pytest.mark.xdist_group('ai')


def asked(books: Api, message: str, previous: Answer | None = None) -> Answer:
    with books.company():
        actor = system_actor('test', current_place())
        return ask(message, previous.query if previous else None, actor=actor)


class TestForecast:
    @pytest.mark.parametrize(
        ('message', 'months', 'language'),
        [
            ('Forecast next 3 months', 3, 'en'),
            ('What is the revenue forecast for the next three months?', 3, 'en'),
            ('sales forecast', 6, 'en'),
            ('forecast for the next 2 quarters', 6, 'en'),
            ('Prévision des trois prochains mois', 3, 'fr'),
            ('Quelle est la prévision des ventes pour les 4 prochains mois ?', 4, 'fr'),
        ],
    )
    def test_is_what_the_route_answers(
        self, books: Api, message: str, months: int, language: str
    ) -> None:
        answer = asked(books, message)
        assert (answer.kind, answer.language, answer.chart) == ('result', language, 'line')
        shown = books.get(f'/analytics/forecast?months={months}').json['data']
        assert [(row['month'], row['forecast']) for row in answer.rows] == [
            (one['month'], one['point']) for one in shown
        ]
        assert [column.unit for column in answer.columns] == ['text', 'money', 'money', 'money']

    def test_of_next_month_is_of_the_one_after_this(self, books: Api) -> None:
        answer = asked(books, 'forecast for next month')
        assert [row['month'] for row in answer.rows] == ['2026-09']
        assert asked(books, 'prévision du mois prochain').rows == answer.rows

    def test_goes_on_from_the_turn_before(self, books: Api) -> None:
        first = asked(books, 'forecast next 3 months')
        assert len(asked(books, 'and the next 5 months?', first).rows) == 5

    def test_of_days_that_are_over_or_of_one_customer_there_is_none(self, books: Api) -> None:
        assert asked(books, 'forecast last year').kind == 'refusal'
        assert asked(books, 'forecast for Aérotech').kind != 'result'

    def test_other_figures_have_no_future_still(self, books: Api) -> None:
        for message in ('revenue next month', 'payments in the next 3 months'):
            assert asked(books, message).kind == 'refusal'


class TestRisk:
    @pytest.mark.parametrize(
        'message',
        [
            'Which customers are at risk?',
            'which clients are we likely to lose, churn risk',
            'Quels clients sont à risque ?',
            'clients à risque de départ',
        ],
    )
    def test_lists_those_at_risk_the_likeliest_first(self, books: Api, message: str) -> None:
        answer = asked(books, message)
        assert answer.kind == 'result', answer.answer
        assert {'AERO01', 'MAIS01'} <= {row['code'] for row in answer.rows}
        chances = [row['churn_risk'] for row in answer.rows]
        assert chances == sorted(chances, reverse=True)
        assert {row['risk'] for row in answer.rows} <= {'high', 'lost'}
        assert answer.rows[0]['name'] in answer.answer

    def test_of_one_customer_is_his_whatever_it_is(self, books: Api) -> None:
        name = next(
            row['name']
            for row in books.get('/customers?per_page=100').json['data']
            if row['code'] == 'BEAU01'
        )
        answer = asked(books, f'churn risk of {name}')
        assert [row['code'] for row in answer.rows] == ['BEAU01']
        assert answer.rows[0]['risk'] == 'low'


class TestHealth:
    def test_lists_the_worst_first_or_the_best(self, books: Api) -> None:
        worst = asked(books, 'customer health scores')
        scores = [row['health'] for row in worst.rows]
        assert scores == sorted(scores)
        assert scores[0] == 31
        best = asked(books, 'top 3 customers by health score')
        assert [row['health'] for row in best.rows] == [89, 87, 87]
        assert asked(books, 'Indice de santé des clients').rows == worst.rows

    def test_needs_the_scope_of_customers(self, books: Api) -> None:
        with books.company():
            place = current_place()
            actor = Actor(kind='key', place=place, scopes=frozenset({'invoices:read'}))
            assert ask('customer health scores', actor=actor).kind == 'refusal'
