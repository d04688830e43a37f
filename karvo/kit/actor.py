"""Who does it, in which company, and what they may do."""

from collections.abc import Mapping

import msgspec

from karvo.kit.db import Place
from karvo.kit.errors import Forbidden


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of authentication. Operations take one and never ask where it came from."""

    kind: str  #: key, user or system
    id: int = 0  #: id of the key or user in the control plane
    name: str = ''
    scopes: frozenset[str] = frozenset()  #: 'invoices:read', 'invoices:write', …
    tenant_id: int = 0
    tenant_slug: str = ''
    company_id: int = 0
    company_uid: str = ''
    place: Place | None = None  #: None for platform keys: they belong to no company
    is_suspended: bool = False  #: reads work, writes do not
    is_unpaid: bool = False  #: the same, until the plan is paid
    is_sandbox: bool = False  #: nothing leaves the house: mails, files for banks, live payments
    plugins_off: frozenset[str] = frozenset()  #: what this tenant does without
    ip: str = ''
    dialect: str = ''
    password_id: int = 0  #: of the application password in use; 0 for every other credential
    allowances: Mapping[str, int] = {}  #: how many the plan allows: {'webhooks': 3}
    language: str = ''  #: fr or en where the request prefers one

    def may(self, scope: str) -> bool:
        return not scope or scope in self.scopes

    def require(self, scope: str) -> None:
        """Raises Forbidden; the text is the API's own."""
        if scope and scope not in self.scopes:
            raise Forbidden('Insufficient scope')


def system_actor(name: str, place: Place, **known: object) -> Actor:
    """What jobs, imports and provisioning act as: everything allowed, in one company."""
    return Actor(kind='system', name=name, place=place, scopes=EVERYTHING, **known)  # type: ignore[arg-type]


class _Everything(frozenset[str]):
    def __contains__(self, scope: object) -> bool:
        return True


EVERYTHING: frozenset[str] = _Everything()
