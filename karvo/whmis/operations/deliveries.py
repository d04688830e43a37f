"""Sheets that go to customers: with the first shipment of each version (WH-7)."""

import datetime as dt
import typing
from collections.abc import Iterable

from karvo.customers.models import Party
from karvo.customers.schemas import Customer
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import KarvoError
from karvo.kit.log import log
from karvo.kit.work import Work, atomic
from karvo.mail.operations import queue_mail
from karvo.settings.reads import read_settings
from karvo.whmis.mails import sheet_mail
from karvo.whmis.models import Sds
from karvo.whmis.operations.sheets import snapshot
from karvo.whmis.schemas import WhmisSent

#: Hazardous products, and those that have a sheet all the same.
CONCERNED = """
SELECT p.id, p.sku, s.id FROM @product p
LEFT JOIN @sds s ON s.product_id = p.id AND s.state = 'current'
WHERE p.id = ANY(%(ids)s) AND (p.hazardous OR s.id IS NOT NULL) ORDER BY p.id"""
DELIVER = """
INSERT INTO @sds_delivery (sds_id, party_id, date, channel, shipment_id, created_at)
VALUES (%(sds)s, %(party)s, %(date)s, %(channel)s, %(shipment)s, %(at)s)
ON CONFLICT (sds_id, party_id) DO NOTHING RETURNING id"""
RECEIVE = """
INSERT INTO @sds_recipient AS r (product_id, party_id, delivery_id, sds_id, last_on)
VALUES (%(product)s, %(party)s, (SELECT d.id FROM @sds_delivery d
  WHERE d.sds_id = %(sds)s::bigint AND d.party_id = %(party)s), %(sds)s::bigint, %(date)s)
ON CONFLICT (product_id, party_id) DO UPDATE SET last_on = greatest(r.last_on, excluded.last_on),
  delivery_id = coalesce(excluded.delivery_id, r.delivery_id),
  sds_id = coalesce(excluded.sds_id, r.sds_id)"""


class Shipped(typing.NamedTuple):
    """What a shipment says: to whom, what, when."""

    id: int
    party_id: int
    product_ids: list[int]
    date: dt.date


def deliver_sheets(shipped: Shipped, *, actor: Actor) -> int:
    """Record which sheets the customer has now; mail those that it gets for the first time.

    How many were new. Doing it twice changes nothing.
    """
    with atomic() as work:
        party = Party.get_or_none(Party.id == shipped.party_id)
        if party is None:
            return 0
        new = [n for row in _concerned(shipped.product_ids) if (n := _deliver(shipped, party, *row,
               work=work, actor=actor))]  # fmt: skip
    return len(new)


def _concerned(product_ids: Iterable[int]) -> list[tuple[int, str, int | None]]:
    """(product, SKU, its sheet in force or None)."""
    ids = sorted({n for n in product_ids if n})
    return typing.cast(
        list[tuple[int, str, int | None]], database.run(CONCERNED, {'ids': ids}).fetchall()
    )


def _deliver(
    shipped: Shipped,
    party: Customer | Party,
    product_id: int,
    sku: str,
    sds_id: int | None,
    *,
    work: Work,
    actor: Actor,
) -> bool:
    """Whether a sheet was new to the customer."""
    channel = 'email' if party.email else 'shipment'
    named = {'party': party.id, 'date': shipped.date, 'sds': sds_id, 'product': product_id}
    given = None
    if sds_id is not None:
        more = {'channel': channel, 'shipment': shipped.id, 'at': work.at}
        given = database.run(DELIVER, named | more).fetchone()
    database.run(RECEIVE, named)
    if given is None or sds_id is None:
        return False
    sheet = Sds.get_by_id(sds_id)
    told = {'customer_id': party.id, 'customer_code': party.code, 'channel': channel}
    shot = snapshot(sheet, sku) | told
    work.record(WhmisSent(id=sds_id, uid=str(sheet.uid), object=shot), actor)
    if party.email:
        _mail(int(given[0]), sheet, party, actor)
    return True


def _mail(delivery_id: int, sheet: Sds, party: typing.Any, actor: Actor) -> None:
    """An address that no server takes must not keep the shipment's news from being handled."""
    try:
        queue_mail(sheet_mail(delivery_id, sheet, party, read_settings()), actor=actor)
    except KarvoError as error:
        log.warning('sheet not mailed', delivery=delivery_id, error=error.message)
