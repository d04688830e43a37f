"""Events that Stripe could not deliver: fetched, and written down as if they had come."""

import datetime as dt
import typing

import msgspec

from karvo.config import config
from karvo.kit.errors import Conflict
from karvo.kit.log import log
from karvo.stripe import client
from karvo.stripe.client import Key
from karvo.stripe.schemas import Envelope
from tenants.models import StripeEndpoint
from tenants.stripe.receipts import write_down
from tenants.stripe.recognise import PLATFORM
from tenants.stripe.work import OF_USE

KEPT = dt.timedelta(days=29)  #: Stripe lists events of 30 days


def fetch(now: dt.datetime) -> int:
    """Of the platform's account and of those connected to it; how many were new here."""
    if not config.stripe_api_key:
        return 0
    since = int((now - KEPT).timestamp())
    connected = StripeEndpoint.select().where(StripeEndpoint.account_id.is_null(False))
    new = 0
    for account in ['', *(row.account_id or '' for row in connected)]:
        try:
            for told in client.missed_events(Key(config.stripe_api_key, account), since):
                new += _write_down(told, account)
        except Conflict as error:
            log.warning('missed events not known', account=account, error=error.message)
    return new


def _write_down(told: dict[str, typing.Any], account: str) -> bool:
    told = {**told, 'account': told.get('account') or account or None}
    event = client.read(Envelope, told)
    inner = told.get('data', {}).get('object', {})
    object_id = str(inner.get('id') or '') if isinstance(inner, dict) else ''
    is_of_use = event.type in OF_USE
    raw = msgspec.json.encode(told)
    return write_down(PLATFORM, event, raw, object_id[:255], is_of_use=is_of_use)
