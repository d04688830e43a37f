"""Reviews by the company's policy, announced ahead and when overdue (WH-7)."""

import datetime as dt

from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.work import Work, atomic
from karvo.whmis.models import Sds
from karvo.whmis.operations.sheets import snapshot
from karvo.whmis.schemas import WhmisExpired, WhmisReviewDue

MOST = 200  #: sheets in one transaction
AHEAD = (90, 30, 7)  #: days before the review; 0 stands for overdue
OVERDUE = 0

#: The nearest threshold that each sheet has reached; those before it are not told any more.
REACHED = """
SELECT s.id, x.days FROM @sds s, LATERAL (SELECT CASE WHEN s.review_due < %(day)s THEN 0
  WHEN s.review_due <= %(day)s + 7 THEN 7 WHEN s.review_due <= %(day)s + 30 THEN 30
  ELSE 90 END AS days) x
WHERE s.state = 'current' AND s.review_due <= %(day)s + 90 AND NOT EXISTS (
  SELECT 1 FROM @sds_notice n WHERE n.sds_id = s.id AND n.days = x.days)
ORDER BY s.id LIMIT %(most)s FOR UPDATE OF s"""
NOTE = """
INSERT INTO @sds_notice (sds_id, days, announced_at)
SELECT id, days, %(at)s FROM unnest(%(ids)s::bigint[], %(days)s::int[]) AS x(id, days)
ON CONFLICT (sds_id, days) DO NOTHING"""


def announce_reviews(day: dt.date, *, actor: Actor) -> int:
    """`whmis.review_due` and `whmis.expired`, once for each threshold; how many."""
    total = 0
    while True:
        with atomic() as work:
            reached = _reached(day, work)
            for sheet in Sds.select().where(Sds.id.in_(list(reached))).order_by(Sds.id):
                _announce(sheet, reached[sheet.id], day, work, actor)
        total += len(reached)
        if len(reached) < MOST:
            return total


def _reached(day: dt.date, work: Work) -> dict[int, int]:
    """{sheet: threshold} of what nobody announced yet, noted as announced."""
    reached: dict[int, int] = dict(database.run(REACHED, {'day': day, 'most': MOST}).fetchall())
    if reached:
        named = {'ids': list(reached), 'days': list(reached.values()), 'at': work.at}
        database.run(NOTE, named)
    return reached


def _announce(sheet: Sds, threshold: int, day: dt.date, work: Work, actor: Actor) -> None:
    is_overdue = threshold == OVERDUE
    kind = WhmisExpired if is_overdue else WhmisReviewDue
    shot = snapshot(sheet, sheet.product.sku) | {
        'status': 'expired' if is_overdue else 'review_due',
        'threshold_days': threshold,
        'days_left': (sheet.review_due - day).days,
    }
    work.record(kind(id=sheet.id, uid=str(sheet.uid), object=shot), actor)
