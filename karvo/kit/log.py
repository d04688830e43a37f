"""Structured logs, one line each, with the request they belong to. Secrets never get here."""

import logging
import sys
import typing

import msgspec
import structlog

from karvo.config import config

encode = msgspec.json.Encoder(enc_hook=str).encode

log = structlog.get_logger()


def configure() -> None:
    """Text on a terminal, JSON elsewhere, unless KARVO_LOG_FORMAT says otherwise."""
    is_text = (config.log_format or ('text' if sys.stderr.isatty() else 'json')) == 'text'
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt='iso', utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if is_text else _json,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def _json(_: object, __: str, event: typing.MutableMapping[str, typing.Any]) -> str:
    return encode(event).decode()
