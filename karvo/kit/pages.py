"""HTML pages: templates in which `$name` is replaced and escaped; responders that write them."""

import functools
import html
import pathlib
import string
import typing
from collections.abc import Mapping

from karvo.kit.http import Endpoint

HTML = 'text/html; charset=UTF-8'
Responder = typing.TypeVar('Responder', bound=typing.Callable[..., None])


class Markup(str):
    """Text that is HTML already: made by `fill`, never by a caller of the API."""


@functools.cache
def _template(path: pathlib.Path) -> string.Template:
    return string.Template(path.read_text(encoding='utf-8'))


def fill(path: pathlib.Path, values: Mapping[str, str]) -> Markup:
    """The page; everything but Markup is escaped. KeyError on a `$name` that `values` lacks."""
    return Markup(_template(path).substitute({name: _shown(text) for name, text in values.items()}))


def _shown(text: str) -> str:
    return text if isinstance(text, Markup) else html.escape(text)


def open_to_all(returns: typing.Any = None) -> typing.Callable[[Responder], Responder]:
    """Marks a responder that writes its answer itself, for it needs all of the request.

    The middleware asks for no credential and counts nothing.
    """

    def mark(responder: Responder) -> Responder:
        summary = (responder.__doc__ or '').strip()
        spec = Endpoint(scope=None, summary=summary, returns=returns)
        responder.endpoint = spec  # type: ignore[attr-defined]
        return responder

    return mark
