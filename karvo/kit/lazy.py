"""The one sanctioned way of importing late: heavy libraries that most processes never need."""

import importlib
import typing

#: The libraries that may come late; a test asserts that a started web process has none of them.
Heavy = typing.Literal[
    'holidays',
    'jwt',
    'phonenumbers',
    'psutil',
    'rapidfuzz.fuzz',
    'rapidfuzz.process',
    'requests',
    'stripe',
    'typst',
]


class _Lazy:
    """Stands for a module; imports it when something of it is first asked for."""

    def __init__(self, name: str) -> None:
        self.__name = name

    def __getattr__(self, member: str) -> typing.Any:
        value = getattr(importlib.import_module(self.__name), member)
        setattr(self, member, value)
        return value


def lazy(name: Heavy) -> typing.Any:
    """`typst = lazy('typst')` at the top of a module; `typst.compile` imports it."""
    return _Lazy(name)
