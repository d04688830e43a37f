"""What the external model read, kept so that the same question is read the same again."""

import datetime as dt

from karvo.ai.models import Reading as Row
from karvo.ai.schemas import Reading
from karvo.kit import clock
from karvo.kit.outbox import as_json
from karvo.kit.work import Work

KEPT = dt.timedelta(days=90)
KEEP = """
read§ AS (
  INSERT INTO @ai_reading (digest, query, created_at)
  VALUES (%(digest)s, %(query)s::jsonb, %(at)s::timestamptz)
  ON CONFLICT (digest) DO NOTHING RETURNING id)"""


def keep_reading(reading: Reading | None, work: Work) -> None:
    """With the last statement of the unit; of two at once the first counts."""
    if reading is None:
        return
    query = as_json(reading.query) if reading.query else None
    work.write(KEEP, {'digest': reading.digest, 'query': query, 'at': work.at})


def forget_readings() -> int:
    """Those of long ago, how many: each holds for its day only, which its digest is made of."""
    return int(Row.delete().where(Row.created_at < clock.now() - KEPT).execute())
