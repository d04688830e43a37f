"""What an API is beside its routes: where it lives, how it words things, who may ask how often."""

import typing
from collections.abc import Callable, Sequence

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
    #: what its document says of it: securitySchemes, which of them it takes (OpenAPI's security;
    #: none = each alone), the shape of a refusal, and of those of a status, {status: meaning}
    schemes: Members = {}
    security: tuple[Members, ...] = ()
    problem: typing.Any = None
    problems: Members = {}
    refusals: dict[str, str] = {}


Row = typing.TypeVar('Row')
#: the code of a refusal that is nobody's fault but ours
INTERNAL = 'internal_server_error'


def known_as(problem: KarvoError, known: Sequence[tuple[type[KarvoError], Row]]) -> Row | None:
    """What a dialect says of this kind of refusal: the first row whose kind it is."""
    return next((row for kind, row in known if isinstance(problem, kind)), None)


def wire_name(name: str, fields: dict[str, str]) -> str:
    """`lines[0].quantity` → `lines[0].qty`: each part is translated by itself."""
    if not fields:
        return name
    parts = (part.partition('[') for part in name.split('.'))
    return '.'.join(fields.get(head, head) + bracket + rest for head, bracket, rest in parts)
