"""What the company pays in through: its own Stripe account, or one connected to the platform."""

import typing

from karvo.config import config
from karvo.kit import crypto
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, not_found
from karvo.kit.work import Work, atomic
from karvo.stripe import client
from karvo.stripe.client import Key
from karvo.stripe.models import StripeAccount
from karvo.stripe.schemas import AccountObject, StripeAccountChanged

MAIN = 'main'  #: the one row's name
NONE = 'no Stripe account is connected: PUT /stripe/account'


def account_row() -> StripeAccount | None:
    """The company's, connected or not; None when it never had one."""
    row: StripeAccount | None = StripeAccount.get_or_none(StripeAccount.name == MAIN)
    return row


def key_in_use(actor: Actor) -> Key:
    """What Stripe is asked with for this company.

    Raises Conflict when there is nothing, or it is live and the company a sandbox.
    """
    row = account_row()
    if row is None or not row.is_active:
        raise Conflict(NONE, code='erp_not_connected')
    if row.mode == 'own' and row.api_key:
        return client.allowed(Key(crypto.decrypt(bytes(row.api_key)).decode()), actor)
    if row.mode == 'connect' and row.account_id and config.stripe_api_key:
        return client.allowed(Key(config.stripe_api_key, row.account_id), actor)
    raise Conflict(NONE, code='erp_not_connected')


def use_own(api_key: str | None, *, actor: Actor) -> None:
    """The company's own account. Without a key the one that is there stays.

    Raises Conflict when there is none.
    """
    with atomic() as work:
        row = _locked(work)
        if api_key is None and (row.mode != 'own' or row.api_key is None):
            raise Conflict('api_key is required for an own account')
        row.mode, row.account_id = 'own', None
        row.charges_enabled = row.payouts_enabled = None
        if api_key is not None:
            row.api_key, row.is_live = crypto.encrypt(api_key.encode()), client.is_live(api_key)
        _save(row, work, actor)


def use_connected(account_id: str, *, actor: Actor) -> None:
    """An account that is connected to the platform's; a key of an own one is forgotten."""
    with atomic() as work:
        row = _locked(work)
        row.mode, row.account_id, row.api_key = 'connect', account_id, None
        row.is_live = client.is_live(config.stripe_api_key)
        _save(row, work, actor)


def disconnect(*, actor: Actor) -> None:
    """Nothing is paid by Stripe any more; the secrets are gone. Raises NotFound."""
    with atomic() as work:
        row = account_row()
        if row is None or not row.is_active:
            raise not_found('Stripe account')
        row.api_key, row.is_active = None, False
        row.version, row.updated_at = row.version + 1, work.at
        row.save()
        _announce(row, work, actor)


def note_account(told: AccountObject, *, actor: Actor) -> None:
    """`account.updated`: what the connected account may do now."""
    with atomic() as work:
        row = account_row()
        if row is None or row.account_id != told.id:
            return
        now = (told.charges_enabled, told.payouts_enabled)
        if (row.charges_enabled, row.payouts_enabled) != now:
            row.charges_enabled, row.payouts_enabled = now
            _save(row, work, actor, is_active=row.is_active)


def _locked(work: Work) -> StripeAccount:
    StripeAccount.insert(
        name=MAIN, mode='own', is_active=False, created_at=work.at, updated_at=work.at
    ).on_conflict_ignore().execute()
    row: StripeAccount = StripeAccount.select().where(StripeAccount.name == MAIN).for_update().get()
    return row


def _save(row: StripeAccount, work: Work, actor: Actor, is_active: bool = True) -> None:
    row.is_active, row.version, row.updated_at = is_active, row.version + 1, work.at
    row.save()
    _announce(row, work, actor)


def _announce(row: StripeAccount, work: Work, actor: Actor) -> None:
    shown: dict[str, typing.Any] = {
        'id': row.id,
        'mode': row.mode,
        'account_id': row.account_id,
        'is_active': row.is_active,
        'charges_enabled': row.charges_enabled,
        'payouts_enabled': row.payouts_enabled,
    }
    work.record(StripeAccountChanged(id=row.id, uid='', object=shown), actor)
