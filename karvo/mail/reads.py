"""How the mails of the current company stand."""

import datetime as dt

from karvo.kit.db import database

WAITING = "SELECT count(*) FROM @mail WHERE state = 'queued'"
DUE = "SELECT min(due_at) FROM @mail WHERE state = 'queued'"


def waiting_mails() -> int:
    """Those that no server has taken yet."""
    [(count,)] = database.run(WAITING).fetchall()
    return int(count)


def next_due() -> dt.datetime | None:
    """When the next mail is to be tried; None when none waits."""
    [(due,)] = database.run(DUE).fetchall()
    found: dt.datetime | None = due
    return found
