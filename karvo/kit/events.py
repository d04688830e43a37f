"""What an event is: a typed fact in the past tense, declared in the module that emits it."""

import typing

import msgspec

CATALOGUE: dict[str, type['Event']] = {}


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every event.

    `name` is what subscribers ask for (`invoice.posted`), `resource` the kind of record it speaks
    of. `object` is the record after the change, `previous` holds the changed attributes before it.
    """

    name: typing.ClassVar[str] = ''
    resource: typing.ClassVar[str] = ''

    id: int
    uid: str
    object: typing.Any
    previous: dict[str, typing.Any] = {}

    def __init_subclass__(cls, **options: typing.Any) -> None:
        super().__init_subclass__(**options)
        if cls.name:
            CATALOGUE[cls.name] = cls
