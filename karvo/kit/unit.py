"""A unit of work's transaction, which begins only when something needs it to (decision 0004)."""

import contextlib
import types
import typing

Error = type[BaseException] | None


class State(typing.Protocol):
    """What a thread's connection is in the middle of."""

    owes_begin: bool
    begun: contextlib.AbstractContextManager[object] | None


class Unit:
    """Not a generator: each write passes here, most of which never begin a transaction."""

    __slots__ = ('_state',)

    def __init__(self, state: State) -> None:
        self._state = state

    def __enter__(self) -> None:
        self._state.owes_begin = True

    def __exit__(
        self, kind: Error, error: BaseException | None, trace: types.TracebackType | None
    ) -> bool | None:
        state = self._state
        state.owes_begin = False
        begun, state.begun = state.begun, None
        return begun.__exit__(kind, error, trace) if begun else None
