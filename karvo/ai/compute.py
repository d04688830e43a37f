"""When a saved query is due next. Pure."""

import datetime as dt


def next_run(schedule: str | None, day: dt.date) -> dt.date | None:
    """The first such day after `day`: any, a Monday, the first of a month; None without a schedule.

    `schedule`: daily, weekly, monthly.
    """
    if schedule is None:
        return None
    if schedule == 'daily':
        return day + dt.timedelta(days=1)
    if schedule == 'weekly':
        return day + dt.timedelta(days=7 - day.weekday())
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
