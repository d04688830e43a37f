"""/batch/customers of api/v2: many customers in one request."""

import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.customers.operations import create_each
from karvo.customers.reads import duplicate_emails, list_customers
from karvo.customers.schemas import CustomerChange
from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid, KarvoError
from karvo.kit.http import Reply, Resource, endpoint
from karvo.kit.paging import Slice
from karvo.kit.shapes import decode_body
from plugins.billing_v2.customers import (
    FIELDS,
    V2CustomerIn,
    V2CustomerOut,
    customer_change,
    customer_out,
)
from plugins.billing_v2.dialect import dialect, error

MOST = 100
CUSTOMER = {'$ref': '#/components/schemas/V2CustomerIn'}
#: held against V2CustomerIn one by one, so that a bad one is refused by itself
Unread = typing.Annotated[typing.Any, Meta(extra_json_schema=CUSTOMER, extra={'unread': True})]


class V2BatchIn(msgspec.Struct, kw_only=True):
    """What to create; `atomic`: all of them or none."""

    customers: typing.Annotated[list[Unread], Meta(min_length=1, max_length=MOST)]
    atomic: bool = False


class V2BatchRefusal(msgspec.Struct, kw_only=True):
    """Why the customer at this place of the request, from 0, was not created."""

    index: int
    errors: dict[str, str]
    message: str


class V2BatchResult(msgspec.Struct, kw_only=True):
    """What became of them, each in the order of the request."""

    created: list[V2CustomerOut]
    failed: list[V2BatchRefusal]


class V2BatchOut(msgspec.Struct, kw_only=True):
    """What became of a batch."""

    success: typing.Literal[True] = True
    data: V2BatchResult
    message: str | UnsetType = UNSET


class Batch(Resource):
    """Many customers."""

    dialect = dialect
    fields = FIELDS

    @endpoint(scope='customers:write', status=201, also=(200,))
    def on_post(self, actor: Actor, body: V2BatchIn) -> V2BatchOut:
        """Create up to 100 customers: 201 when all are good, else 200 and why some are not."""
        news = [_read(given) for given in body.customers]
        made = create_each(news, is_whole=body.atomic, actor=actor)
        failed = [_refusal(n, one) for n, one in enumerate(made) if isinstance(one, KarvoError)]
        created = _customers([one for one in made if isinstance(one, int)])
        message = f'{len(created)} of {len(made)} customers created'
        result = V2BatchOut(data=V2BatchResult(created=created, failed=failed), message=message)
        answer = Reply(result, status=200 if failed else 201)
        return typing.cast(V2BatchOut, answer)


def _read(given: typing.Any) -> CustomerChange | KarvoError:
    if not isinstance(given, dict):
        return Invalid('must be an object', fields={'customer': 'must be an object'})
    try:
        return customer_change(decode_body(msgspec.json.encode(given), V2CustomerIn))
    except KarvoError as refusal:
        return refusal


def _refusal(index: int, refused: KarvoError) -> V2BatchRefusal:
    _, body = error(refused, FIELDS)
    return V2BatchRefusal(index=index, errors=body.get('errors', {}), message=body['message'])


def _customers(ids: list[int]) -> list[V2CustomerOut]:
    rows, _ = list_customers({'ids': ids}, Slice(limit=MOST))
    known = duplicate_emails(ids)
    return [customer_out(row, ['duplicate_email'] if row.id in known else None) for row in rows]


routes: list[tuple[str, Resource]] = [('/batch/customers', Batch())]
