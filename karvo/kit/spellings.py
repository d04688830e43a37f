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
        own = values.setdefault(name, value)
        if _plain(own) != _plain(value):
            values[name] = _meant(name, own, value, kept)


def _plain(value: typing.Any) -> typing.Any:
    """`h2x1y4` is `H2X 1Y4`: how it is kept, is no matter of its spelling."""
    return value.replace(' ', '').casefold() if isinstance(value, str) else value


def _meant(name: str, one: typing.Any, other: typing.Any, kept: Kept | None) -> typing.Any:
    if kept is None and (not one or not other):
        return one or other  # of what is new, nothing is cleared
    row = kept() if kept else None
    if kept is not None and row is None:
        return other  # there is nothing to change, which is for others to say
    if row is not None:
        before = getattr(row, name)
        if before in (one, other):
            return other if one == before else one
    raise invalid(**{name: 'is given twice, and not the same'})
