"""Idempotency-Key on every write (G-9): the first answer is kept and given again for 24 hours.

The answer is stored in the transaction of the change itself, so a crash leaves both or neither.
"""

import contextlib
import datetime as dt
import hashlib
import hmac
import typing
from collections.abc import Callable

import msgspec
import peewee
import psycopg

from karvo.config import config
from karvo.kit import clock, crypto, ids
from karvo.kit.columns import Instant
from karvo.kit.db import Database, Model, database
from karvo.kit.errors import Conflict, InFlight, Invalid
from karvo.kit.work import frame

LONGEST = 255
KEEP = dt.timedelta(hours=24)
#: a first request that died is given up after this, or as soon as its session with the database is
#: gone, where it is known: what it had not committed went with that
LEASE = dt.timedelta(seconds=60)


class IdempotencyKey(Model):
    """One remembered write. `status` is 0 while the first request runs."""

    digest = peewee.TextField(unique=True)
    body_digest = peewee.TextField()
    holder = peewee.TextField()
    locked_until = Instant()
    expires_at = Instant(index=True)
    status = peewee.IntegerField(default=0)
    answer = peewee.BlobField(null=True)


PURPOSE = 'idempotency 1'


class Store(msgspec.Struct, frozen=True):
    """Where the keys are: in the company's schema, or in the control plane."""

    database: Database
    table: str
    is_encrypted: bool = False


company_store = Store(database, '@idempotency_key')
#: the same table, for answers that show a secret
secret_store = Store(database, '@idempotency_key', is_encrypted=True)


class Answer(msgspec.Struct):
    """What was answered the first time."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


class Attempt(msgspec.Struct, kw_only=True):
    """A write with an Idempotency-Key: who sent what, where, under which key."""

    key: str
    credential: str
    method: str
    path: str
    body: bytes

    def digest(self) -> str:
        text = '\n'.join((self.credential, self.method, self.path, self.key))
        return hashlib.sha256(text.encode()).hexdigest()

    def body_digests(self) -> list[str]:
        """The body's under each key of the installation, the current one's first: a plain hash of a
        body that holds little but a password would tell it to whoever tries enough of them.
        """
        keys = crypto.signing_keys(PURPOSE)
        return [hmac.new(key, self.body, hashlib.sha256).hexdigest() for key in keys]


# A holder is a name and, after a colon, the process of its session; another one that happens to get
# that number only makes the lease count. Who was taken over from cannot keep his answer.
CLAIM = """
INSERT INTO {0} AS k (digest, body_digest, holder, locked_until, expires_at, status)
VALUES (%(digest)s, %(body_digest)s, %(holder)s || CASE WHEN %(has_session)s
  THEN ':' || pg_backend_pid() ELSE '' END, %(until)s, %(expires)s, 0)
ON CONFLICT (digest) DO UPDATE SET holder = excluded.holder, locked_until = excluded.locked_until,
  body_digest = excluded.body_digest, expires_at = excluded.expires_at, status = 0, answer = NULL
  WHERE k.expires_at < %(now)s OR (k.status = 0 AND (k.locked_until < %(now)s
    OR (k.holder LIKE '%%:%%' AND NOT EXISTS (SELECT FROM pg_stat_activity a
      WHERE a.pid = nullif(split_part(k.holder, ':', 2), '')::int))))
RETURNING id"""
READ = 'SELECT body_digest, status, answer FROM {0} WHERE digest = %(digest)s'
KEEP_ANSWER = """
UPDATE {0} SET status = %(status)s, answer = %(answer)s
WHERE digest = %(digest)s AND split_part(holder, ':', 1) = %(holder)s AND status = 0
RETURNING id"""
FORGET = """
DELETE FROM {0}
WHERE digest = %(digest)s AND split_part(holder, ':', 1) = %(holder)s AND status = 0"""
PURGE = 'DELETE FROM {0} WHERE expires_at < %(now)s'


def once(
    store: Store, attempt: Attempt, act: Callable[[], Answer], *, is_framed: bool = True
) -> tuple[Answer, bool]:
    """(the answer, whether it is a replay). Refusals are not kept: the key is free again.

    `is_framed=False` is for work that cannot live in one transaction (provisioning).
    """
    if len(attempt.key) > LONGEST:
        raise Invalid(f'Idempotency-Key must have at most {LONGEST} characters')
    # Behind a pooler a session is nobody's own, and what has no frame goes on without it.
    has_session = is_framed and not config.is_pooled
    known = _replayed(store, attempt, holder := ids.random_key(), has_session)
    if known is not None:
        return known, True
    try:
        with frame(store.database) if is_framed else contextlib.nullcontext():
            answer = act()
            _keep(store, attempt, holder, answer)
    except BaseException:
        _forget(store, attempt, holder)
        raise
    return answer, False


def _replayed(store: Store, attempt: Attempt, holder: str, has_session: bool) -> Answer | None:
    """None when the key is now ours."""
    now = clock.now()
    claim = {
        'digest': attempt.digest(),
        'body_digest': attempt.body_digests()[0],
        'holder': holder,
        'has_session': has_session,
        'until': now + LEASE,
        'expires': now + KEEP,
        'now': now,
    }
    if _run(store, CLAIM, claim).fetchone():
        return None
    row = _run(store, READ, claim).fetchone()
    if row is None or row[1] == 0:
        raise InFlight('the first request with this Idempotency-Key is still running')
    if row[0] not in attempt.body_digests():
        raise Conflict('this Idempotency-Key was used with another body', code='erp_idempotency')
    return _opened(store, row[2])


def _keep(store: Store, attempt: Attempt, holder: str, answer: Answer) -> None:
    data = msgspec.msgpack.encode(answer)
    if store.is_encrypted:
        data = crypto.encrypt(data)
    named = {'digest': attempt.digest(), 'holder': holder, 'answer': data}
    if not _run(store, KEEP_ANSWER, named | {'status': answer.status}).fetchone():
        raise InFlight('another request with this Idempotency-Key took over')


def _opened(store: Store, data: bytes) -> Answer:
    if store.is_encrypted:
        data = crypto.decrypt(data)
    return msgspec.msgpack.decode(data, type=Answer)


def _forget(store: Store, attempt: Attempt, holder: str) -> None:
    with contextlib.suppress(peewee.PeeweeException, psycopg.Error):
        _run(store, FORGET, {'digest': attempt.digest(), 'holder': holder})


def _run(store: Store, sql: str, params: dict[str, typing.Any]) -> typing.Any:
    return store.database.run(sql.format(store.table), params)


def purge(store: Store) -> int:
    """Remove expired keys; returns how many."""
    return int(_run(store, PURGE, {'now': clock.now()}).rowcount)
