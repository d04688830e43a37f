"""Changing the levels of dunning (AR-7)."""

import msgspec

from karvo.kit.actor import Actor
from karvo.kit.errors import invalid, missing
from karvo.kit.work import atomic
from karvo.receivables.models import DunningLevel
from karvo.receivables.reads import default_levels, read_levels
from karvo.receivables.schemas import Level


def set_levels(levels: list[Level], *, actor: Actor) -> list[Level]:
    """These instead of those there are. Letters keep what they were proposed with.

    Raises Missing, Invalid: both numbers and days rise from one level to the next.
    """
    if not levels:
        raise missing('levels')
    for at, (one, following) in enumerate(zip(levels, levels[1:], strict=False), 1):
        if following.level <= one.level:
            raise invalid(**{f'levels[{at}].level': f'must be more than {one.level}'})
        if following.days <= one.days:
            raise invalid(**{f'levels[{at}].days': f'must be more than {one.days}'})
    with atomic() as work:
        before = read_levels()
        if levels != before:
            DunningLevel.delete().execute()
            if levels != default_levels():
                rows = [msgspec.structs.asdict(one) for one in levels]
                DunningLevel.insert_many(rows).execute()
            said = (msgspec.to_builtins(before), msgspec.to_builtins(levels))
            work.audit('dunning_levels.updated', 'dunning_level', 0, actor, *said)
    return read_levels()
