"""What only one process of the installation does at a time: whoever holds the lease (scale §7)."""

import datetime as dt
import time

from karvo.kit import clock
from tenants.models import control

TAKE = """
INSERT INTO control.lease AS l (name, holder, until) VALUES (%(name)s, %(holder)s, %(until)s)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
  WHERE l.until < %(now)s OR l.holder = excluded.holder
RETURNING id"""
GIVE_BACK = """
UPDATE control.lease SET until = %(now)s WHERE name = %(name)s AND holder = %(holder)s"""


class Lease:
    """One process's part in it. Every machine's clock has to be right to within seconds."""

    def __init__(self, name: str, holder: str, seconds: float) -> None:
        self.name, self.holder, self.seconds = name, holder, seconds
        self._until = 0.0

    @property
    def is_held(self) -> bool:
        """Whether it is surely ours at this moment, whatever the database is doing."""
        return time.monotonic() < self._until

    def take(self) -> bool:
        """Take or renew it; False while somebody else has it. Raises what the database does."""
        # Counted from before the question: ours must end before others may begin.
        asked, now = time.monotonic(), clock.now()
        until = now + dt.timedelta(seconds=self.seconds)
        named = {'name': self.name, 'holder': self.holder, 'now': now, 'until': until}
        is_ours = control.run(TAKE, named).fetchone() is not None
        self._until = asked + self.seconds if is_ours else 0.0
        return is_ours

    def give_back(self) -> None:
        """Somebody else may begin at once."""
        self._until = 0.0
        now = clock.now() - dt.timedelta(milliseconds=1)
        control.run(GIVE_BACK, {'name': self.name, 'holder': self.holder, 'now': now})
