"""Structured logs, one line each, with the request they belong to. Secrets never get here."""

import contextvars
import datetime as dt
import logging
import sys
import typing

import msgspec
import structlog

from karvo.config import config
from karvo.kit import clock

encode = msgspec.json.Encoder(enc_hook=str).encode

ADDED = ('level', 'timestamp')  #: by structlog, to what it is given

log = structlog.get_logger()
_is_text = False  #: known once `configure` has looked
#: The request that this thread is busy with; every line of log names it.
request_id: contextvars.ContextVar[str] = contextvars.ContextVar('request_id', default='')


def configure() -> None:
    """Text on a terminal, JSON elsewhere, unless KARVO_LOG_FORMAT says otherwise."""
    global _is_text
    _is_text = (config.log_format or ('text' if sys.stderr.isatty() else 'json')) == 'text'
    structlog.configure(
        processors=[
            _with_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt='iso', utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if _is_text else _json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _with_request_id(
    _: object, __: str, event: typing.MutableMapping[str, typing.Any]
) -> typing.MutableMapping[str, typing.Any]:
    if known := request_id.get():
        event.setdefault('request_id', known)
    return event


def _json(_: object, __: str, event: typing.MutableMapping[str, typing.Any]) -> str:
    return encode(event).decode()


class Request(msgspec.Struct, kw_only=True):
    """The line of one request; members in the order in which they are written."""

    method: str
    path: str
    status: int
    ms: float
    tenant: str
    ip: str
    event: str = 'request'
    request_id: str
    level: str = 'info'
    timestamp: dt.datetime = msgspec.field(default_factory=clock.now)


def log_request(line: Request) -> None:
    """One line a request. As JSON it goes past structlog, which costs five times as much."""
    if _is_text:
        told = msgspec.structs.asdict(line)
        log.info(told.pop('event'), **{name: told[name] for name in told if name not in ADDED})
        return
    sys.stderr.write(encode(line).decode() + '\n')
