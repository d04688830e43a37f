"""The log of jobs: what ran for whom and when, and that nothing runs twice at a time.

A run is begun, kept while its process lives, and ended. One whose process died is begun again by
whoever comes next; that is why a job must bear to be done twice.
"""

import datetime as dt
import threading
import typing

import peewee
import psycopg

from karvo.kit import clock, ids
from karvo.kit.log import log
from karvo.kit.outbox import as_json
from tenants.models import control

LEASE = 15.0  #: seconds that a run is safe from others without being kept
ATTEMPTS = 3  #: of a company's job in a day, by itself
RETRY = dt.timedelta(minutes=10)  #: before the next attempt, times those that were
LONGEST_ERROR = 2000

#: Whose conflict target must name the index's own condition.
BEGIN = """
INSERT INTO control.job_run AS r (job, company_id, slot, state, holder, held_until, attempts,
  started_at, report, error)
VALUES (%(job)s, %(company)s, %(slot)s, 'running', %(holder)s, %(until)s, 1, %(now)s, '{{}}', '')
ON CONFLICT {0} DO UPDATE SET state = 'running', holder = excluded.holder,
  held_until = excluded.held_until, attempts = r.attempts + 1, retry_at = NULL,
  started_at = excluded.started_at, finished_at = NULL, error = ''
  WHERE (r.state = 'running' AND r.held_until < %(now)s)
    OR (r.state <> 'running' AND %(again)s)
    OR (r.state = 'failed' AND r.retry_at <= %(now)s)
RETURNING id, attempts"""
OF_COMPANY = BEGIN.format('(job, company_id, slot) WHERE company_id IS NOT NULL')
OF_PLATFORM = BEGIN.format('(job, slot) WHERE company_id IS NULL')
END = """
UPDATE control.job_run SET state = %(state)s, held_until = NULL, finished_at = %(now)s,
  report = %(report)s, error = %(error)s, retry_at = %(retry)s
WHERE id = %(id)s AND holder = %(holder)s"""
KEEP = """
UPDATE control.job_run SET held_until = %(until)s
WHERE id = ANY(%(ids)s) AND holder = %(holder)s AND state = 'running'"""
OVER = """
SELECT 1 FROM control.job_run WHERE job = %(job)s AND company_id = %(company)s
  AND slot = %(slot)s AND (state = 'done' OR (state = 'failed' AND retry_at IS NULL))"""
PURGE = 'DELETE FROM control.job_run WHERE started_at < %(before)s'


class Run(typing.NamedTuple):
    """A run that is ours."""

    id: int
    attempts: int


class Runs:
    """This process's runs. Inside `with`, a thread of its own keeps them."""

    def __init__(self, lease: float = LEASE) -> None:
        self.holder = f'jobs-{ids.random_key()}'
        self._lease = lease
        self._over = threading.Event()
        self._active: set[int] = set()

    def __enter__(self) -> 'Runs':
        threading.Thread(target=self._keep_forever, daemon=True, name='runs').start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()

    @property
    def are_over(self) -> bool:
        return not self._active

    def begin(self, job: str, company: int | None, slot: str, *, again: bool = False) -> Run | None:
        """None when it was done, runs, or waits for its next attempt. `again`: even if done."""
        now = clock.now()
        named = {'job': job, 'company': company, 'slot': slot, 'holder': self.holder, 'now': now}
        sql = OF_PLATFORM if company is None else OF_COMPANY
        row = control.run(sql, named | {'until': self._until(), 'again': again}).fetchone()
        if row is None:
            return None
        self._active.add(row[0])
        return Run(*row)

    def done(self, run: Run, report: dict[str, typing.Any]) -> None:
        """It ran through."""
        self._end(run, 'done', report, '', None)

    def failed(self, run: Run, error: str, report: dict[str, typing.Any], is_last: bool) -> None:
        """It did not; tried again by itself unless `is_last`, or it was too often."""
        is_over = is_last or run.attempts >= ATTEMPTS
        retry = None if is_over else clock.now() + RETRY * run.attempts
        self._end(run, 'failed', report, error, retry)

    def _end(
        self,
        run: Run,
        state: str,
        report: dict[str, typing.Any],
        error: str,
        retry: dt.datetime | None,
    ) -> None:
        # If this cannot be written the run is kept no longer, and begun again by somebody.
        self._active.discard(run.id)
        named = {'id': run.id, 'holder': self.holder, 'state': state, 'now': clock.now()}
        text = error[:LONGEST_ERROR].replace('\0', '')
        control.run(END, named | {'report': as_json(report), 'error': text, 'retry': retry})

    def _until(self) -> dt.datetime:
        return clock.now() + dt.timedelta(seconds=self._lease)

    def _keep_forever(self) -> None:
        while not self._over.wait(self._lease / 3):
            if not self._active:
                continue
            try:
                named = {'ids': list(self._active), 'holder': self.holder}
                control.run(KEEP, named | {'until': self._until()})
            except (psycopg.Error, peewee.PeeweeException) as error:
                log.warning('runs of jobs not kept, tried again', error=str(error))
        control.close()


def is_over(job: str, company: int, slot: str) -> bool:
    """Whether nothing more is to be done by itself: it was done, or failed for good."""
    named = {'job': job, 'company': company, 'slot': slot}
    return control.run(OVER, named).fetchone() is not None


def purge(before: dt.datetime) -> int:
    """Forget runs that began before; how many."""
    return int(control.run(PURGE, {'before': before}).rowcount)
