"""Takes over the people of a WordPress site: users, roles, application passwords.

In batches, each one control transaction, so that it can be killed and run again: who is there
already is left alone, and nobody of another tenant is ever touched (decision 7).
"""

import collections
import datetime as dt
import itertools
import typing
import uuid
from collections.abc import Callable, Iterable, Iterator

import msgspec
import peewee

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import rows as tuples
from karvo.kit.http import retrying
from tenants import wp_hashes
from tenants.events import UserCreated, announce_later, relay, told_of
from tenants.models import (
    ApplicationPassword,
    Company,
    Membership,
    RevokedPassword,
    User,
    control,
)
from tenants.old_passwords import MOST_OLD
from tenants.shared import invalidate
from tenants.wp_people import (
    KNOWN_ROLES,
    LEAST,
    MOST_PROBLEMS,
    Application,
    People,
    Person,
    Problem,
)

BATCH = 500
UNUSABLE = '!'  #: fits no password; the person needs a new one

Progress = Callable[[Iterable[typing.Any], str, int], Iterable[typing.Any]]


class Report(msgspec.Struct, kw_only=True):
    """What became of the file. `roles` counts the people who were created, `skipped` by reason."""

    users_created: int = 0
    users_known: int = 0
    users_skipped: int = 0
    roles: dict[str, int] = {}
    roles_unknown: dict[str, int] = {}  #: of people who became subscribers for want of a known one
    passwords_unusable: int = 0  #: people whose log-in password has a form that cannot be checked
    application_passwords_created: int = 0
    application_passwords_known: int = 0
    renamed: dict[str, str] = {}  #: login → what it is here, since another tenant has it
    skipped: dict[str, int] = {}
    problems: list[str] = []  #: the first hundred, with their lines

    def line(self) -> str:
        """Everything but the single problems, for people."""
        parts = [
            f'users: {self.users_created} created, {self.users_known} known,'
            f' {self.users_skipped} skipped',
            _counted('roles', self.roles),
            f'application passwords: {self.application_passwords_created} created,'
            f' {self.application_passwords_known} known',
            _counted('skipped', self.skipped),
            _counted('unknown roles, now subscribers', self.roles_unknown),
            f'need a new password: {self.passwords_unusable}' * bool(self.passwords_unusable),
            _counted('renamed', self.renamed),
        ]
        return '; '.join(part for part in parts if part)

    def note(self, problem: Problem) -> None:
        """Count what is left out, and tell it if it is among the first."""
        self.skipped[problem.reason] = self.skipped.get(problem.reason, 0) + 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(str(problem))


def _counted(title: str, named: dict[str, typing.Any]) -> str:
    members = ', '.join(f'{name} {value}' for name, value in sorted(named.items()))
    return f'{title}: {members}' * bool(named)


class _Place(typing.NamedTuple):
    """A login that is taken: by whom, and whether he is of this tenant."""

    id: int
    email: str
    is_ours: bool


class _Batch:
    """One try at writing a batch; its report counts only once it is committed."""

    def __init__(self, row: Company, actor: Actor, slug: str, locale: str) -> None:
        self.row, self.actor, self.slug, self.locale = row, actor, slug, locale
        self.report, self.now = Report(), clock.now()
        self.taken: dict[str, _Place] = {}
        self.new: list[tuple[Person, str, uuid.UUID]] = []  #: with login and uid
        self.owners: list[tuple[int | uuid.UUID, Person]] = []

    def write(self, people: list[Person]) -> Report:
        """In the caller's transaction."""
        self.taken = self._taken(people)
        seen = set[str]()
        for person in people:
            if person.login.lower() in seen:
                self._skip(person, 'login twice in the file')
                continue
            seen.add(person.login.lower())
            self._settle(person)
        created = self._insert_users()
        found = [(created.get(key, key), person) for key, person in self.owners]
        self._insert_applications([(typing.cast(int, user), person) for user, person in found])
        return self.report

    def _taken(self, people: list[Person]) -> dict[str, _Place]:
        """Every login of the batch, and its substitute, that somebody has."""
        own = [person.login.lower() for person in people]
        asked = own + [self._substitute(login) for login in own]
        ours = Membership.select(Membership.user).where(Membership.tenant == self.row.tenant_id)
        query = User.select(User.id, User.login, User.email, User.id.in_(ours).alias('is_ours'))
        rows = query.where(peewee.fn.lower(User.login).in_(asked)).dicts()
        return {
            row['login'].lower(): _Place(row['id'], row['email'].lower(), row['is_ours'])
            for row in typing.cast(Iterable[dict[str, typing.Any]], rows)
        }

    def _substitute(self, login: str) -> str:
        return f'{login}_{self.slug}'

    def _settle(self, person: Person) -> None:
        """Known, new under his own login or the substitute, or left out."""
        substitute = self._substitute(person.login)
        same, second = (self.taken.get(name.lower()) for name in (person.login, substitute))
        for place in (same, second):
            if place and place.is_ours and place.email == person.email.lower():
                self._is_known(person, place, substitute if place is second else '')
                return
        if same is None:
            self._is_new(person, person.login)
        elif same.is_ours:
            self._skip(person, 'login of somebody else in this tenant')
        elif second is None:
            self._is_new(person, substitute)
        else:
            self._skip(person, 'login and its substitute belong to others')

    def _is_known(self, person: Person, place: _Place, renamed: str) -> None:
        self.report.users_known += 1
        if renamed:
            self.report.renamed[person.login] = renamed
        self.owners.append((place.id, person))

    def _is_new(self, person: Person, login: str) -> None:
        if login != person.login:
            self.report.renamed[person.login] = login
        uid = ids.uuid7()
        self.new.append((person, login, uid))
        self.owners.append((uid, person))

    def _skip(self, person: Person, reason: str) -> None:
        self.report.users_skipped += 1
        self.report.note(Problem(person.line, reason, person.login))

    def _insert_users(self) -> dict[int | uuid.UUID, int]:
        """{uid: id} of the new people, who have their roles and are announced."""
        if not self.new:
            return {}
        rows = [self._user(person, login, uid) for person, login, uid in self.new]
        made = User.insert_many(rows).returning(User.id, User.uid).execute()
        users = {user.uid: user.id for user in made}
        members = []
        for person, login, uid in self.new:
            role = self._role(person)
            members.append(
                {'user': users[uid], 'tenant': self.row.tenant_id, 'role': role}
                | {'created_at': self.now}
            )
            self.report.users_created += 1
            self.report.roles[role] = self.report.roles.get(role, 0) + 1
            self.report.passwords_unusable += not person.password
            told = told_of(users[uid], login, person.email, person.name, role)
            announce_later(self.row.id, UserCreated, users[uid], told, self.actor)
        Membership.insert_many(members).execute()
        return users

    def _user(self, person: Person, login: str, uid: uuid.UUID) -> dict[str, typing.Any]:
        return {
            'uid': uid,
            'login': login,
            'email': person.email,
            'display_name': person.name,
            'password_hash': person.password or UNUSABLE,
            'locale': person.locale or self.locale,
            'created_at': person.registered or self.now,
            'updated_at': self.now,
        }

    def _role(self, person: Person) -> str:
        """The mightiest that is known; the least, and said so, for others."""
        role = next((name for name in KNOWN_ROLES if name in person.roles), '')
        if not role:
            name = ', '.join(person.roles)[:100] or 'none'
            unknown = self.report.roles_unknown
            unknown[name] = unknown.get(name, 0) + 1
        return role or LEAST

    def _insert_applications(self, owners: list[tuple[int, Person]]) -> None:
        """Those whose UUID is not there yet. One that another user has gets a UUID of its own."""
        wanted = [(user, one) for user, person in owners for one in self._bearable(person)]
        uids = [uid for _, one in wanted for uid in (one.uid, self._own_uid(one))]
        held, revoked = self._held(uids), self._revoked(uids)
        rows = []
        for user, one in wanted:
            is_revoked = one.uid in revoked or self._own_uid(one) in revoked
            if is_revoked or user in (held.get(one.uid), held.get(self._own_uid(one))):
                self.report.application_passwords_known += 1
                continue
            uid = self._own_uid(one) if one.uid in held else one.uid
            if uid in held:
                self.report.note(Problem(0, 'application password whose UUID others have'))
                continue
            held[uid] = user
            rows.append(self._application(user, one, uid))
        if rows:
            ApplicationPassword.insert_many(rows).execute()
        self.report.application_passwords_created += len(rows)

    def _bearable(self, person: Person) -> list[Application]:
        """All in the fast form; of the old forms, whose check is slow, the last used few."""
        fast = [one for one in person.applications if wp_hashes.kind(one.digest) == 'generic']
        old = [one for one in person.applications if one not in fast]
        old.sort(key=lambda one: (one.last_used or 0, one.created), reverse=True)
        for _ in old[MOST_OLD:]:
            reason = f'application password beyond the {MOST_OLD} last used of an old form'
            self.report.note(Problem(person.line, reason, person.login))
        return sorted(fast + old[:MOST_OLD], key=lambda one: one.created)

    def _own_uid(self, one: Application) -> uuid.UUID:
        """Always the same for this company; a cloned site has the UUIDs of the first one."""
        return uuid.uuid5(self.row.uid, str(one.uid))

    def _held(self, uids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
        """{UUID: id of its user}"""
        if not uids:
            return {}
        query = ApplicationPassword.select(ApplicationPassword.uid, ApplicationPassword.user)
        return dict(tuples(query.where(ApplicationPassword.uid.in_(uids))))

    def _revoked(self, uids: list[uuid.UUID]) -> set[uuid.UUID]:
        """Those of them that somebody revoked here: they stay so."""
        query = RevokedPassword.select(RevokedPassword.uid)
        return {uid for (uid,) in tuples(query.where(RevokedPassword.uid.in_(uids)))}

    def _application(self, user: int, one: Application, uid: uuid.UUID) -> dict[str, typing.Any]:
        return {
            'uid': uid,
            'app_id': one.app_id,
            'user': user,
            'company': self.row,
            'name': one.name,
            'digest': one.digest,
            'last_used_at': _instant(one.last_used),
            'last_ip': one.last_ip,
            'created_at': _instant(one.created) or self.now,
        }


def _instant(seconds: int | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds else None


def import_people(
    people: People, row: Company, *, actor: Actor, language: str, progress: Progress
) -> Report:
    """Everybody of the site into the company's tenant; `language` is for people without a locale.

    Twice is the same as once: known by login and e-mail within the tenant, application passwords
    by UUID. A login of another tenant's person is taken with `_<slug>` behind it.
    """
    total = Report()
    for problem in people.site.problems:
        total.note(problem)
    locale = 'fr_CA' if language.startswith('fr') else 'en_CA'
    for batch in _batches(progress(people, 'People', people.count), total):
        _add(total, retrying(lambda batch=batch: _written(batch, row, actor, locale)))  # type: ignore[misc]
        invalidate()
        relay(row)
    return total


def _batches(items: Iterable[Person | Problem], report: Report) -> Iterator[list[Person]]:
    people = _only_people(items, report)
    while batch := list(itertools.islice(people, BATCH)):
        yield batch


def _only_people(items: Iterable[Person | Problem], report: Report) -> Iterator[Person]:
    for item in items:
        if isinstance(item, Person):
            yield item
        else:
            report.users_skipped += 1
            report.note(item)


def _written(people: list[Person], row: Company, actor: Actor, locale: str) -> Report:
    with control.atomic():
        return _Batch(row, actor, row.tenant.slug, locale).write(people)


def _add(total: Report, part: Report) -> None:
    """Sum up; of the problems the first are kept."""
    for name in Report.__struct_fields__:
        before, more = getattr(total, name), getattr(part, name)
        if isinstance(before, int):
            setattr(total, name, before + more)
        elif isinstance(before, list):
            setattr(total, name, (before + more)[:MOST_PROBLEMS])
        elif name == 'renamed':
            total.renamed |= more
        else:
            setattr(total, name, dict(collections.Counter(before) + collections.Counter(more)))
