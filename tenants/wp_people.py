"""The people of a WordPress site, read from a dump or from CSV: what they are called, may do, know.

The file is read twice: first what is known of people (`usermeta` comes before `users` in a dump),
then they themselves, so that only what is needed of each is ever held in memory.
"""

import datetime as dt
import re
import typing
import uuid
from collections.abc import Callable, Iterator

import msgspec

from karvo.kit.errors import Invalid
from tenants import php, wp_hashes
from tenants.dumps import Columns, Row

USERMETA: tuple[str, ...] = ('umeta_id', 'user_id', 'meta_key', 'meta_value')
USERS: tuple[str, ...] = (
    'ID',
    'user_login',
    'user_pass',
    'user_nicename',
    'user_email',
    'user_url',
    'user_registered',
    'user_activation_key',
    'user_status',
    'display_name',
)
DEFAULTS: Columns = {'usermeta': USERMETA, 'users': USERS}

#: The mightiest first: who has several roles gets the first of them.
KNOWN_ROLES = (
    'administrator',
    'shop_manager',
    'editor',
    'author',
    'contributor',
    'customer',
    'subscriber',
)
LEAST = 'subscriber'
LONGEST_LOGIN = 60  #: WordPress' own column
LONGEST_NAME = 250
LOCALE = re.compile(r'[a-z]{2,3}(_[A-Z]{2})?(_[a-z]+)?')
CONTROL = re.compile(r'[\x00-\x1f\x7f]')
APPLICATIONS = b'_application_passwords'
MOST_PROBLEMS = 100  #: told one by one; all are counted

Source = Callable[[Callable[[str], bool]], Iterator[Row]]


class Application(typing.NamedTuple):
    """An application password as WordPress kept it."""

    uid: uuid.UUID
    app_id: str
    name: str
    digest: str
    created: int  #: Unix time
    last_used: int | None
    last_ip: str | None


class Person(msgspec.Struct, kw_only=True):
    """A row of `wp_users` with what its meta say. `password` is the stored hash, '' if unusable."""

    line: int
    login: str
    email: str
    name: str
    password: str
    registered: dt.datetime | None
    roles: tuple[str, ...]
    locale: str
    applications: tuple[Application, ...]


class Problem(typing.NamedTuple):
    """Something of the file that is left out; neither text ever holds a secret."""

    line: int
    reason: str
    detail: str = ''

    def __str__(self) -> str:
        detail = f': {self.detail}' if self.detail else ''
        return f'line {self.line}: {self.reason}{detail}'


class Site:
    """What the meta rows of one table prefix say, by user id.

    `prefix` is that of the key of the roles; '' = the only one there is.
    """

    def __init__(self, prefix: str) -> None:
        self.key = f'{prefix}capabilities'.encode() if prefix else b''
        self.is_guessed = not prefix
        self.users = 0
        self.has_meta = False
        self.roles: dict[int, tuple[str, ...]] = {}
        self.locales: dict[int, str] = {}
        self.applications: dict[int, tuple[Application, ...]] = {}
        self.problems: list[Problem] = []
        self._same: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add_meta(self, row: Row) -> None:
        """Take what is needed of a row of `usermeta`."""
        self.has_meta = True
        user, key, value = (row.values.get(name) for name in USERMETA[1:])
        if row.problem or user is None or not user.isdigit() or len(user) > 18:
            self.problems.append(Problem(row.line, 'meta row unreadable', row.problem))
            return
        try:
            self._add(int(user), key or b'', value or b'', row.line)
        except (php.Unreadable, UnicodeDecodeError) as error:
            name = 'application passwords' if key == APPLICATIONS else 'role or locale'
            detail = f'{name} of user {int(user)}: {error}'
            self.problems.append(Problem(row.line, 'meta value unreadable', detail))

    def _add(self, user: int, key: bytes, value: bytes, line: int) -> None:
        if key.endswith(b'capabilities') and self._is_role_key(key):
            roles = _roles(value)
            self.roles[user] = self._same.setdefault(roles, roles)
        elif key == b'locale' and LOCALE.fullmatch(value.decode()):
            self.locales[user] = value.decode()
        elif key == APPLICATIONS and value:
            found = [_application(item) for item in php.as_list(php.unserialize(value))]
            self.applications[user] = tuple(one for one in found if isinstance(one, Application))
            refused = [one for one in found if isinstance(one, str)]
            self.problems += [Problem(line, one, f'of user {user}') for one in refused]

    def _is_role_key(self, key: bytes) -> bool:
        if self.is_guessed and key.endswith(b'_capabilities'):
            self.key = self.key or key
            if key != self.key:
                raise Invalid('the file holds several sites: choose one with --prefix')
        return key == self.key


def _roles(value: bytes) -> tuple[str, ...]:
    """The names that are set in a capabilities array."""
    found = php.unserialize(value)
    if not isinstance(found, dict):
        raise php.Unreadable('capabilities that are no array')
    return tuple(php.as_text(k) for k, v in found.items() if isinstance(k, bytes) and v)


def _application(item: typing.Any) -> Application | str:
    """One of the list, or why it is not taken over."""
    if not isinstance(item, dict):
        return 'application password unreadable'
    try:
        uid = uuid.UUID(php.as_text(item.get(b'uuid')))
    except ValueError:
        return 'application password without a UUID'
    digest, used = php.as_text(item.get(b'password')), item.get(b'last_used')
    if wp_hashes.kind(digest) not in ('generic', 'phpass', 'bcrypt', 'wp'):
        return 'application password in an unknown form'
    return Application(
        uid=uid,
        app_id=php.as_text(item.get(b'app_id'))[:40],
        name=_line(php.as_text(item.get(b'name'))),
        digest=digest,
        created=_instant(item.get(b'created')) or 0,
        last_used=_instant(used),
        last_ip=php.as_text(item.get(b'last_ip'))[:45] or None,
    )


def _line(text: str) -> str:
    return CONTROL.sub(' ', text).strip()[:LONGEST_NAME]


def _instant(value: typing.Any) -> int | None:
    """A Unix time of this and the next century; None for anything else."""
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 < value < 7_258_118_400 else None


class People:
    """The people of one site of a source; made by `read_site`."""

    def __init__(self, source: Source, table: str, site: Site) -> None:
        self.source, self.table, self.site = source, table, site
        self.count = site.users

    def __iter__(self) -> Iterator[Person | Problem]:
        """In the file's order: people, and rows that are left out."""
        for row in self.source(lambda table: table == self.table):
            try:
                yield self._person(row)
            except UnicodeDecodeError:
                yield Problem(row.line, 'user row unreadable', 'not UTF-8')

    def _person(self, row: Row) -> Person | Problem:
        texts = {name: (row.values.get(name) or b'').decode() for name in USERS}
        login = texts['user_login']
        if row.problem or not texts['ID'].isdecimal() or len(texts['ID']) > 18:
            return Problem(row.line, 'user row unreadable', row.problem or 'no ID')
        if not login or len(login) > LONGEST_LOGIN or CONTROL.search(login):
            return Problem(row.line, 'user row unreadable', 'no fit login')
        user, site = int(texts['ID']), self.site
        if site.has_meta and user not in site.roles:
            return Problem(row.line, 'no role on this site', login)
        usable = wp_hashes.kind(texts['user_pass']) not in ('', 'generic')
        return Person(
            line=row.line,
            login=login,
            email=texts['user_email'].strip() if '@' in texts['user_email'] else '',
            name=_line(texts['display_name']) or login,
            password=texts['user_pass'] if usable else '',
            registered=_registered(texts['user_registered']),
            roles=site.roles.get(user, ()),
            locale=site.locales.get(user, ''),
            applications=site.applications.get(user, ()),
        )


def _registered(text: str) -> dt.datetime | None:
    """UTC; None for MySQL's 0000-00-00 and what is no time."""
    try:
        return dt.datetime.strptime(text, '%Y-%m-%d %H:%M:%S').replace(tzinfo=dt.UTC)
    except ValueError:
        return None


def read_site(source: Source, prefix: str) -> People:
    """The first reading: which site, and the meta of its people.

    `prefix` is that of the tables, or of one site's capabilities in a multisite; '' = the only
    one. Raises Invalid where there is none, or several to choose from; Truncated.
    """
    sites: dict[str, Site] = {}
    for row in source(lambda table: table.endswith(('users', 'usermeta'))):
        is_meta = row.table.endswith('usermeta')
        own = row.table.removesuffix('usermeta' if is_meta else 'users')
        if not prefix.startswith(own) and prefix:
            continue
        site = sites.get(own)
        if site is None:
            site = sites[own] = Site(prefix or own)
        if is_meta:
            site.add_meta(row)
        elif row.problem or {'user_login', 'user_pass'} <= set(row.values):
            site.users += 1
    return _chosen(source, {own: site for own, site in sites.items() if site.users}, prefix)


def _chosen(source: Source, sites: dict[str, Site], prefix: str) -> People:
    if not sites:
        raise Invalid('the file holds no users of WordPress' + f' under {prefix}' * bool(prefix))
    if len(sites) > 1 and not prefix:
        names = ', '.join(sorted(sites))
        raise Invalid(f'the file holds several sites: choose one of {names} with --prefix')
    own = max(sites, key=len)
    return People(source, f'{own}users', sites[own])
