"""Bounds of decimals on the wire (G-3)."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from karvo.kit.fields import Bounds, is_plain

BOUNDS = (
    Bounds(),
    Bounds(least=Decimal(0)),
    Bounds(above=Decimal(0)),
    Bounds(whole=14, places=4, least=Decimal(0)),
    Bounds(whole=3, places=4, least=Decimal(0), most=Decimal(100)),
)


@pytest.mark.parametrize('bounds', BOUNDS)
@given(number=st.decimals() | st.decimals(places=2) | st.decimals(-1000, 1000, places=5))
@example(number=Decimal('1E+400'))
@example(number=Decimal('0E-100000'))
@example(number=Decimal('-0'))
@example(number=Decimal('000100.00'))
@example(number=Decimal('1E+11'))
@example(number=Decimal('sNaN'))
def test_the_quick_look_says_what_the_explanation_says(bounds: Bounds, number: Decimal) -> None:
    assert bounds.holds(number) == (is_plain(number) and not bounds.problem(number))
