"""Amounts round half-up, away from zero, whatever the thread's decimal context says."""

import decimal
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.kit.money import cents, line_total, quantize, spread

D = Decimal
MONEY = st.decimals('-99999999.99', '99999999.99', places=2)
WEIGHTS = st.lists(st.decimals(0, 100000, places=4), min_size=1, max_size=40)


class TestCents:
    @pytest.mark.parametrize(
        ('amount', 'expected'),
        [
            ('4.585', '4.59'),
            ('-4.585', '-4.59'),
            ('4.5849999999999999999999999999999', '4.58'),
            ('0.005', '0.01'),
            ('-0.005', '-0.01'),
            ('2', '2.00'),
            ('1E+3', '1000.00'),
            ('999999999999.995', '1000000000000.00'),
        ],
    )
    def test_halves_go_away_from_zero(self, amount: str, expected: str) -> None:
        assert str(cents(D(amount))) == expected

    @pytest.mark.parametrize('amount', ['-0.001', '-0.00', '-0'])
    def test_zero_has_no_sign(self, amount: str) -> None:
        assert str(cents(D(amount))) == '0.00'

    def test_the_context_of_the_thread_does_not_matter(self) -> None:
        with decimal.localcontext(prec=3, rounding=decimal.ROUND_DOWN):
            assert cents(D('123456.785')) == D('123456.79')
            assert line_total(D('12345'), D('1.2345'), D('12.5')) == D('13334.91')
            assert spread(D('10000.01'), [D('1.2345'), D('1.2345')]) == [D('5000.01'), D(5000)]

    @given(
        st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12)
    )
    def test_negative_mirrors_positive(self, amount: Decimal) -> None:
        assert cents(-amount) == -cents(amount)
        assert abs(cents(amount) - amount) <= D('0.005')

    @pytest.mark.parametrize('amount', ['sNaN', 'Infinity', '-Infinity'])
    def test_what_is_no_number_has_no_cents(self, amount: str) -> None:
        with pytest.raises(decimal.InvalidOperation):
            cents(D(amount))


class TestQuantize:
    @pytest.mark.parametrize(
        ('amount', 'places', 'expected'),
        [
            ('0.12345', 4, '0.1235'),
            ('-0.12345', 4, '-0.1235'),
            ('2.5', 0, '3'),
            ('1', 6, '1.000000'),
            ('-0.00001', 4, '0.0000'),
        ],
    )
    def test_rounds_half_up(self, amount: str, places: int, expected: str) -> None:
        assert str(quantize(D(amount), places)) == expected


class TestLineTotal:
    @pytest.mark.parametrize(
        ('qty', 'price', 'discount', 'expected'),
        [
            ('50', '25', '0', '1250.00'),
            ('3', '9.99', '0', '29.97'),
            ('1', '10.01', '50', '5.01'),
            ('1.5', '0.33', '0', '0.50'),
            ('-1', '10.01', '50', '-5.01'),
            ('7', '19.99', '12.5', '122.44'),
            ('3', '5', '100', '0.00'),
        ],
    )
    def test_is_rounded_once(self, qty: str, price: str, discount: str, expected: str) -> None:
        assert str(line_total(D(qty), D(price), D(discount))) == expected

    def test_the_largest_numbers_of_the_wire_stay_exact(self) -> None:
        most = D('99999999999999.9999')
        exact = (int(most * 10000) ** 2 * 9999) // 10**10
        assert abs(line_total(most, most, D('0.01')) * 100 - exact) <= 1


class TestSpread:
    def test_the_largest_remainder_gets_the_cent(self) -> None:
        assert spread(D('100.00'), [D(1), D(1), D(1)]) == [D('33.34'), D('33.33'), D('33.33')]
        assert spread(D('10.00'), [D('0.5'), D('1.7')]) == [D('2.27'), D('7.73')]

    def test_negative_totals_mirror_positive_ones(self) -> None:
        assert spread(D('-100.00'), [D(1), D(1), D(1)]) == [D('-33.34'), D('-33.33'), D('-33.33')]

    def test_weights_of_zero_share_equally_only_among_themselves(self) -> None:
        assert spread(D('1.00'), [D(0), D(5)]) == [D(0), D(1)]
        assert spread(D('1.00'), [D(0), D(0)]) == [D('0.50'), D('0.50')]

    def test_nothing_to_nobody(self) -> None:
        assert spread(D('0.00'), []) == []

    @pytest.mark.parametrize(
        ('total', 'weights'), [('1.00', []), ('1.00', ['1', '-1']), ('1.005', ['1'])]
    )
    def test_what_cannot_be_shared_is_refused(self, total: str, weights: list[str]) -> None:
        with pytest.raises(ValueError, match='cannot spread'):
            spread(D(total), [D(weight) for weight in weights])

    @given(MONEY, WEIGHTS)
    def test_shares_sum_exactly_and_are_within_a_cent(self, total: Decimal, weights: list) -> None:
        shares = spread(total, weights)
        assert sum(shares) == total
        whole = sum(weights)
        if whole:
            for share, weight in zip(shares, weights, strict=True):
                assert abs(share - total * weight / whole) < D('0.010001')
