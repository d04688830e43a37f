"""What a company is paid through: its account in the company, how to recognise it here."""

import typing

import msgspec
import psycopg
from msgspec import UNSET

from karvo.config import config
from karvo.kit import clock, crypto, ids
from karvo.kit.actor import Actor, system_actor
from karvo.kit.connections import sqlstate
from karvo.kit.db import company
from karvo.kit.errors import Conflict, Invalid, KarvoError, invalid, not_found
from karvo.kit.log import log
from karvo.stripe import client
from karvo.stripe.operations import account as own
from karvo.stripe.reads import own_account
from karvo.stripe.schemas import AccountObject
from tenants.models import Company, StripeEndpoint, Tenant, control
from tenants.operations import tenant_by_id
from tenants.schema import place_of
from tenants.stripe.paying import platform_key
from tenants.stripe.receipts import try_again
from tenants.stripe.recognise import forget
from tenants.stripe.schemas import StripeAccountIn, StripeAccountOut

WEBHOOK = '/wp-json/se-erp/v2/stripe/webhook'


def read_account(origin: str, *, actor: Actor) -> StripeAccountOut:
    """Raises NotFound while the company has none. The company must be set."""
    row = own.account_row()
    endpoint = _endpoint(actor.company_id)
    if row is None or endpoint is None or not row.is_active:
        raise not_found('Stripe account')
    count = len(_secrets(endpoint))
    shown = msgspec.structs.asdict(own_account(row))
    return StripeAccountOut(
        **shown, webhook_url=f'{origin}{WEBHOOK}/{endpoint.key}', webhook_secrets=count
    )


def save_account(asked: StripeAccountIn, origin: str, *, actor: Actor) -> StripeAccountOut:
    """Connect or change it. The company must be set, and no transaction open.

    The two parts are two transactions; each may be repeated. Raises Invalid, Conflict, Unavailable.
    """
    if asked.mode == 'own':
        _check_own(asked, tenant_by_id(actor.tenant_id))
        own.use_own(asked.api_key, actor=actor)
        _save_endpoint(asked, None, actor)
        return read_account(origin, actor=actor)
    if asked.api_key or (asked.webhook_secrets is not UNSET and asked.webhook_secrets):
        raise Invalid('a connected account has neither key nor secrets of its own')
    account_id = _connected(asked, actor)
    _save_endpoint(asked, account_id, actor)
    own.use_connected(account_id, actor=actor)
    after = asked.return_url or origin
    link = {'account': account_id, 'refresh_url': after, 'return_url': after}
    made = client.account_link(platform_key(actor), link | {'type': 'account_onboarding'})
    return msgspec.structs.replace(read_account(origin, actor=actor), onboarding_url=made['url'])


def _check_own(asked: StripeAccountIn, tenant: Tenant) -> None:
    if asked.account_id:
        raise invalid(account_id='is of connected accounts only')
    if asked.api_key and tenant.is_sandbox and client.is_live(asked.api_key):
        raise invalid(api_key='must be of a sandbox, as this tenant is one')


def _connected(asked: StripeAccountIn, actor: Actor) -> str:
    """A connected account of the platform that was made for this company, or is made now."""
    known = _endpoint(actor.company_id)
    if asked.account_id is None and known is not None and known.account_id:
        return known.account_id
    if asked.account_id is None:
        params = {
            'type': 'standard',
            'email': tenant_by_id(actor.tenant_id).email,
            'metadata': {'company': actor.company_uid},
        }
        once = f'connect-{actor.company_uid}'
        return str(client.make_account(platform_key(actor), params, once=once)['id'])
    told = client.read(AccountObject, client.account(platform_key(actor), asked.account_id))
    # Only the platform writes this: without it anybody could have another's payments sent to him.
    if (told.metadata or {}).get('company') != actor.company_uid:
        raise invalid(account_id='does not name this company in its metadata')
    return told.id


def _endpoint(company_id: int) -> StripeEndpoint | None:
    found: StripeEndpoint | None = StripeEndpoint.get_or_none(StripeEndpoint.company == company_id)
    return found


def _secrets(row: StripeEndpoint) -> list[str]:
    if row.secrets is None:
        return []
    return msgspec.json.decode(crypto.decrypt(bytes(row.secrets)), type=list[str])


def _save_endpoint(asked: StripeAccountIn, account_id: str | None, actor: Actor) -> None:
    """Who is recognised as this company from now on; what was stuck for it is tried again."""
    now = clock.now()
    live = config.stripe_api_key if account_id else asked.api_key
    changed: dict[str, typing.Any] = {'account_id': account_id, 'updated_at': now}
    if live:
        changed['is_live'] = client.is_live(live)
    if account_id:
        changed['secrets'] = None
    elif asked.webhook_secrets is not UNSET:
        changed['secrets'] = crypto.encrypt(msgspec.json.encode(asked.webhook_secrets))
    try:
        with control.atomic():
            StripeEndpoint.insert(
                company=actor.company_id, key=ids.secret_key(24), created_at=now, updated_at=now
            ).on_conflict_ignore().execute()
            same = StripeEndpoint.company == actor.company_id
            StripeEndpoint.update(**changed).where(same).execute()
    except (psycopg.Error, Exception) as error:
        if sqlstate(error) != '23505':
            raise
        raise Conflict('the account belongs to another company') from error
    forget()
    try_again(account_id or '', actor.company_id)


def drop_account(*, actor: Actor) -> None:
    """Disconnect: the secrets are gone, its events are not recognised. Raises NotFound."""
    own.disconnect(actor=actor)
    StripeEndpoint.delete().where(StripeEndpoint.company == actor.company_id).execute()
    forget()


def forget_account(account_id: str) -> None:
    """`account.application.deauthorized`: its owner took back the platform's access."""
    row = StripeEndpoint.get_or_none(StripeEndpoint.account_id == account_id)
    if row is None:
        return
    found = Company.get_by_id(row.company_id)
    place = place_of(found)
    actor = system_actor('stripe', place, company_id=found.id, tenant_id=found.tenant_id)
    with company(place):
        try:
            own.disconnect(actor=actor)
        except KarvoError as error:
            log.warning('account was disconnected before', error=error.message)
    StripeEndpoint.delete().where(StripeEndpoint.id == row.id).execute()
