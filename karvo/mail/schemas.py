"""What is to be sent, and what a kept mail says of itself."""

import typing

import msgspec


class Paper(typing.NamedTuple):
    """A file that goes with a mail, made when it is sent."""

    name: str
    body: bytes
    type: str = 'application/pdf'


class NewMail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to send. `paper` names what is to be attached: ('invoice', 17)."""

    to: str
    subject: str
    text: str
    html: str | None = None
    language: str = 'fr'
    kind: str
    paper: tuple[str, int] | None = None
