"""Application passwords in salted forms (WordPress before 6.8): found by trying each of a person's.

A miss costs the same whoever is named: as many checks, real or for show, as the person with the
most such rows needs. An installation without any pays one statement. The right password renews its
row to `$generic$`, which is found by equality from then on.
"""

import threading
import typing

import peewee

from karvo.kit import clock
from tenants import wp_hashes
from tenants.models import ApplicationPassword, User, control
from tenants.secrets import application_digest, application_plain

MOST_OLD = 8  #: rows of one person; the import takes the last used ones and reports the others
LOOKED_UP_FOR = 60.0  #: seconds that the most is remembered
MOST = r"""
SELECT coalesce(max(phpass), 0), coalesce(max(bcrypt), 0), coalesce(max(cost), 0) FROM (
  SELECT count(*) FILTER (WHERE digest ~ '^[$][PH][$]') AS phpass, count(cost) AS bcrypt,
    max(cost) AS cost
  FROM (SELECT user_id, digest,
      substring(digest FROM '^[$](?:wp[$])?2[aby][$]([0-9]{2})[$]')::integer AS cost
    FROM control.application_password WHERE left(digest, 9) <> '$generic$') each_row
  GROUP BY user_id) each_user"""


class Most(typing.NamedTuple):
    """How many rows of each form the person with the most of them has; bcrypt's highest cost."""

    phpass: int
    bcrypt: int
    cost: int


NONE = Most(0, 0, 0)


class _Memory:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.until, self.most = 0.0, NONE

    def get(self) -> Most:
        """Looked up again after a minute."""
        with self.lock:
            if clock.epoch() >= self.until:
                row = control.run(MOST).fetchone() or NONE
                self.most = Most(min(MOST_OLD, row[0]), min(MOST_OLD, row[1]), row[2])
                self.until = clock.epoch() + LOOKED_UP_FOR
            return self.most


_memory = _Memory()


def renew(login: str, password: str) -> bool:
    """Whether the password is one of this person's old ones; it is a `$generic$` one then.

    `login` is the log-in or e-mail, letter case aside.
    """
    plain = application_plain(password)
    if not plain:
        return False
    rows, most = _old_rows(login), _memory.get()
    fits = [row for row in rows if wp_hashes.fits(plain.encode(), row.digest)]
    _spend(plain, most, [row.digest for row in rows])
    for row in fits:
        same = (ApplicationPassword.id == row.id) & (ApplicationPassword.digest == row.digest)
        digest = application_digest(plain)
        ApplicationPassword.update(digest=digest).where(same).execute()
    return bool(fits)


def _old_rows(login: str) -> list[ApplicationPassword]:
    name = peewee.fn.lower(User.login) == login.lower()
    email = peewee.fn.lower(User.email) == login.lower()
    is_old = peewee.fn.left(ApplicationPassword.digest, 9) != '$generic$'
    query = ApplicationPassword.select().join(User).where(is_old & (name | email))
    return list(query.order_by(ApplicationPassword.id).limit(2 * MOST_OLD))


def _spend(plain: str, most: Most, tried: list[str]) -> None:
    """What the checks just made leave of those that the person with the most rows needs."""
    costs = [wp_hashes.cost(digest) for digest in tried]
    spent = [min(cost, most.cost) for cost in costs if cost]
    for _ in range(most.phpass - costs.count(0)):
        wp_hashes.spend_phpass(plain.encode())
    for cost in spent + [0] * (most.bcrypt - len(spent)):
        wp_hashes.spend_bcrypt(cost, most.cost)
