"""What a type hint of the wire is made of: its alternatives, its struct, the items of its list."""

import types
import typing

import msgspec
from msgspec import Struct


def parts(hint: typing.Any) -> list[typing.Any]:
    """The alternatives of a hint, without Annotated, None and UNSET."""
    if typing.get_origin(hint) is typing.Annotated:
        return parts(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return [p for arg in typing.get_args(hint) for p in parts(arg)]
    return [] if hint in (type(None), msgspec.UnsetType) else [hint]


def plain(hint: typing.Any) -> typing.Any:
    """The class behind a hint: `list` of `list[int]`, `str` of a Literal of texts."""
    origin = typing.get_origin(hint) or hint
    return type(literals(hint)[0]) if origin is typing.Literal else origin


def literals(hint: typing.Any) -> list[typing.Any]:
    """The values that a hint lists."""
    found = [typing.get_args(p) for p in parts(hint) if typing.get_origin(p) is typing.Literal]
    return [value for values in found for value in values]


def accepts_none(hint: typing.Any) -> bool:
    """Whether null is a value of it."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return type(None) in typing.get_args(hint)
    return hint in (None, typing.Any)


def struct_in(hint: typing.Any) -> type | None:
    """The struct among the alternatives of a hint."""
    found = (p for p in parts(hint) if isinstance(p, type) and issubclass(p, Struct))
    return next(found, None)


def item_of(hint: typing.Any) -> typing.Any:
    """What the list among the alternatives of a hint holds; None when there is no list."""
    lists = [p for p in parts(hint) if typing.get_origin(p) is list]
    return typing.get_args(lists[0])[0] if lists else None
