"""Access tokens: a key and a person together, signed, for a day. Nothing of them is stored.

The claims are those of Enapps' own (`exp`, `t`, `l`, `db`) and `k`, the key, `u`, the person, `p`,
a mark of his password: a key that is revoked takes the tokens with it that were got by it, and so
do a new password and leaving the tenant. A log-in that is somebody else's by now opens nothing.
"""

import msgspec

from karvo.kit import clock, crypto
from karvo.kit.actor import Actor
from karvo.kit.lazy import lazy
from tenants.models import Company, Tenant, User
from tenants.secrets import digest
from tenants.wordpress.sessions import user_with

_jwt = lazy('jwt')

TOKEN_LIVES = 86_400  #: seconds
ACCESS = 'access'
ALGORITHM = 'HS256'
PURPOSE = 'access tokens 1'


class Claims(msgspec.Struct, kw_only=True):
    """What a token says: until when, for what, who, in which company, by which key.

    `l` is there to be read; the person is `u`.
    """

    exp: int
    t: str
    l: str  # noqa: E741 - Enapps calls it so
    db: str
    k: int
    u: int
    p: str


def password_mark(user: User) -> str:
    """16 hexadecimal digits that are others as soon as the stored password is."""
    return digest(user.password_hash)[:16]


def issue_token(login: str, password: str, *, actor: Actor) -> str:
    """A token for this person in the company of the key that asks.

    Raises Unauthenticated (unknown, wrong, of another tenant: all the same), RateLimited.
    """
    user = user_with(login, password, actor.ip, actor.tenant_id)
    company = Company.select(Company.key).join(Tenant).where(Company.id == actor.company_id).get()
    claims = Claims(
        exp=int(clock.epoch()) + TOKEN_LIVES,
        t=ACCESS,
        l=user.login,
        db=company.key,
        k=actor.id,
        u=user.id,
        p=password_mark(user),
    )
    key = crypto.signing_keys(PURPOSE)[0]
    return str(_jwt.encode(msgspec.to_builtins(claims), key, algorithm=ALGORITHM))


def read_token(text: str) -> Claims | None:
    """What a token says, if it is one of ours and still good."""
    for key in crypto.signing_keys(PURPOSE):
        try:
            found = _jwt.decode(text, key, algorithms=[ALGORITHM], options={'require': ['exp']})
            claims = msgspec.convert(found, Claims)
        except (_jwt.InvalidTokenError, msgspec.ValidationError):
            continue
        return claims if claims.t == ACCESS else None
    return None
