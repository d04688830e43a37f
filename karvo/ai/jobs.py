"""What questions do by the clock."""

import collections
import datetime as dt

from karvo.ai.operations.readings import forget_readings
from karvo.ai.operations.saved import run_due_query
from karvo.ai.reads import due_queries
from karvo.kit.actor import Actor
from karvo.kit.errors import KarvoError
from karvo.kit.jobs import Job, JobFailed, Report
from karvo.kit.log import log

MOST_TOLD = 20  #: failures that a report names


def rerun(actor: Actor, day: dt.date) -> Report:
    """Saved queries whose day has come, each for its owner; one that fails stops no other."""
    outcomes: collections.Counter[str] = collections.Counter()
    failed: list[str] = []
    for query_id in due_queries(day):
        try:
            outcomes[run_due_query(query_id, day, actor=actor)] += 1
        except Exception as error:
            # Whatever it is, the queries after it are run; the job fails and says which did.
            said = error.message if isinstance(error, KarvoError) else type(error).__name__
            log.warning('saved query', saved_query=query_id, error=said, exc_info=error)
            failed.append(f'saved query {query_id}: {said}')
    report: Report = dict(outcomes)
    if failed:
        told = report | {'failed': failed[:MOST_TOLD]}
        raise JobFailed(f'{len(failed)} saved queries failed: {failed[0]}', told)
    return report


def forget(actor: Actor, day: dt.date) -> Report:
    """What the model read long ago."""
    return {'forgotten': forget_readings()}


jobs = [
    Job(name='ai.saved-queries', run=rerun, at=dt.time(6, 0)),
    Job(name='ai.forget', run=forget, at=dt.time(3, 20)),
]
