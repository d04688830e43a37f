"""What a user or key may do by now, for work that is done later in their name.

Modules know no credentials: the control plane says how it is found out (`found_by`).
"""

from collections.abc import Callable

from karvo.kit.actor import Actor

#: (kind, id, id of the company) → who that is today; None: gone, revoked, expired, left
Find = Callable[[str, int, int], Actor | None]
_finds: list[Find] = []


def found_by(find: Find) -> None:
    """Said once, by the composition root."""
    if find not in _finds:
        _finds.append(find)


def standing(kind: str, id: int, company_id: int) -> Actor | None:
    """The actor with the scopes that it has at this moment. Never in a company's transaction."""
    found = (find(kind, id, company_id) for find in _finds)
    return next((one for one in found if one is not None), None)
