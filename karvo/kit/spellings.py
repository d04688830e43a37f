"""Fields that a request may spell in two ways."""

import typing

from karvo.kit.errors import invalid


def agree(values: dict[str, typing.Any], others: typing.Mapping[str, typing.Any]) -> None:
    """Add the others, which are the same fields spelt otherwise, to the values.

    Raises Invalid for one that is there with another value: whichever were taken, the caller would
    think that the other was.
    """
    for name, value in others.items():
        if values.setdefault(name, value) != value:
            raise invalid(**{name: 'is given twice, and not the same'})
