"""What an API is beside its routes: where it lives, how it words things, who may ask how often."""

import typing
from collections.abc import Callable

import falcon
import msgspec

from karvo.kit.errors import KarvoError

Members = dict[str, typing.Any]


def sent_along(req: falcon.Request) -> Members:
    """The parameters of a query."""
    return typing.cast(Members, req.params)


class Rate(typing.NamedTuple):
    """How much a key may ask of a dialect."""

    requests: int
    seconds: int


class Dialect(msgspec.Struct, frozen=True, kw_only=True):
    """How one API speaks: where it lives and how it words a refusal."""

    name: str
    prefix: str
    title: str
    #: (refusal, {domain field: wire field}) → (status, body)
    error: Callable[[KarvoError, dict[str, str]], tuple[int, typing.Any]]
    #: how this dialect's clients present themselves: names of `tenants.access` schemes
    credentials: tuple[str, ...]
    #: None = a minute's, the key's own
    rate: Rate | None = None
    #: where a request's parameters are
    parameters: Callable[[falcon.Request], Members] = sent_along
    headers: dict[str, str] = {}  #: of every answer; names in lower case
    allows_batch: bool = False  #: whether its writes may come through WordPress' /batch/v1
    #: what its document says of it: securitySchemes, the shape of a refusal, {status: meaning}
    schemes: Members = {}
    problem: typing.Any = None
    refusals: dict[str, str] = {}
