"""What payment files, remittances and slips do by the clock."""

import datetime as dt

from karvo.kit.actor import Actor
from karvo.kit.jobs import Job, Report
from karvo.payfiles.operations.remittances import remind


def reminders(actor: Actor, day: dt.date) -> Report:
    """Remittances that are due soon."""
    return {'reminded': remind(day, actor=actor)}


jobs = [Job(name='payroll.remittances', run=reminders, at=dt.time(6, 0))]
