"""Shapes of wp/v2: users and application passwords, their parameters, what is shown of them."""

import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

Context = typing.Literal['view', 'embed', 'edit']
PageNumber = typing.Annotated[int, Meta(ge=1, le=10_000_000)]
PerPage = typing.Annotated[int, Meta(ge=1, le=100)]
Offset = typing.Annotated[int, Meta(ge=0, le=10_000_000)]
Text = typing.Annotated[str, Meta(max_length=200)]
Ids = typing.Annotated[str, Meta(max_length=2000)]
Name = typing.Annotated[str, Meta(min_length=1, max_length=200)]


class ContextQuery(msgspec.Struct, kw_only=True):
    """How much is shown: `edit` all, `embed` the least."""

    context: Context = 'view'


class UserQuery(ContextQuery, kw_only=True):
    """Which members; `include`, `exclude`, `slug` and `roles` are comma lists."""

    page: PageNumber = 1
    per_page: PerPage = 10
    offset: Offset | None = None
    search: Text = ''
    include: Ids = ''
    exclude: Ids = ''
    slug: Ids = ''
    roles: Ids = ''
    order: typing.Literal['asc', 'desc'] = 'asc'
    orderby: typing.Literal['id', 'name', 'slug', 'email', 'registered_date'] = 'name'


class NewPassword(msgspec.Struct, kw_only=True):
    """An application password to make; `app_id` is the application's UUID, or empty."""

    name: Name
    app_id: str = ''


class PasswordChange(msgspec.Struct, kw_only=True):
    """A new name; everything else stays as it is."""

    name: Name | UnsetType = UNSET


class Hints(msgspec.Struct, kw_only=True):
    """What this caller may do there."""

    allow: list[str]


class Link(msgspec.Struct, kw_only=True, omit_defaults=True):
    """An absolute address."""

    href: str
    targetHints: Hints | UnsetType = UNSET


class Links(msgspec.Struct, kw_only=True):
    """Where this can be had again."""

    self: list[Link]
    collection: list[Link] | UnsetType = UNSET


class UserOut(msgspec.Struct, kw_only=True):
    """A member of the caller's tenant. `edit` shows all, `embed` no `meta`."""

    id: int
    username: str | UnsetType = UNSET
    name: str
    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    url: str
    description: str
    link: str
    locale: str | UnsetType = UNSET
    nickname: str | UnsetType = UNSET
    slug: str
    roles: list[str] | UnsetType = UNSET
    registered_date: str | UnsetType = UNSET
    capabilities: dict[str, bool] | UnsetType = UNSET
    extra_capabilities: dict[str, bool] | UnsetType = UNSET
    avatar_urls: dict[str, str]
    meta: dict[str, typing.Any] | UnsetType = UNSET
    links: Links = msgspec.field(name='_links')


class PasswordOut(msgspec.Struct, kw_only=True):
    """An application password; instants are GMT without a zone, `password` only when just made."""

    uuid: str
    app_id: str
    name: str
    created: str | UnsetType = UNSET
    last_used: str | None | UnsetType = UNSET
    last_ip: str | None | UnsetType = UNSET
    password: str | UnsetType = UNSET
    links: Links | UnsetType = msgspec.field(name='_links', default=UNSET)


class DeletedPassword(msgspec.Struct, kw_only=True):
    """It works no more."""

    deleted: bool
    previous: PasswordOut


class DeletedPasswords(msgspec.Struct, kw_only=True):
    """None of them works any more."""

    deleted: bool
    count: int
