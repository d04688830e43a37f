"""A log-in password → the person. Unknown names, wrong passwords and right ones take equally long.

Every try spends one phpass and bcrypt up to the costliest hash in store, real or for show; weak
forms are replaced when their password is right, so that a later theft finds none of them.
"""

import functools

import peewee

from karvo.kit import clock
from tenants import wp_hashes
from tenants.models import Membership, Tenant, User, control
from tenants.secrets import is_password, needs_rehash, password_hash

LIVING = ('active', 'suspended')
MOST_NAMESAKES = 3  #: accounts of one name that are tried, the oldest first
LONGEST_NAME = 254
LOOKED_UP_FOR = 600  #: seconds that the costliest hash is remembered

COSTLIEST = """
SELECT max(substring(password_hash FROM '^[$](?:wp[$])?2[aby][$]([0-9]{2})[$]')::integer)
FROM control.app_user"""


def sign_in(name: str, password: str, tenant_id: int | None = None) -> User | None:
    """The person of this log-in or e-mail (letter case aside) if the password is his, else None.

    None also for people without a living tenant, or not of the one that is asked for. The caller
    limits how often one may try. A name of several people takes that many times as long, so time
    tells that much and no more.
    """
    cost = _costliest(int(clock.epoch()) // LOOKED_UP_FOR)
    people = _named(name)
    tried = [(user, _fits_evenly(password, user.password_hash, cost)) for user in people]
    if not tried:
        _fits_evenly(password, '', cost)
    fitting = [user for user, fits in tried if fits]
    user = next((user for user in fitting if _has_living_tenant(user, tenant_id)), None)
    if user is not None:
        _keep_better(user, password)
    return user


def _named(name: str) -> list[User]:
    """Whose log-in it is, then whose e-mail: people of several tenants may share one."""
    name = name.strip().lower()
    if not name or not name.isprintable() or len(name) > LONGEST_NAME:
        return []
    is_login = peewee.fn.lower(User.login) == name
    is_email = peewee.fn.lower(User.email) == name
    found = User.select().where(is_login | is_email)
    return list(found.order_by(is_login.desc(), User.id).limit(MOST_NAMESAKES))


@functools.lru_cache(maxsize=1)
def _costliest(_period: int) -> int:
    """What bcrypt costs at most in this installation: as much is spent on every try."""
    row = control.run(COSTLIEST).fetchone()
    known = row[0] if row else None
    return min(max(known or 0, wp_hashes.COST), wp_hashes.MAX_COST)


def _fits_evenly(password: str, stored: str, costliest: int) -> bool:
    """As `is_password`, in a time that depends on the password and not on what is stored.

    (Argon2, which only plugins store, takes its own time on top until its first right sign-in.)
    """
    fits, form = is_password(password, stored), wp_hashes.kind(stored)
    for tried in wp_hashes.variants(password):
        if form != 'phpass':
            wp_hashes.spend_phpass(tried)
        wp_hashes.spend_bcrypt(wp_hashes.cost(stored) if form in ('wp', 'bcrypt') else 0, costliest)
    return fits


def _has_living_tenant(user: User, tenant_id: int | None) -> bool:
    own = Membership.select().join(Tenant).where(Membership.user == user)
    if tenant_id is not None:
        own = own.where(Membership.tenant == tenant_id)
    return bool(own.where(Tenant.status.in_(LIVING)).exists())


def _keep_better(user: User, password: str) -> None:
    """Store the right password in today's form, unless somebody changed it meanwhile."""
    is_trimmed = password == password.strip(wp_hashes.PHP_BLANKS)  # as hashing would
    if not is_trimmed or not needs_rehash(user.password_hash):
        return
    better = password_hash(password)
    with control.atomic():
        changed = User.update(password_hash=better, updated_at=clock.now()).where(
            (User.id == user.id) & (User.password_hash == user.password_hash)
        )
        changed.execute()
    user.password_hash = better
