"""What may go with a mail: modules above say how their papers are made."""

from collections.abc import Callable

from karvo.mail.schemas import Paper

Maker = Callable[[int], Paper | None]
_makers: dict[str, Maker] = {}


def papers(kind: str, maker: Maker) -> None:
    """`maker(id)` makes the paper of this kind, inside its company; None when it is gone."""
    _makers[kind] = maker


def paper_of(kind: str | None, paper_id: int | None) -> Paper | None:
    """The paper that a mail names; None when it names none. Raises LookupError when it is gone."""
    if kind is None or paper_id is None:
        return None
    made = _makers[kind](paper_id)
    if made is None:
        raise LookupError(f'there is no {kind} {paper_id} any more')
    return made
