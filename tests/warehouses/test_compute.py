"""Moving averages."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from karvo.warehouses.compute import Pool

D = Decimal


class TestAverage:
    def test_the_rules_own_example(self) -> None:
        pool = Pool()
        pool.receive(D(10), D('200.00'))
        pool.receive(D(30), D('720.00'))
        assert (pool.unit_cost, pool.value) == (D('23.000000'), D('920.00'))
        assert pool.issue(D(5)) == D('115.00')

    def test_the_last_one_takes_what_is_left(self) -> None:
        pool = Pool()
        pool.receive(D(3), D('10.00'))
        assert [pool.issue(D(1)) for _ in range(3)] == [D('3.33'), D('3.33'), D('3.34')]
        assert (pool.qty, pool.value) == (0, 0)


class TestBelowZero:
    def test_leaves_at_the_last_known_cost_and_is_settled_at_the_next_receipt(self) -> None:
        pool = Pool()
        pool.receive(D(5), D('50.00'))
        assert pool.issue(D(8)) == D('80.00')
        assert (pool.qty, pool.value) == (D(-3), D('-30.00'))
        # Ten come at 12.00: three of them were sold already, at 10.00 each.
        assert pool.receive(D(10), D('120.00')) == D('-6.00')
        assert (pool.qty, pool.value, pool.unit_cost) == (D(7), D('84.00'), D('12.000000'))

    def test_a_receipt_that_covers_only_a_part(self) -> None:
        pool = Pool(qty=D(-10), value=D('-100.00'), unit_cost=D(10))
        assert pool.receive(D(4), D('48.00')) == D('-8.00')
        assert (pool.qty, pool.value) == (D(-6), D('-60.00'))

    def test_nothing_known_of_the_cost(self) -> None:
        pool = Pool()
        assert pool.issue(D(2)) == 0
        assert pool.receive(D(2), D('7.00')) == D('-7.00')
        assert (pool.qty, pool.value) == (0, 0)


amounts = st.decimals(D('0.01'), D(1000), places=2)
quantities = st.decimals(D('0.0001'), D(1000), places=4)


@given(st.lists(st.tuples(st.booleans(), quantities, amounts), max_size=30))
def test_nothing_is_lost_and_no_stock_means_no_value(
    steps: list[tuple[bool, Decimal, Decimal]],
) -> None:
    pool, total = Pool(), D(0)
    for is_receipt, qty, value in steps:
        if is_receipt:
            total += value + pool.receive(qty, value)
        else:
            total -= pool.issue(qty)
        assert pool.value == total
        assert pool.qty != 0 or pool.value == 0
        assert pool.qty < 0 or pool.value >= 0
    if pool.qty:
        left = pool.issue(pool.qty) if pool.qty > 0 else pool.value
        assert left == total
