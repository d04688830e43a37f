"""What the books say of customers on a day: one statement, for one or for all of them."""

import datetime as dt

import msgspec

from karvo.analytics.health import USUAL_K, Facts
from karvo.kit.db import database

_POSTED = "d.state IN ('posted', 'written_off') AND d.deleted_at IS NULL"
_RECENT = 'd.date > %(today)s::date - 180'
_EARLIER = 'd.date > %(today)s::date - 360 AND d.date <= %(today)s::date - 180'
_NET = "CASE d.type WHEN 'invoice' THEN d.subtotal ELSE -d.subtotal END * d.fx_rate"

# A mean gap needs everybody's orders, whoever is asked for.
_FACTS = f"""
WITH bought AS MATERIALIZED (
  SELECT o.party_id, count(*) AS orders, min(o.date) AS first, max(o.date) AS last,
    count(*) FILTER (WHERE o.date > %(today)s::date - 180) AS orders_recent,
    count(*) FILTER (WHERE o.date > %(today)s::date - 360
      AND o.date <= %(today)s::date - 180) AS orders_earlier
  FROM (SELECT DISTINCT d.party_id, d.date FROM @document d
    WHERE d.type = 'invoice' AND {_POSTED} AND d.date <= %(today)s::date) o
  GROUP BY o.party_id),
money AS (
  SELECT d.party_id,
    sum({_NET}) FILTER (WHERE {_RECENT}) AS revenue_recent,
    sum({_NET}) FILTER (WHERE {_EARLIER}) AS revenue_earlier,
    sum(d.subtotal * d.fx_rate) FILTER (WHERE d.type = 'invoice') AS gross,
    sum(d.subtotal * d.fx_rate) FILTER (WHERE d.type = 'credit_note') AS credited
  FROM @document d
  WHERE d.type IN ('invoice', 'credit_note') AND {_POSTED} AND d.date <= %(today)s::date
    AND d.date > %(today)s::date - 365 {{whose}}
  GROUP BY d.party_id),
paid AS (
  SELECT d.party_id, a.amount * d.fx_rate AS amount, p.date - d.due_date AS days
  FROM @document d JOIN @allocation a ON a.invoice_id = d.id JOIN @payment p ON p.id = a.payment_id
  WHERE d.due_date > %(today)s::date - 365 AND p.date <= %(today)s::date
    AND p.state = 'posted' {{whose}}
  UNION ALL
  SELECT d.party_id, d.balance * d.fx_rate, %(today)s::date - d.due_date FROM @document d
  WHERE d.type = 'invoice' AND d.state = 'posted' AND d.balance > 0 AND d.deleted_at IS NULL
    AND d.due_date > %(today)s::date - 365 AND d.due_date < %(today)s::date {{whose}}),
late AS (
  SELECT d.party_id, sum(d.amount * greatest(d.days, 0)) / nullif(sum(d.amount), 0) AS late
  FROM paid d GROUP BY d.party_id)
SELECT json_build_object(
  'k', (SELECT c.k FROM @health_calibration c ORDER BY c.fitted_on DESC LIMIT 1),
  'customers', (SELECT coalesce(json_agg(row_to_json(x) ORDER BY x.id), '[]') FROM (
    SELECT c.id, c.uid, c.code, c.name, coalesce(b.orders, 0) AS orders, b.first, b.last,
      coalesce(b.orders_recent, 0) AS orders_recent,
      coalesce(b.orders_earlier, 0) AS orders_earlier,
      coalesce(m.revenue_recent, 0)::float8 AS revenue_recent,
      coalesce(m.revenue_earlier, 0)::float8 AS revenue_earlier,
      coalesce(m.gross, 0)::float8 AS gross, coalesce(m.credited, 0)::float8 AS credited,
      coalesce(l.late, 0)::float8 AS late,
      coalesce((SELECT sum(g.last - g.first)::float8 / nullif(sum(g.orders - 1), 0)
        FROM bought g), 60) AS mean_gap
    FROM @party c LEFT JOIN bought b ON b.party_id = c.id LEFT JOIN money m ON m.party_id = c.id
      LEFT JOIN late l ON l.party_id = c.id
    WHERE c.is_customer AND c.deleted_at IS NULL {{who}}) x))::text"""
_ALL = _FACTS.replace('{whose}', '').replace('{who}', '')
_ONE = _FACTS.replace('{whose}', 'AND d.party_id = %(id)s').replace('{who}', 'AND c.id = %(id)s')

_ORDERS = f"""
SELECT coalesce(json_agg(o.dates), '[]')::text FROM (
  SELECT array_agg(DISTINCT d.date ORDER BY d.date) AS dates FROM @document d
  WHERE d.type = 'invoice' AND {_POSTED} AND d.date <= %(today)s::date GROUP BY d.party_id) o"""


class Customers(msgspec.Struct, kw_only=True):
    """`k` is null until it was fitted."""

    k: float | None
    customers: list[Facts]

    @property
    def factor(self) -> float:
        return USUAL_K if self.k is None else self.k


def read_customer(customer_id: int, today: dt.date) -> tuple[Facts | None, Customers]:
    """One customer; None where there is none."""
    found = _decoded(database.json(_ONE, {'today': today, 'id': customer_id}))
    return next(iter(found.customers), None), found


def read_customers(today: dt.date) -> Customers:
    """All of them, by id."""
    return _decoded(database.json(_ALL, {'today': today}))


def read_orders(today: dt.date) -> list[list[dt.date]]:
    """The order dates of each who ever bought."""
    body = database.json(_ORDERS, {'today': today}) or b'[]'
    return msgspec.json.decode(body, type=list[list[dt.date]])


def _decoded(body: bytes | None) -> Customers:
    return msgspec.json.decode(body or b'{}', type=Customers)
