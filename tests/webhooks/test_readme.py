"""The receiver that the README shows, against real bodies and a signature made by hand."""

import base64
import datetime as dt
import hashlib
import hmac
import pathlib
import typing

from karvo.kit import clock
from karvo.webhooks.bodies import bodies
from tests.webhooks.conftest import customer, hook, queued, spread

README = pathlib.Path(__file__).parents[2] / 'README.md'


def receiver() -> typing.Any:
    """`receive` as it stands in the README."""
    section = README.read_text().split('\n## Webhooks\n')[1]
    names: dict[str, typing.Any] = {}
    exec(section.split('```python\n')[1].split('```')[0], names)
    return names['receive']


def signed(secret: str, uid: str, body: bytes, at: dt.datetime) -> dict[str, str]:
    """By the text of the standard: HMAC-SHA256 of id, time and body under the decoded secret."""
    seconds = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix('whsec_'))
    mac = hmac.new(key, f'{uid}.{seconds}.'.encode() + body, hashlib.sha256).digest()
    signature = f'v1,{base64.b64encode(mac).decode()}'
    return {
        'webhook-id': uid,
        'webhook-timestamp': seconds,
        'webhook-signature': signature,
    }


def test_the_readmes_receiver_takes_what_we_send(api) -> None:
    made = hook(api, events=['customer.*'])
    customer(api, name='Côté')
    spread(api)
    [delivery] = queued(api, made['id'])
    with api.company():
        [body] = bodies([delivery.id], api.tenant.tenant_id).values()
    receive, now = receiver(), clock.now()
    headers = signed(made['secret'], delivery.event_uid, body, now)
    assert receive(headers, body, made['secret'])['data']['object']['name'] == 'Côté'
    assert receive(headers, body + b' ', made['secret']) is None
    assert receive(headers | {'webhook-signature': 'x'}, body, made['secret']) is None
    old = signed(made['secret'], delivery.event_uid, body, now - dt.timedelta(minutes=6))
    assert receive(old, body, made['secret']) is None
