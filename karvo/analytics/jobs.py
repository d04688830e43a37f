"""What analytics do by the clock."""

import datetime as dt

from karvo.analytics.operations import refit_health, refresh_health
from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, Report


def health(actor: Actor, day: dt.date) -> Report:
    """Fit the chance of loss where a week has passed, then look at every customer."""
    is_fitted = refit_health(day, actor=actor)
    customers, changed = refresh_health(day, actor=actor)
    return {'customers': customers, 'changed': changed, 'fitted': is_fitted}


jobs = [Job(name='analytics.health', run=health, at=dt.time(3, 30))]
