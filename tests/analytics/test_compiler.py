"""The semantic layer by itself: what is refused, what equals what, what cannot happen."""

import datetime as dt

import psycopg
import pytest

from karvo.analytics.compiler import compile_query
from karvo.analytics.model import model_of, the_model
from karvo.analytics.reads import answer_query, label_of
from karvo.analytics.schemas import Filter, Order, Period, SemanticQuery, Span
from karvo.analytics.validation import check
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place, database
from karvo.kit.errors import Forbidden, Invalid
from karvo.kit.reading import TookTooLong, reading
from karvo.kit.semantics import Computed, Label
from tests.conftest import Api
from tests.days import stand_still
from tests.invoicing import created

YEAR = Period(start=dt.date(2026, 1, 1), end=dt.date(2026, 12, 31), label='2026')


def ask(query: SemanticQuery) -> list[dict]:
    return answer_query(query, actor=system_actor('test', current_place())).rows


def sell(api: Api, number: str, **values: object) -> None:
    lines = [
        {'sku': 'P1', 'description': 'One', 'qty': 2, 'unit_price': 30},
        {'sku': 'P2', 'description': 'Two', 'qty': 4, 'unit_price': 10},
    ]
    created(api, invoice_no=number, date='2026-03-02', lines=lines, **values)


@pytest.fixture
def shop(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """Two products; an invoice of 60 + 40, of which 10 were credited without lines."""
    stand_still(monkeypatch, '2026-08-20')
    for sku, name, category, cost in (('P1', 'One', 'Red', 12), ('P2', 'Two', 'Blue', 4)):
        body = {'sku': sku, 'name': name, 'category': category, 'price': 30, 'cost': cost}
        assert api.post('/products', body).status_code == 201
    sell(api, 'INV-2026-0001')
    body = {'invoice_no': 'INV-2026-0001', 'reason': 'late', 'amount': 10, 'date': '2026-04-01'}
    assert api.post('/billing/credits', body).status_code == 201
    return api


class TestFacts:
    def test_a_credit_without_lines_is_spread_over_its_invoices_lines(self, shop: Api) -> None:
        with shop.company():
            by = SemanticQuery(metrics=['revenue'], dimensions=['product'], time=YEAR)
            rows = ask(by)
        assert [(row['sku'], float(row['revenue'])) for row in rows] == [('P1', 54), ('P2', 36)]

    def test_lines_come_to_what_the_documents_come_to(self, shop: Api) -> None:
        sell(shop, 'INV-2026-0002', customer_code='B', customer_name='B')
        created(shop, date='2026-05-01', lines=[{'description': 'Advice', 'unit_price': 7}])
        with shop.company():
            whole = ask(SemanticQuery(metrics=['revenue'], time=YEAR))[0]['revenue']
            for name in ('product', 'category', 'customer', 'city'):
                rows = ask(SemanticQuery(metrics=['revenue'], dimensions=[name], time=YEAR))
                assert sum(row['revenue'] for row in rows) == whole, name

    def test_drafts_voids_and_days_to_come_do_not_count(self, shop: Api) -> None:
        sell(shop, 'INV-2026-0003', status='draft')
        sell(shop, 'INV-2026-0004', status='void')
        line = {'description': 'Later', 'unit_price': 500}
        created(shop, date='2026-08-21', due_date='2026-09-01', lines=[line])
        with shop.company():
            assert float(ask(SemanticQuery(metrics=['revenue'], time=YEAR))[0]['revenue']) == 90

    def test_margin_is_net_of_what_was_given_back(self, shop: Api) -> None:
        with shop.company():
            query = SemanticQuery(metrics=['gross_margin', 'units_sold', 'revenue'], time=YEAR)
            row = ask(query)[0]
        assert [float(value) for value in row.values()] == [50, 6, 90]


class TestQueries:
    def test_empty_months_are_rows_of_zero(self, shop: Api) -> None:
        with shop.company():
            rows = ask(SemanticQuery(metrics=['revenue'], grain='month', time=YEAR))
        assert [row['month'] for row in rows] == [f'2026-{month:02}' for month in range(1, 9)]
        assert [float(row['revenue']) for row in rows] == [0, 0, 100, -10, 0, 0, 0, 0]

    def test_a_comparison_gives_both_and_the_change(self, shop: Api) -> None:
        march = Period(start=dt.date(2026, 3, 1), end=dt.date(2026, 3, 31))
        april = Span(start=dt.date(2026, 4, 1), end=dt.date(2026, 4, 30))
        with shop.company():
            row = ask(SemanticQuery(metrics=['revenue'], time=march, compare=april))[0]
        assert [float(value) for value in row.values()] == [100, -10, 110, 1100]

    def test_a_share_is_of_the_total_before_the_limit(self, shop: Api) -> None:
        query = SemanticQuery(
            metrics=['revenue'],
            dimensions=['category'],
            time=YEAR,
            order=[Order(by='revenue')],
            limit=1,
            share=True,
        )
        with shop.company():
            assert [list(map(str, row.values())) for row in ask(query)] == [
                ['Red', '54.00', '60.00']
            ]

    def test_conditions_on_values_and_figures(self, shop: Api) -> None:
        by = {'metrics': ['revenue'], 'dimensions': ['product'], 'time': YEAR}
        with shop.company():
            red = Filter(field='product.category', value='Red')
            assert len(ask(SemanticQuery(**by, filters=[red]))) == 1
            other = Filter(field='category', op='!=', value='Red')
            assert [r['sku'] for r in ask(SemanticQuery(**by, filters=[other]))] == ['P2']
            large = Filter(field='revenue', op='>', value=50)
            assert [r['sku'] for r in ask(SemanticQuery(**by, filters=[large]))] == ['P1']

    def test_values_are_never_sql(self, shop: Api) -> None:
        evil = "x'); DROP TABLE document; --"
        query = SemanticQuery(
            metrics=['revenue'], time=YEAR, filters=[Filter(field='city', value=evil)]
        )
        compiled = compile_query(query, the_model(), dt.date(2026, 8, 20))
        assert evil not in compiled.sql and [evil] in compiled.params.values()
        with shop.company():
            assert float(ask(query)[0]['revenue']) == 0

    def test_every_metric_by_every_dimension_it_knows_is_answered(self, shop: Api) -> None:
        model = the_model()
        with shop.company():
            for name in model.metrics:
                for dimension in model.dimensions:
                    if model.knows(name, dimension):
                        ask(SemanticQuery(metrics=[name], dimensions=[dimension], time=YEAR))


class TestCheck:
    @pytest.mark.parametrize(
        ('query', 'said'),
        [
            (SemanticQuery(metrics=['revenu']), 'revenue'),
            (SemanticQuery(metrics=['salaries']), 'gross_sales'),
            (SemanticQuery(metrics=['revenue'], dimensions=['citty']), 'city'),
            (
                SemanticQuery(
                    metrics=['revenue'], filters=[Filter(field='customer.town', value='x')]
                ),
                'customer.',
            ),
            (SemanticQuery(metrics=['revenue'], order=[Order(by='id; --')]), 'revenue'),
            (SemanticQuery(metrics=['ar_balance'], dimensions=['product']), 'do not go together'),
            (SemanticQuery(metrics=['ar_balance'], grain='month'), 'as of today'),
            (
                SemanticQuery(
                    metrics=['revenue'], filters=[Filter(field='city', op='>', value='a')]
                ),
                'takes =',
            ),
            (
                SemanticQuery(
                    metrics=['revenue'],
                    time=Period(start=dt.date(2026, 2, 1), end=dt.date(2026, 1, 1)),
                ),
                'from is after to',
            ),
        ],
        ids=str,
    )
    def test_says_what_there_is(self, query: SemanticQuery, said: str) -> None:
        with pytest.raises(Invalid) as refused:
            check(query, the_model())
        assert said in refused.value.message

    def test_a_figure_needs_its_scope(self, shop: Api) -> None:
        with shop.company(), pytest.raises(Forbidden):
            actor = Actor(kind='key', scopes=frozenset({'invoices:read'}), place=current_place())
            answer_query(SemanticQuery(metrics=['payments'], time=YEAR), actor=actor)

    def test_two_declarations_cannot_share_a_name(self) -> None:
        one = Computed(
            name='score',
            label=Label('Score', 'Note'),
            dimensions=('customer',),
            unit='count',
            scope='customers:read',
            words=('score',),
            run=lambda query: [{'code': 'A', 'score': 1}],
        )
        assert model_of((), (one,)).knows('score', 'customer') is not None
        with pytest.raises(ValueError, match='same name'):
            model_of((), (one, one))


class TestReading:
    def test_nothing_can_be_written(self, shop: Api) -> None:
        refused = pytest.raises(psycopg.errors.ReadOnlySqlTransaction)
        with shop.company(), refused, reading(1000):
            database.run('DELETE FROM @party')

    def test_nothing_runs_for_long(self, shop: Api) -> None:
        with shop.company():
            with pytest.raises(TookTooLong), reading(50):
                database.run('SELECT pg_sleep(2)')
            assert database.run('SELECT 1').fetchone() == (1,)
            limit = database.run("SELECT current_setting('statement_timeout')").fetchone()
        assert limit == ('0',)


class TestLabels:
    @pytest.mark.parametrize('grain', ['day', 'week', 'month', 'quarter', 'year'])
    def test_are_postgresqls(self, shop: Api, grain: str) -> None:
        with shop.company():
            rows = ask(SemanticQuery(metrics=['gross_sales'], grain=grain, time=YEAR))
        assert label_of(dt.date(2026, 3, 2), grain) in [
            row[grain] for row in rows if row['gross_sales']
        ]
