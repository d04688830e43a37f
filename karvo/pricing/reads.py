"""Candidates of the waterfall, rules and negotiations, each in one statement."""

import datetime as dt
import typing

import msgspec

from karvo.customers.schemas import Customer
from karvo.kit.db import database
from karvo.kit.folded import holds
from karvo.kit.outbox import as_json
from karvo.kit.paging import Listing, Slice
from karvo.pricing.compute import waterfall
from karvo.pricing.schemas import Candidate, NegotiationRead, Price, PricedLine, RuleRead
from karvo.settings.reads import TODAY, ZONE, today_params

_VALID = """r.is_active AND (r.valid_from IS NULL OR r.valid_from <= %(date)s)
  AND (r.valid_to IS NULL OR r.valid_to >= %(date)s)
  AND (r.scope = 'all' OR r.party_id = %(party)s::bigint
    OR r.group_code = ANY(%(groups)s::text[]))"""
_COLUMNS = """w.line, r.id, r.scope, r.target, r.method, r.value, r.min_qty, r.valid_from,
  r.valid_to, r.priority, r.negotiation_id"""
# Rules of a product, of its category and of everything, each by its own index.
CANDIDATES = f"""
WITH w AS (SELECT line, product_id, category_id FROM json_to_recordset(%(wanted)s::json)
  AS w(line int, product_id bigint, category_id bigint))
SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
  SELECT {_COLUMNS} FROM w JOIN @price_rule r ON r.product_id = w.product_id WHERE {_VALID}
  UNION ALL
  SELECT {_COLUMNS} FROM w JOIN @price_rule r ON r.category_id = w.category_id WHERE {_VALID}
  UNION ALL
  SELECT {_COLUMNS} FROM w CROSS JOIN @price_rule r WHERE r.target = 'all' AND {_VALID}) x"""


def prices_for_lines(
    wanted: typing.Sequence[PricedLine],
    party: Customer | None,
    date: dt.date,
    language: str = 'en',
) -> list[Price]:
    """The price of each line for this customer on this day; one statement for all lines.

    Without a customer only public prices count (PRI-3). Explained in `language`, fr or en.
    """
    if not wanted:
        return []
    rules: list[list[Candidate]] = [[] for _ in wanted]
    for candidate in _candidates(wanted, party, date):
        rules[candidate.line].append(candidate)
    return [waterfall(line, own, language) for line, own in zip(wanted, rules, strict=True)]


def _candidates(
    wanted: typing.Sequence[PricedLine], party: Customer | None, date: dt.date
) -> list[Candidate]:
    lines = [
        {'line': n, 'product_id': line.product.id, 'category_id': line.product.category_id}
        for n, line in enumerate(wanted)
    ]
    groups = [code for code in (party.group, party.price_tier) if code] if party else []
    named = {
        'wanted': as_json(lines),
        'party': party.id if party else None,
        'groups': groups,
        'date': date,
    }
    body = database.json(CANDIDATES, named)
    return msgspec.json.decode(body or b'[]', type=list[Candidate])


RULES = Listing(
    columns="""r.id, r.uid, r.name,
      CASE WHEN r.negotiation_id IS NOT NULL THEN 'negotiated' WHEN r.scope = 'customer'
        THEN 'customer' ELSE 'tier' END AS source,
      r.scope, c.code AS customer_code, r.group_code AS "group", r.target, p.sku,
      k.code AS category, r.method, r.value, r.min_qty, r.valid_from, r.valid_to, r.priority,
      r.is_active AS active, r.negotiation_id, r.version, r.created_at, r.updated_at""",
    source='@price_rule r',
    joins="""LEFT JOIN @party c ON c.id = r.party_id LEFT JOIN @product p ON p.id = r.product_id
      LEFT JOIN @category k ON k.id = r.category_id""",
    filters={
        'id': 'r.id = %(id)s',
        'customer_code': """r.party_id = (SELECT c.id FROM @party c
          WHERE c.code = upper(%(customer_code)s))""",
        'sku': """r.product_id = (SELECT p.id FROM @product p
          WHERE upper(p.sku) = upper(%(sku)s))""",
        'category': """r.category_id = (SELECT k.id FROM @category k
          WHERE k.code = upper(%(category)s))""",
        'group': 'r.group_code = %(group)s',
        'active': 'r.is_active = %(active)s',
        'date': """(r.valid_from IS NULL OR r.valid_from <= %(date)s)
          AND (r.valid_to IS NULL OR r.valid_to >= %(date)s)""",
        'search': holds('r.name'),
        'updated_since': 'r.updated_at >= %(updated_since)s',
    },
    orders={
        'id': 'r.id',
        'name': 'r.name',
        'priority': 'r.priority',
        'valid_from': 'r.valid_from',
        'created_at': 'r.id',
    },
    nullable=frozenset({'valid_from'}),
    tiebreak='r.id',
)

#: An open negotiation whose time is over is expired, also before the nightly job has written it.
STATUS = """(CASE WHEN n.status IN ('pending', 'countered') AND n.valid_until < t.today
  THEN 'expired' ELSE n.status END)"""

NEGOTIATIONS = Listing(
    columns=f"""n.id, n.uid, n.number, n.party_id AS customer_id, c.code AS customer_code,
      c.name AS customer_name, n.product_id, n.sku, n.requested_price, n.qty, n.current_price,
      n.currency, n.reason, n.valid_from, n.valid_until, {STATUS} AS status, n.counter_price,
      n.counter_by, n.price, (SELECT max(r.id) FROM @price_rule r WHERE r.negotiation_id = n.id)
      AS rule_id, n.history, n.decided_by, n.decided_at, n.version, n.created_at, n.updated_at""",
    source=f'@negotiation n CROSS JOIN (SELECT {TODAY} AS today) t',
    joins='JOIN @party c ON c.id = n.party_id',
    filters={
        'id': 'n.id = %(id)s',
        'status': f'{STATUS} = ANY(%(status)s)',
        'customer_code': """n.party_id = (SELECT c.id FROM @party c
          WHERE c.code = upper(%(customer_code)s))""",
        'sku': 'upper(n.sku) = upper(%(sku)s)',
        'date': f"""n.created_at >= %(date)s::timestamp AT TIME ZONE {ZONE}
          AND n.created_at < (%(date)s::timestamp + interval '1 day') AT TIME ZONE {ZONE}""",
        'search': """(upper(n.number) LIKE upper(%(search)s) || '%%'
          OR upper(n.sku) LIKE upper(%(search)s) || '%%')""",
        'updated_since': 'n.updated_at >= %(updated_since)s',
    },
    orders={
        'created_at': 'n.id',
        'status': 'n.status',
        'requested_price': 'n.requested_price',
        'valid_until': 'n.valid_until',
    },
    nullable=frozenset({'valid_until'}),
    default=('created_at', 'desc'),
    tiebreak='n.id',
)


def read_rule(rule_id: int) -> RuleRead | None:
    rows, _ = RULES.read(RuleRead, {'id': rule_id}, Slice(limit=1))
    return rows[0] if rows else None


def read_negotiation(negotiation_id: int) -> NegotiationRead | None:
    filters = {'id': negotiation_id, **today_params()}
    rows, _ = NEGOTIATIONS.read(NegotiationRead, filters, Slice(limit=1))
    return rows[0] if rows else None
