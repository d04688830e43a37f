"""/analytics over the data set's company, today being 2026-08-20."""

import datetime as dt
import math

import pytest

from karvo.analytics.reads import answer_query
from karvo.analytics.schemas import Filter, Period, SemanticQuery
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place, statement_count
from tests.ai.arithmetic import PRODUCTS, heads, sold
from tests.conftest import Api, wide_key
from tests.invoicing import refused

YEAR = Period(start=dt.date(2025, 9, 1), end=dt.date(2026, 8, 31))


# The company takes a while to load: its tests run one after the other.
pytestmark = pytest.mark.xdist_group('ai')


def limited(books: Api, scope: str) -> Api:
    """The same company under a key that may only do that."""
    assert books.tenant is not None
    return Api(books.client.app, books.tenant, wide_key(books.tenant, scopes=[scope]))


def by_month(facts: list[dict], month: str) -> float:
    return round(sum(one['value'] for one in facts if one['month'] == month), 2)


class TestRevenue:
    def test_months_are_whole_consecutive_and_end_with_the_running_one(self, books: Api) -> None:
        answer = books.get('/analytics/revenue')
        assert answer.status_code == 200, answer.text
        shown = answer.json
        assert [one['month'] for one in shown['data']] == [
            *(f'2025-{n:02}' for n in range(9, 13)),
            *(f'2026-{n:02}' for n in range(1, 9)),
        ]
        assert [one.get('partial') for one in shown['data']] == [None] * 11 + [True]
        assert (shown['months'], shown['currency']) == (12, 'CAD')

    def test_is_what_plain_sums_over_the_file_say(self, books: Api) -> None:
        shown = books.get('/analytics/revenue?months=8').json
        net, gross = heads('subtotal'), heads('subtotal', credits=False)
        for one in shown['data']:
            assert one['revenue'] == pytest.approx(by_month(net, one['month']), abs=0.005)
            assert one['gross_sales'] == pytest.approx(by_month(gross, one['month']), abs=0.005)
            assert one['credits'] == pytest.approx(one['gross_sales'] - one['revenue'], abs=0.005)
            assert one['invoices'] == sum(f['month'] == one['month'] for f in gross)
            assert one['avg_invoice'] == pytest.approx(
                one['gross_sales'] / one['invoices'], abs=0.006
            )
        total = sum(one['revenue'] for one in shown['data'])
        assert shown['total'] == shown['total_revenue'] == pytest.approx(total, abs=0.005)

    def test_is_what_a_question_answers(self, books: Api) -> None:
        query = SemanticQuery(metrics=['revenue'], grain='month', time=YEAR)
        with books.company():
            asked = answer_query(query, actor=system_actor('test', current_place()))
        shown = books.get('/analytics/revenue').json['data']
        assert [(one['month'], one['revenue']) for one in shown] == [
            (row['month'], float(row['revenue'])) for row in asked.rows
        ]

    def test_of_a_category_comes_from_the_lines(self, books: Api) -> None:
        category = next(iter(PRODUCTS.values()))['category']
        shown = books.get('/analytics/revenue', params={'category': category, 'months': 6}).json
        lines = [one for one in sold() if one['category'] == category]
        for one in shown['data']:
            assert one['revenue'] == pytest.approx(by_month(lines, one['month']), abs=0.005)
            assert 'invoices' not in one
        query = SemanticQuery(
            metrics=['revenue'], time=YEAR, filters=[Filter(field='category', value=category)]
        )
        with books.company():
            asked = answer_query(query, actor=system_actor('test', current_place()))
        whole = books.get('/analytics/revenue', params={'category': category}).json
        assert whole['total'] == float(asked.rows[0]['revenue'])

    def test_of_one_customer_and_by_customer(self, books: Api) -> None:
        groups = books.get('/analytics/revenue?months=3&group_by=customer').json
        best = groups['groups'][0]
        one = books.get(
            '/analytics/revenue', params={'customer_code': best['code'], 'months': 3}
        ).json
        assert one['total'] == best['revenue']
        summed = sum(group['revenue'] for group in groups['groups'])
        assert groups['total'] == pytest.approx(summed, abs=0.01)
        assert sum(g['share_pct'] for g in groups['groups']) == pytest.approx(100, abs=0.5)
        amounts = [group['revenue'] for group in groups['groups']]
        assert amounts == sorted(amounts, reverse=True)

    @pytest.mark.parametrize('group', ['category', 'province', 'salesperson'])
    def test_groups_come_to_the_total(self, books: Api, group: str) -> None:
        shown = books.get(f'/analytics/revenue?months=12&group_by={group}').json
        summed = sum(one['revenue'] for one in shown['groups'])
        assert shown['total'] == pytest.approx(summed, abs=0.05)

    def test_change_compares_complete_months(self, books: Api) -> None:
        shown = books.get('/analytics/revenue?months=3').json
        net = heads('subtotal')
        now = sum(by_month(net, month) for month in ('2026-05', '2026-06', '2026-07'))
        before = sum(by_month(net, month) for month in ('2026-02', '2026-03', '2026-04'))
        assert shown['change_pct'] == pytest.approx(100 * (now - before) / before, abs=0.006)
        july, june = by_month(net, '2026-07'), by_month(net, '2026-06')
        growth = shown['data'][1]['growth_pct']
        assert growth == pytest.approx(100 * (july - june) / june, abs=0.006)

    def test_margin_is_for_who_may_see_costs(self, books: Api) -> None:
        assert 'gross_margin' in books.get('/analytics/revenue?months=1').json['data'][0]
        seller = limited(books, 'analytics:read')
        assert 'gross_margin' not in seller.get('/analytics/revenue?months=1').json['data'][0]
        assert limited(books, 'customers:read').get('/analytics/revenue').status_code == 403

    def test_a_company_without_sales_has_months_of_nothing(self, api: Api) -> None:
        shown = api.get('/analytics/revenue?months=2&group_by=customer').json
        assert [one['revenue'] for one in shown['data']] == [0, 0]
        assert (shown['total'], shown['change_pct'], shown['groups']) == (0, None, [])

    def test_months_are_one_to_sixty(self, books: Api) -> None:
        for bad in ('0', '61', 'x', '-1', ''):
            refused(books.get(f'/analytics/revenue?months={bad}'), 'months')
        refused(books.get('/analytics/revenue?group_by=colour'), 'group_by')
        assert len(books.get('/analytics/revenue?months=60').json['data']) == 60

    def test_is_one_statement_besides_the_settings(self, books: Api) -> None:
        before = statement_count()
        books.get('/analytics/revenue?months=60&group_by=customer')
        # BEGIN, the settings, the figures, COMMIT.
        assert statement_count() - before <= 4


class TestForecast:
    def test_begins_with_the_running_month_which_is_not_fitted(self, books: Api) -> None:
        answer = books.get('/analytics/forecast?months=3')
        assert answer.status_code == 200, answer.text
        shown = answer.json
        assert [one['month'] for one in shown['data']] == ['2026-08', '2026-09', '2026-10']
        for one in shown['data']:
            assert one['lo95'] <= one['lo80'] <= one['point'] <= one['hi80'] <= one['hi95']
        net = heads('subtotal')
        months = sorted({one['month'] for one in net} - {'2026-08'})
        assert shown['history_months'] == len(months)
        billed = by_month(net, '2026-08')
        assert shown['current_month'] == {'month': '2026-08', 'billed': pytest.approx(billed)}
        history = [by_month(net, month) for month in months]
        brought = books.post('/analytics/forecast', {'history': history, 'horizon': 3}).json
        for mine, theirs in zip(shown['data'], brought['data'], strict=True):
            assert mine['point'] == pytest.approx(theirs['point'], abs=0.02)
        assert shown == books.get('/analytics/forecast?months=3').json

    def test_is_six_months_unless_asked_otherwise(self, books: Api) -> None:
        assert len(books.get('/analytics/forecast').json['data']) == 6
        assert len(books.get('/analytics/forecast?months=24').json['data']) == 24
        for bad in ('0', '25', 'x'):
            refused(books.get(f'/analytics/forecast?months={bad}'), 'months')

    def test_of_a_company_without_history_says_so(self, api: Api) -> None:
        shown = api.get('/analytics/forecast').json
        assert (shown['data'], shown['warning']) == ([], 'insufficient_history')
        assert shown['current_month']['billed'] == 0

    def test_needs_its_scope(self, books: Api) -> None:
        assert limited(books, 'customers:read').get('/analytics/forecast').status_code == 403
        assert limited(books, 'analytics:read').get('/analytics/forecast').status_code == 200


class TestBroughtSeries:
    def test_is_forecast_with_its_own_months(self, books: Api) -> None:
        history = [100 + 10 * (n % 12) + n % 5 for n in range(36)]
        body = {'history': history, 'horizon': 12, 'frequency': 'M', 'start': '2021-11'}
        shown = books.post('/analytics/forecast', body).json
        assert [one['month'] for one in shown['data']][:3] == ['2024-11', '2024-12', '2025-01']
        assert [one['step'] for one in shown['data']] == list(range(1, 13))
        assert shown['seasonal']
        assert shown['history_months'] == 36
        assert shown['backtest']['mase'] >= 0

    def test_without_a_start_has_steps_only(self, books: Api) -> None:
        shown = books.post('/analytics/forecast', {'history': [3, 4.5, 4], 'horizon': 2}).json
        assert [(one['step'], one['month']) for one in shown['data']] == [(1, None), (2, None)]
        assert shown['warning'] == 'short_history'

    def test_of_nothing_is_nothing(self, books: Api) -> None:
        shown = books.post('/analytics/forecast', {'history': []}).json
        assert (shown['data'], shown['warning']) == ([], 'insufficient_history')

    def test_writes_nothing_so_that_readers_may(self, books: Api) -> None:
        reader = limited(books, 'read-only')
        assert reader.post('/analytics/forecast', {'history': [1, 2, 3]}).status_code == 200

    def test_what_is_no_series_is_refused(self, books: Api) -> None:
        for bad in (['a', 'b'], [1, None], [[1]], [True], ['NaN'], 'x', [1] * 601, [1e15]):
            assert 'history' in refused(books.post('/analytics/forecast', {'history': bad}))
        refused(books.post('/analytics/forecast', {}), 'history')
        for name, bad in (('horizon', 0), ('horizon', 25), ('frequency', 'W'), ('start', '2024')):
            refused(books.post('/analytics/forecast', {'history': [1, 2], name: bad}), name)
        for raw in (b'{"history": [1, NaN]}', b'{"history": [Infinity]}'):
            assert books.raw('POST', '/analytics/forecast', raw).status_code == 400
        assert books.raw('POST', '/analytics/forecast', b'{"history": [1e400]}').status_code == 422

    def test_any_scale_is_answered_in_order(self, books: Api) -> None:
        for scale in (1e-3, 1, 9e13):
            history = [scale * (1 + math.sin(n)) for n in range(40)]
            shown = books.post('/analytics/forecast', {'history': history, 'horizon': 24}).json
            for one in shown['data']:
                assert one['lo95'] <= one['lo80'] <= one['point'] <= one['hi80'] <= one['hi95']
