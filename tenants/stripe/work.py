"""Working through receipts: whom an event concerns, in the order in which one may believe it.

1. Whose secret signed it. 2. The connected account that it names, for the platform's. 3. The
customer or subscription that is bound to a tenant. 4. Metadata, which only the platform writes into
its own account; a company's own may say anything and is a hint within that company at most.
"""

import datetime as dt

import msgspec

from karvo.config import config
from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import company
from karvo.kit.errors import KarvoError
from karvo.kit.http import retrying
from karvo.kit.log import log
from karvo.stripe import client
from karvo.stripe.operations.disputes import PaymentUnknown
from karvo.stripe.operations.events import HANDLERS, apply
from karvo.stripe.schemas import Happened
from tenants.models import Company, StripeEndpoint, Tenant
from tenants.schema import place_of
from tenants.stripe import plans, receipts
from tenants.stripe.accounts import forget_account
from tenants.stripe.receipts import Stored, Whom
from tenants.stripe.recognise import company_of_scope

BATCH = 20  #: receipts a turn
DEAUTHORIZED = 'account.application.deauthorized'
OF_USE = {*HANDLERS, *plans.HANDLERS, DEAUTHORIZED}


class Unrouted(Exception):
    """Nobody is known whom this concerns, yet."""


class Ignored(Exception):
    """It concerns nobody here."""


def carry() -> dt.datetime | None:
    """One turn of a worker; when the next is due."""
    for receipt in receipts.claim(BATCH):
        handle(receipt)
    return receipts.next_due()


def handle(receipt: Stored) -> None:
    """Do what the event says, and note how that went."""
    try:
        receipts.finish(receipt, 'done', retrying(lambda: _apply(receipt)))
    except Ignored as error:
        receipts.finish(receipt, 'ignored', Whom(), str(error))
    except msgspec.ValidationError as error:
        _give_up(receipt, 'failed', f'not as the API describes it: {error}')
    except Unrouted as error:
        _later(receipt, 'unrouted', str(error))
    except PaymentUnknown as error:
        _later(receipt, 'failed', f'payment {error} is not booked')
    except KarvoError as error:
        _later(receipt, 'failed', error.message)
    except Exception as error:  # a bug or a database that is away: neither may stop the others
        log.exception('stripe event', name=receipt.event_id, exc_info=error)
        _later(receipt, 'failed', f'{type(error).__name__}: {error}')


def _later(receipt: Stored, state: str, why: str) -> None:
    if not receipts.put_off(receipt, why):
        _give_up(receipt, state, why)


def _give_up(receipt: Stored, state: str, why: str) -> None:
    told = {'name': receipt.event_id, 'type': receipt.type, 'state': state}
    log.error('stripe event stuck', **told, why=why)
    receipts.finish(receipt, state, Whom(company_id=company_of_scope(receipt.scope)), why)


def _apply(receipt: Stored) -> Whom:
    event = happened(receipt)
    company_id = company_of_scope(receipt.scope)
    if company_id is not None:
        if receipt.account:
            raise Ignored('of an account that is connected to this one')
        return _apply_to_company(company_id, event, _mode_of(company_id))
    if receipt.account:
        company_id = _company_connected(receipt.account)
        if company_id is None:
            raise Unrouted(f'nobody is connected as {receipt.account}')
        if event.type == DEAUTHORIZED:
            forget_account(receipt.account)
            return Whom(company_id=company_id)
        return _apply_to_company(company_id, event, client.is_live(config.stripe_api_key))
    _check_mode(event, client.is_live(config.stripe_api_key))
    return _apply_to_tenant(event)


def happened(receipt: Stored) -> Happened:
    """The event as plain data. Raises msgspec.ValidationError."""
    try:
        told = msgspec.json.decode(receipt.body)
        inner = told['data']['object']
    except (msgspec.DecodeError, TypeError, KeyError) as error:
        raise msgspec.ValidationError(f'no object in it: {error}') from error
    if not isinstance(inner, dict) or b'\\u0000' in receipt.body:
        raise msgspec.ValidationError('no object in it, or one with NUL characters')
    return Happened(
        id=receipt.event_id,
        type=receipt.type,
        created=receipt.created,
        livemode=bool(receipt.livemode),
        object=inner,
        account=receipt.account,
    )


def _check_mode(event: Happened, is_live: bool | None) -> None:
    """A live endpoint of Connect is told of test events too."""
    if is_live is not None and event.livemode != is_live:
        raise Ignored('of a sandbox' if is_live else 'live, and the key is of a sandbox')


def _mode_of(company_id: int) -> bool | None:
    row = StripeEndpoint.get_or_none(StripeEndpoint.company == company_id)
    return row.is_live if row else None


def _company_connected(account: str) -> int | None:
    row = StripeEndpoint.get_or_none(StripeEndpoint.account_id == account)
    return row.company_id if row else None


def _apply_to_company(company_id: int, event: Happened, is_live: bool | None) -> Whom:
    _check_mode(event, is_live)
    row = Company.select(Company, Tenant).join(Tenant).where(Company.id == company_id)
    found = row.get_or_none()
    if found is None:
        raise Ignored('of a company that is gone')
    if event.type not in HANDLERS:
        raise Ignored('of no use to a company')
    actor = actor_of(found)
    with company(place_of(found)):
        apply(event, actor=actor)
    return Whom(tenant_id=found.tenant_id, company_id=company_id)


def actor_of(row: Company) -> Actor:
    """Who acts when Stripe tells something."""
    return system_actor(
        'stripe',
        place_of(row),
        tenant_id=row.tenant_id,
        tenant_slug=row.tenant.slug,
        company_id=row.id,
        company_uid=str(row.uid),
    )


def _apply_to_tenant(event: Happened) -> Whom:
    if event.type not in plans.HANDLERS:
        raise Ignored('of no plan')
    tenant_id = plans.tenant_of(event)
    if tenant_id is None:
        if plans.concerns_a_tenant(event):
            raise Unrouted('no tenant is bound to its customer')
        raise Ignored('of no plan')
    plans.apply_to(tenant_id, event)
    return Whom(tenant_id=tenant_id)
