"""The workers' index as workers use it: claim companies that are due, hold them, give them back.

A hold is a lease: who was killed loses it, and the company is due again. A hint that comes while a
company is held is kept, since giving it back never makes the due time later.
"""

import datetime as dt
import typing

import msgspec

from karvo.kit import clock
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import company_place
from karvo.kit.outbox import as_json
from tenants.models import control

LEASE = 12.0  #: seconds; renewed three times as often
SPREAD = 60  #: seconds over which companies that no worker ever saw are spread

CLAIM = """
UPDATE control.company_work w SET held_by = %(holder)s, held_until = %(until)s, due = NULL
FROM (
  SELECT x.id, c.id AS company_id, c.uid, c.placement, t.id AS tenant_id, t.slug, t.status,
    x.hinted_at, t.is_sandbox
  FROM control.company_work x JOIN control.company c ON c.id = x.company_id
  JOIN control.tenant t ON t.id = c.tenant_id
  WHERE ((x.held_until IS NULL AND x.due <= %(now)s) OR x.held_until < %(now)s)
    AND t.status IN ('active', 'suspended')
  ORDER BY x.due NULLS FIRST, x.id LIMIT %(most)s FOR UPDATE OF x SKIP LOCKED
) c WHERE w.id = c.id
RETURNING c.company_id, c.uid::text, c.placement, c.tenant_id, c.slug, c.status,
  c.hinted_at, c.is_sandbox"""
#: Locked in the order in which hints lock, so that no two deadlock.
RENEW = """
UPDATE control.company_work w SET held_until = %(until)s FROM (
  SELECT id FROM control.company_work WHERE held_by = %(holder)s ORDER BY company_id FOR UPDATE
) x WHERE w.id = x.id"""
RELEASE = """
UPDATE control.company_work w SET held_by = NULL, held_until = NULL,
  due = least(w.due, r.due), waiting = r.waiting
FROM unnest(%(ids)s::bigint[], %(dues)s::timestamptz[], %(waiting)s::jsonb[])
  AS r(company_id, due, waiting)
WHERE w.company_id = r.company_id AND w.held_by = %(holder)s"""
#: One company for somebody who is no worker; 0 rows while another holds it.
HOLD = """
INSERT INTO control.company_work AS w (company_id, due, held_by, held_until, waiting)
VALUES (%(company)s, NULL, %(holder)s, %(until)s, '{}')
ON CONFLICT (company_id) DO UPDATE SET held_by = excluded.held_by,
  held_until = excluded.held_until, due = NULL
  WHERE w.held_until IS NULL OR w.held_until < %(now)s OR w.held_by = excluded.held_by"""
ADOPT = """
INSERT INTO control.company_work AS w (company_id, due, waiting)
SELECT c.id, %(now)s::timestamptz + (c.id %% %(spread)s) * interval '1 second', '{}'
FROM control.company c JOIN control.tenant t ON t.id = c.tenant_id
WHERE t.status IN ('active', 'suspended')
  AND NOT EXISTS (SELECT 1 FROM control.company_work x WHERE x.company_id = c.id)
ORDER BY c.id ON CONFLICT (company_id) DO NOTHING"""


class Claim(msgspec.Struct, frozen=True):
    """A company that is ours for a turn."""

    company_id: int
    company_uid: str
    placement: str
    tenant_id: int
    slug: str
    status: str
    hinted_at: dt.datetime | None  #: when somebody last told of news
    is_sandbox: bool = False

    def actor(self, name: str) -> Actor:
        """What the turn acts as."""
        return system_actor(
            name,
            company_place(self.company_id, self.placement),
            tenant_id=self.tenant_id,
            tenant_slug=self.slug,
            company_id=self.company_id,
            company_uid=self.company_uid,
            is_suspended=self.status == 'suspended',
            is_sandbox=self.is_sandbox,
        )


class Turn(msgspec.Struct, frozen=True):
    """A company whose turn is over: when the next is due, and how much waits of what."""

    company_id: int
    due: dt.datetime
    waiting: dict[str, int]


def claim(holder: str, most: int, lease: float = LEASE) -> list[Claim]:
    """Up to `most` companies, those first that have been due the longest."""
    now = clock.now()
    named = {'holder': holder, 'now': now, 'until': _until(now, lease), 'most': most}
    return [Claim(*row) for row in control.run(CLAIM, named).fetchall()]


def hold(holder: str, company_id: int, lease: float) -> bool:
    """Keep the workers away from a company, unless one is at it. Given back by `release`."""
    now = clock.now()
    named = {'holder': holder, 'company': company_id, 'now': now, 'until': _until(now, lease)}
    return control.run(HOLD, named).rowcount > 0


def renew(holder: str, lease: float = LEASE) -> None:
    """Hold on to all that was claimed and not given back."""
    control.run(RENEW, {'holder': holder, 'until': _until(clock.now(), lease)})


def release(holder: str, turns: typing.Sequence[Turn]) -> None:
    """Give companies back, in one statement. Those that were lost meanwhile stay as they are."""
    if turns:
        ordered = sorted(turns, key=lambda turn: turn.company_id)
        named = {
            'holder': holder,
            'ids': [turn.company_id for turn in ordered],
            'dues': [turn.due for turn in ordered],
            'waiting': [as_json(turn.waiting) for turn in ordered],
        }
        control.run(RELEASE, named)


def adopt() -> None:
    """Put companies into the index that are not in it yet."""
    control.run(ADOPT, {'now': clock.now(), 'spread': SPREAD})


def _until(now: dt.datetime, lease: float) -> dt.datetime:
    return now + dt.timedelta(seconds=lease)
