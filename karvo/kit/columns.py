"""Column types: instants, money, prices, rates, JSON (G-3, G-4)."""

import typing

import peewee
from playhouse.postgres_ext import BinaryJSONField


class Instant(peewee.DateTimeField):
    """A moment: timestamptz, UTC."""

    field_type = 'TIMESTAMPTZ'


class Cents(peewee.DecimalField):
    """An amount of money, NUMERIC(14,2)."""

    def __init__(self, **options: typing.Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, auto_round=False, **options)


class Fine(peewee.DecimalField):
    """A unit price or a quantity, NUMERIC(18,4)."""

    def __init__(self, **options: typing.Any) -> None:
        super().__init__(max_digits=18, decimal_places=4, auto_round=False, **options)


class Rate(peewee.DecimalField):
    """A rate as a fraction (9.975 % = 0.099750), NUMERIC(9,6)."""

    def __init__(self, **options: typing.Any) -> None:
        super().__init__(max_digits=9, decimal_places=6, auto_round=False, **options)


# playhouse ships no stubs
class Json(BinaryJSONField):  # type: ignore[misc]
    """jsonb without an index."""

    def __init__(self, **options: typing.Any) -> None:
        super().__init__(index=False, **options)
