"""Structured logs, one line each, with the request they belong to. Secrets never get here."""

import contextlib
import contextvars
import datetime as dt
import logging
import select
import sys
import typing
from collections.abc import Iterator

import msgspec
import structlog

from karvo.config import config

_encoder = msgspec.json.Encoder(enc_hook=str)
encode, encode_lines = _encoder.encode, _encoder.encode_lines

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
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
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


class Request(msgspec.Struct, gc=False):
    """The line of one request; members in the order in which they are written."""

    method: str
    path: str
    status: int
    ms: float
    tenant: str
    ip: str
    event: str
    request_id: str
    level: str
    timestamp: dt.datetime


def log_requests(lines: list[Request], lost: int = 0) -> None:
    """One line each; and how many there are no lines of. As JSON they go past structlog, which
    costs five times as much.
    """
    with contextlib.suppress(OSError, ValueError):  # nobody reads them: no reason to stop serving
        if _is_text:
            for line in lines:
                told = msgspec.structs.asdict(line)
                log.info(told.pop('event'), **{n: told[n] for n in told if n not in ADDED})
        else:
            for piece in _pieces(encode_lines(lines)):
                sys.stderr.write(piece.decode())
        if lost:
            log.warning('requests not logged', count=lost)


def _pieces(lines: bytes) -> Iterator[bytes]:
    """Lines that leave together. More than that, and those of other processes may come between."""
    begin = 0
    while begin < len(lines):
        last = lines.rfind(b'\n', begin, begin + select.PIPE_BUF)
        end = (last if last >= 0 else lines.index(b'\n', begin)) + 1
        yield lines[begin:end]
        begin = end
