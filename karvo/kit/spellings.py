"""Fields that a request may spell in two ways."""

import typing
from collections.abc import Callable

from karvo.kit.errors import invalid

#: the record that is changed, asked for only where two spellings differ; None: there is none
Kept = Callable[[], object | None]


def agree(
    values: dict[str, typing.Any],
    others: typing.Mapping[str, typing.Any],
    kept: Kept | None = None,
) -> None:
    """Add the others, which are the same fields spelt otherwise, to the values.

    Where both are sent and differ, one that is as `kept` has it was read and sent back: the other
    counts. Raises Invalid where that does not tell: whichever were taken, the caller would think
    that the other was.
    """
    for name, value in others.items():
        if values.setdefault(name, value) != value:
            values[name] = _meant(name, values[name], value, kept)


def _meant(name: str, one: typing.Any, other: typing.Any, kept: Kept | None) -> typing.Any:
    row = kept() if kept else None
    if row is not None:
        before = getattr(row, name)
        if before in (one, other):
            return other if one == before else one
    raise invalid(**{name: 'is given twice, and not the same'})
