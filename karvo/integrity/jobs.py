"""The nightly check of a company's books."""

import datetime as dt

from karvo.integrity.checks import problems
from karvo.integrity.schemas import IntegrityFailed
from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, JobFailed, Report
from karvo.kit.work import atomic
from karvo.mail.operations import notify_admin

MOST = 50  #: problems that an event and a report name


def check(actor: Actor, day: dt.date) -> Report:
    """All is well, or an event, a mail to the company, and a run that counts as failed."""
    found = problems()
    if not found:
        return {'problems': []}
    report = {'problems': found[:MOST], 'count': len(found)}
    with atomic() as work:
        work.record(IntegrityFailed(id=0, uid='', object=report), actor)
        _notify(found, actor)
    raise JobFailed('; '.join(found[:3]), report)


def _notify(found: list[str], actor: Actor) -> None:
    listed = '\n'.join(f'- {problem}' for problem in found[:MOST])
    notify_admin(
        'Les livres ne concordent pas',
        'The books do not agree',
        f'La vérification de cette nuit a trouvé {len(found)} problème(s) :\n\n{listed}\n',
        f"Tonight's check found {len(found)} problem(s):\n\n{listed}\n",
        actor=actor,
        kind='integrity',
    )


jobs = [Job(name='integrity.check', run=check, at=dt.time(2, 0))]
