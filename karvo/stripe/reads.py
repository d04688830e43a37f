"""The account and the unmatched payments as read."""

from karvo.kit.paging import Listing
from karvo.stripe.amounts import FOUR, THREE, WHOLE
from karvo.stripe.models import StripeAccount
from karvo.stripe.schemas import OwnAccount

#: Shown in the currency's own unit; how many decimals it has is told by three lists of codes.
UNMATCHED = Listing(
    columns="""s.id, s.external_id, s.charge_id, round(s.amount::numeric / CASE
        WHEN s.currency = ANY(%(whole)s::text[]) THEN 1
        WHEN s.currency = ANY(%(three)s::text[]) THEN 1000
        WHEN s.currency = ANY(%(four)s::text[]) THEN 10000 ELSE 100 END, 4) AS amount,
      s.currency, s.email, s.name, s.reason, s.received_at, s.metadata, s.created_at,
      s.updated_at""",
    source='@stripe_payment s',
    where="s.state = 'unmatched'",
    filters={
        'search': """(s.external_id = %(search)s
          OR lower(s.email) LIKE '%%' || lower(%(search)s) || '%%')""",
        'updated_since': 's.updated_at >= %(updated_since)s',
    },
    orders={'created_at': 's.id'},
    default=('created_at', 'desc'),
    tiebreak='s.id',
)
#: parameters of UNMATCHED that are no filters
PLACES = {'whole': sorted(WHOLE), 'three': sorted(THREE), 'four': sorted(FOUR)}


def own_account(row: StripeAccount) -> OwnAccount:
    """Without its secrets."""
    return OwnAccount(
        mode='connect' if row.mode == 'connect' else 'own',
        account_id=row.account_id,
        has_api_key=row.api_key is not None,
        is_live=row.is_live,
        charges_enabled=row.charges_enabled,
        payouts_enabled=row.payouts_enabled,
        is_active=row.is_active,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
