"""Which HTTP methods a resource answers, and which responder does it.

HEAD is GET without the body. Under `/wp-json` a PUT may also be sent as POST or PATCH, where the
resource does not mean something else by those: WordPress calls that EDITABLE, and its clients
rely on it (node-wpapi refuses to call anything below a record that takes no POST).
"""

import typing

from falcon.routing import CompiledRouter

EDITABLE = ('POST', 'PUT', 'PATCH')
METHODS = ('GET', *EDITABLE, 'DELETE')  #: in the order in which they are listed
REST = '/wp-json'

Responders = dict[str, typing.Any]


def is_rest(resource: typing.Any) -> bool:
    """Whether its dialect is one that WordPress clients speak."""
    return bool(resource.dialect.prefix.startswith(REST))


def responder_of(resource: typing.Any, method: str) -> typing.Any:
    """The bound responder for a method, its stand-ins included; None when there is none."""
    own = getattr(resource, f'on_{method.lower()}', None)
    if own is not None:
        return own
    if method == 'HEAD':
        return getattr(resource, 'on_get', None)
    if method in ('POST', 'PATCH') and is_rest(resource):
        return getattr(resource, 'on_put', None)
    return None


class Router(CompiledRouter):
    """Falcon's router, with the stand-ins, and OPTIONS answered by `describe` under /wp-json."""

    def __init__(self, describe: typing.Any) -> None:
        super().__init__()
        self._describe = describe

    def map_http_methods(self, resource: object, **options: typing.Any) -> typing.Any:
        """{METHOD: responder} of one resource."""
        found: Responders = dict(super().map_http_methods(resource, **options))
        for method in ('HEAD', *METHODS):
            if method not in found and (responder := responder_of(resource, method)):
                found[method] = responder
        if is_rest(resource):
            found['OPTIONS'] = self._describe
        return found
