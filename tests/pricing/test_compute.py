"""The waterfall as pure functions (PRI-1, PRI-2, PRI-4)."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.pricing.compute import discount_of, rule_price, waterfall
from karvo.pricing.schemas import TIERS, Candidate, PricedLine
from karvo.products.schemas import LineProduct

D = Decimal


def product(**values) -> LineProduct:
    known = {'name': 'X', 'id': 1, 'sku': 'X', 'name_fr': 'X', 'name_en': 'X', 'type': 'stockable'}
    known |= {'category_id': 7, 'uom': 'unit', 'list_price': D('25'), 'min_price': None}
    known |= {'cost': D('0'), 'tax_code': 'taxable', 'pst_exempt': False, 'status': 'active'}
    return LineProduct(**known | values)


def rule(id: int = 1, **values) -> Candidate:
    known = {'line': 0, 'id': id, 'scope': 'all', 'target': 'sku', 'method': 'fixed'}
    known |= {'value': D('20'), 'min_qty': D(0), 'valid_from': None, 'valid_to': None}
    return Candidate(**known | {'priority': 0, 'negotiation_id': None} | values)


def price(*rules: Candidate, qty: str = '1', **values):
    return waterfall(PricedLine(product(**values), D(qty)), rules)


class TestTiers:
    def test_without_rules_the_list_price(self):
        found = price()
        assert (found.price, found.source, found.tier, found.rule_id) == (D('25'), 'list', 4, None)
        assert [step.matched for step in found.waterfall] == [False, False, False, True]

    def test_the_first_match_wins_not_the_lowest(self):
        rules = [
            rule(1, scope='all', value=D('10')),
            rule(2, scope='customer', value=D('22')),
            rule(3, scope='customer', value=D('24'), negotiation_id=9),
        ]
        found = price(*rules)
        assert (found.price, found.source, found.tier, found.rule_id) == (24, 'negotiated', 1, 3)
        assert [step.price for step in found.waterfall] == [24, 22, 10, 25]
        assert found.waterfall[1].reason == 'a tier above decides'

    def test_a_group_is_of_the_third_tier(self):
        assert price(rule(scope='group')).source == 'tier'

    def test_too_few_falls_through_and_says_from_how_many(self):
        found = price(rule(scope='customer', min_qty=D('10')), qty='9.9999')
        assert found.source == 'list'
        assert found.waterfall[1].reason == 'from a quantity of 10'


class TestInsideATier:
    @pytest.mark.parametrize(
        ('better', 'worse'),
        [
            ({'target': 'sku'}, {'target': 'category', 'min_qty': D(5), 'priority': 9}),
            ({'target': 'category'}, {'target': 'all', 'min_qty': D(5)}),
            ({'min_qty': D(5)}, {'min_qty': D(1), 'priority': 9}),
            ({'priority': 2}, {'priority': 1, 'valid_from': dt.date(2026, 1, 1)}),
            ({'valid_from': dt.date(2026, 2, 1)}, {'valid_from': dt.date(2026, 1, 1)}),
            ({'valid_from': dt.date(2020, 1, 1)}, {'valid_from': None}),
        ],
    )
    def test_what_decides(self, better, worse):
        found = price(rule(1, value=D('1'), **worse), rule(2, value=D('2'), **better), qty='10')
        assert found.rule_id == 2

    def test_the_lowest_id_at_last(self):
        assert price(rule(8, value=D('3')), rule(4, value=D('2'))).rule_id == 4


class TestMethods:
    @pytest.mark.parametrize(
        ('method', 'value', 'expected'),
        [
            ('fixed', '19.99', '19.9900'),
            ('percent_off', '10', '22.5000'),
            ('percent_off', '33.3333', '16.6667'),
            ('amount_off', '5.5', '19.5000'),
            ('amount_off', '30', '0.0000'),
            ('markup_on_cost', '40', '21.0000'),
        ],
    )
    def test_to_four_decimals(self, method, value, expected):
        of = product(cost=D('15'))
        assert str(rule_price(rule(method=method, value=D(value)), of)) == expected

    def test_discount_off_the_list_price(self):
        assert discount_of(D('22.5'), D('25')) == D('10.00')
        assert discount_of(D('30'), D('25')) == discount_of(D('1'), D(0)) == 0


class TestFloor:
    def test_below_cost_or_minimum_warns_and_stands(self):
        assert price(rule(), cost=D('20.01')).warnings == ['below_cost']
        found = price(rule(), min_price=D('20.01'))
        assert (found.price, found.below_floor, found.warnings) == (20, True, ['below_cost'])
        assert price(rule(), cost=D('20'), min_price=D('20')).warnings == []


rules = st.lists(
    st.builds(
        rule,
        st.integers(1, 50),
        scope=st.sampled_from(['customer', 'group', 'all']),
        target=st.sampled_from(['sku', 'category', 'all']),
        method=st.sampled_from(['fixed', 'percent_off', 'amount_off', 'markup_on_cost']),
        value=st.decimals(0, 100, places=4),
        min_qty=st.decimals(0, 20, places=1),
        priority=st.integers(-3, 3),
        negotiation_id=st.sampled_from([None, None, 5]),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


@given(rules, st.decimals('0.0001', 30, places=4), st.decimals(0, 100, places=2))
def test_any_rules_give_one_explained_price(candidates, qty, listed):
    found = waterfall(PricedLine(product(list_price=listed, cost=D('3')), qty), candidates)
    [step] = [step for step in found.waterfall if step.matched]
    assert found.price == step.price >= 0
    assert (found.tier, found.source) == (step.tier, TIERS[step.tier - 1])
    assert [s.tier for s in found.waterfall] == [1, 2, 3, 4]
    earlier = found.waterfall[: step.tier - 1]
    assert all(s.price is None for s in earlier)
    shuffled = waterfall(PricedLine(product(list_price=listed, cost=D('3')), qty), candidates[::-1])
    assert shuffled == found


def test_a_price_that_no_column_holds_is_the_largest():
    far = rule(method='markup_on_cost', value=D('99999999999999'))
    assert rule_price(far, product(cost=D('99999999999999'))) == D('99999999999999.9999')
