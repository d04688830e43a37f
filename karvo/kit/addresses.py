"""Which path and method a request means, however WordPress' clients write them."""

import typing
from collections.abc import Iterable

import falcon

from karvo.kit.errors import NoRoute
from karvo.kit.methods import METHODS, REST

NO_ROUTE = 'No route was found matching the URL and request method.'
OVERRIDE = 'HTTP_X_HTTP_METHOD_OVERRIDE'
FRONT = ('/', '/index.php')  #: where `?rest_route=` is understood


class Addresses:
    """The templates of an application's routes, to find the one that a path was meant for."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._templates: dict[int, list[list[str]]] = {}
        for template in templates:
            parts = template.split('/')
            self._templates.setdefault(len(parts), []).append(parts)
        for known in self._templates.values():
            known.sort(key=lambda parts: sum('{' in part for part in parts))

    def rewrite(self, req: falcon.Request) -> bool:
        """Puts the plain path and the meant method into the request; whether it is for /wp-json.

        Raises NoRoute for a method that may not be meant.
        """
        path = req.path
        if path.startswith(REST):
            if '//' in path or path[-1] == '/' or not path.islower():
                req.path = self._plain(path)
        elif path in FRONT and 'rest_route' in req.params:
            req.path = self._plain(f'{REST}/{_text(req.params["rest_route"])}')
        else:
            return False
        if OVERRIDE in req.env or (req.query_string and '_method' in req.params):
            req.method = meant_method(req)
        return True

    def _plain(self, path: str) -> str:
        """Without empty segments; fixed parts in the letter case of the route they name."""
        parts = ['', *(part for part in path.split('/') if part)]
        lower = [part.lower() for part in parts]
        for template in self._templates.get(len(parts), ()):
            pairs = list(zip(template, parts, lower, strict=True))
            if all('{' in fixed or fixed == low for fixed, _, low in pairs):
                return '/'.join(part if '{' in fixed else fixed for fixed, part, _ in pairs)
        return '/'.join(parts)


def meant_method(req: falcon.Request) -> str:
    """What `?_method=` (it wins) or X-HTTP-Method-Override says. Raises NoRoute.

    Only a POST may be something else. A GET that asks to be a write is refused, not answered as a
    GET: its sender would take the record it gets for the one it changed.
    """
    given = req.params.get('_method') or req.env.get(OVERRIDE) or req.method
    meant = _text(given).strip().upper()
    if meant == req.method:
        return meant
    if req.method != 'POST' or meant not in (*METHODS, 'HEAD'):
        raise NoRoute(NO_ROUTE)
    return meant


def _text(value: typing.Any) -> str:
    return str(value[-1] if isinstance(value, list) else value)
