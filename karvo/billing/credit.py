"""Whether a customer may be given more on credit (AR-5, AR-6)."""

import datetime as dt
from decimal import Decimal

import msgspec

from karvo.kit.db import database
from karvo.settings.schemas import Settings

# Orders that are not invoiced yet belong to no module of this application.
EXPOSURE = """
SELECT row_to_json(x)::text FROM (
  SELECT p.credit_hold, coalesce(p.credit_hold_reason, '') AS reason, p.credit_limit,
    coalesce((SELECT sum(d.balance) FROM @document d WHERE d.type = 'invoice'
      AND d.party_id = p.id AND d.balance > 0 AND d.state = 'posted'), 0)
    - coalesce((SELECT sum(d.balance) FROM @document d WHERE d.type = 'credit_note'
      AND d.party_id = p.id AND d.balance > 0 AND d.state = 'posted'), 0)
    - coalesce((SELECT sum(y.unallocated) FROM @payment y WHERE y.party_id = p.id
      AND y.state = 'posted' AND y.unallocated > 0), 0) AS exposure,
    (SELECT min(d.due_date) FROM @document d WHERE d.type = 'invoice' AND d.party_id = p.id
      AND d.balance > 0 AND d.state = 'posted') AS oldest_due
  FROM @party p WHERE p.id = %(id)s) x"""


class _Exposure(msgspec.Struct):
    credit_hold: bool
    reason: str
    credit_limit: Decimal
    exposure: Decimal
    oldest_due: dt.date | None


def credit_holds(party_id: int, settings: Settings, today: dt.date) -> list[str]:
    """Why this customer gets nothing on credit now; empty where nothing stands against it.

    A manual hold, open invoices less credits above the limit (0 = none), or an invoice overdue for
    more than `auto_hold_days` (0 = never).
    """
    body = database.json(EXPOSURE, {'id': party_id})
    found = msgspec.json.decode(body or b'', type=_Exposure)
    holds = []
    if found.credit_hold:
        holds.append(' '.join(filter(None, ('the customer is on credit hold', found.reason))))
    if found.credit_limit and found.exposure > found.credit_limit:
        holds.append(f'{found.exposure} is owed, the credit limit is {found.credit_limit}')
    late = (today - found.oldest_due).days if found.oldest_due else 0
    if settings.auto_hold_days and late > settings.auto_hold_days:
        holds.append(f'an invoice is {late} days overdue')
    return holds
