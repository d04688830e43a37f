"""Application passwords in salted forms (WordPress before 6.8): found by trying each of a person's.

A miss costs the same whoever is named: as many checks, real or for show, as the person with the
most such rows needs. An installation without any pays nothing. The right password renews its row
to `$generic$`, which is found by equality from then on.
"""

import threading
import typing

import peewee

from karvo.kit import clock
from tenants import wp_hashes
from tenants.models import ApplicationPassword, User, control
from tenants.secrets import application_digest, application_plain
from tenants.shared import limits

MOST_OLD = 8  #: rows of one person; the import takes the last used ones and reports the others
LOOKED_UP_FOR = 60.0  #: seconds; after a change on this machine at once
SHOW = {
    'phpass': '$P$B' + '.' * 30,
    'bcrypt': f'$2b${wp_hashes.COST}$' + '.' * 53,
}
MOST = r"""
SELECT coalesce(max(phpass), 0), coalesce(max(bcrypt), 0) FROM (
  SELECT count(*) FILTER (WHERE digest ~ '^[$][PH][$]') AS phpass,
    count(*) FILTER (WHERE digest ~ '^[$](wp[$])?2[aby][$]') AS bcrypt
  FROM control.application_password WHERE left(digest, 9) <> '$generic$' GROUP BY user_id) old"""


class Most(typing.NamedTuple):
    """How many rows of each form the person with the most of them has."""

    phpass: int
    bcrypt: int


class _Memory:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.until, self.generation, self.most = 0.0, -1, Most(0, 0)

    def get(self) -> Most:
        """Looked up again after a minute or a change of credentials."""
        with self.lock:
            now, generation = clock.epoch(), limits().generation()
            if now >= self.until or generation != self.generation:
                row = control.run(MOST).fetchone() or (0, 0)
                self.most = Most(*(min(MOST_OLD, count) for count in row))
                self.until, self.generation = now + LOOKED_UP_FOR, generation
            return self.most


_memory = _Memory()


def renew(login: str, password: str) -> bool:
    """Whether the password is one of this person's old ones; it is a `$generic$` one then.

    `login` is the log-in or e-mail, letter case aside.
    """
    most = _memory.get()
    plain = application_plain(password)
    if most == (0, 0) or not plain:
        return False
    rows = _old_rows(login)
    fits = [row for row in rows if wp_hashes.fits(plain.encode(), row.digest)]
    _spend(plain, most, [_form(row.digest) for row in rows])
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


def _form(digest: str) -> str:
    return 'phpass' if wp_hashes.kind(digest) == 'phpass' else 'bcrypt'


def _spend(plain: str, most: Most, done: list[str]) -> None:
    for form, count in most._asdict().items():
        for _ in range(count - done.count(form)):
            wp_hashes.fits(plain.encode(), SHOW[form])
