"""Types of the wire: decimals with bounds, texts with lengths (G-3). Columns: `kit.columns`."""

import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.kit.ids import LAST_ID
from karvo.kit.money import EXACT


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a decimal of the wire may be: digits before and after the point, least value."""

    whole: int = 12
    places: int = 2
    least: Decimal | None = None
    above: Decimal | None = None
    most: Decimal | None = None

    def holds(self, number: Decimal) -> bool:
        """Whether a column can take it as it is written, and nothing is wrong with it."""
        _, digits, exponent = number.as_tuple()
        if (
            type(exponent) is int
            and -self.places <= exponent <= 0
            and len(digits) + exponent <= self.whole
            and (self.least is None or number >= self.least)
            and (self.above is None or number > self.above)
            and (self.most is None or number <= self.most)
        ):
            return True
        return is_plain(number) and not self.problem(number)

    def problem(self, number: Decimal) -> str:
        """What is wrong with this number; '' if nothing."""
        if not number.is_finite():
            return 'must be a number'
        # Before any arithmetic, which an exponent such as that of 1e999999999 overflows.
        if number and number.adjusted() >= self.whole:
            return f'must have at most {self.whole} digits before the point'
        if self.least is not None and number < self.least:
            return f'must be at least {self.least}'
        if self.above is not None and number <= self.above:
            return f'must be more than {self.above}'
        if self.most is not None and number > self.most:
            return f'must be at most {self.most}'
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.places and self._has_more(number):
            return f'must have at most {self.places} decimals'
        return ''

    def _has_more(self, number: Decimal) -> bool:
        return number != EXACT.quantize(number, Decimal((0, (1,), -self.places)))


MOST_DIGITS = 40  #: that any bounds allow, on either side of the point


def is_plain(number: Decimal) -> bool:
    """Whether it is written as a column can take it: 0e-100000 is zero, and is not."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and -MOST_DIGITS <= exponent <= MOST_DIGITS


def plainly(number: Decimal) -> Decimal:
    """The same number, which is within its bounds, as a column can take it."""
    return number if is_plain(number) else EXACT.normalize(number)


def _number(**bounds: typing.Any) -> Meta:
    return Meta(extra={'bounds': Bounds(**bounds)})


ZERO = Decimal(0)
Money = typing.Annotated[Decimal, _number()]
MoneyNotNegative = typing.Annotated[Decimal, _number(least=ZERO)]
MoneyPositive = typing.Annotated[Decimal, _number(above=ZERO)]
Price = typing.Annotated[Decimal, _number(whole=14, places=4, least=ZERO)]
Quantity = typing.Annotated[Decimal, _number(whole=14, places=4, above=ZERO)]
Percent = typing.Annotated[Decimal, _number(whole=3, places=4, least=ZERO, most=Decimal(100))]
Measure = typing.Annotated[Decimal, _number(whole=14, places=4, least=ZERO)]
Signed = typing.Annotated[Decimal, _number(whole=14, places=4)]

Id = typing.Annotated[int, Meta(ge=1, le=LAST_ID)]
Count = typing.Annotated[int, Meta(ge=0, le=2**31 - 1)]


def text(longest: int, shortest: int = 0) -> Meta:
    return Meta(max_length=longest, min_length=shortest or None)


Short = typing.Annotated[str, text(64)]
Line = typing.Annotated[str, text(200)]
Note = typing.Annotated[str, text(10_000)]
Code = typing.Annotated[str, text(32, 1)]
Metadata = dict[str, typing.Any]
