"""Contracts as read: the list, one with its lines and service log."""

import datetime as dt
import typing

import msgspec

from karvo.cleaning.compute import Suspended
from karvo.cleaning.models import CleaningSuspension
from karvo.cleaning.schemas import ContractRead, VisitRead
from karvo.kit.db import database
from karvo.kit.paging import Listing

MOST_VISITS = 200  #: of one contract, the latest (CLN-3)
MASK = '••••'

_ROW = """k.id, k.uid, k.number AS contract_no, k.party_id AS customer_id,
  c.code AS customer_code, c.name AS customer_name, k.name, k.state AS status, k.site,
  k.start_date, k.end_date, k.auto_renew, k.billing, k.currency, k.language, k.total_value,
  (SELECT min(v.date) FROM @cleaning_visit v WHERE v.contract_id = k.id
    AND v.state = 'scheduled') AS next_service_date,
  k.next_invoice_on AS next_invoice_date, k.version, k.created_at, k.updated_at"""

CONTRACTS = Listing(
    columns=_ROW,
    source='@cleaning_contract k',
    joins='JOIN @party c ON c.id = k.party_id',
    filters={
        'status': 'k.state = ANY(%(status)s)',
        'customer_code': """k.party_id = (SELECT c.id FROM @party c
          WHERE c.code = upper(%(customer_code)s))""",
        'city': 'k.site_city = %(city)s',
        'expiring_before': "k.state = 'active' AND k.end_date <= %(expiring_before)s",
        'search': "k.search_text LIKE '%%' || %(search)s || '%%'",
        'updated_since': 'k.updated_at >= %(updated_since)s',
    },
    orders={
        'start_date': 'k.start_date',
        'end_date': 'k.end_date',
        'name': 'k.name',
        'total_value': 'k.total_value',
        'created_at': 'k.created_at',
    },
    nullable=frozenset({'end_date'}),
    default=('start_date', 'desc'),
    tiebreak='k.id',
)

_LINES = """(SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT l.id, l.position AS line_no, l.task_fr, l.task_en, l.area, l.frequency, l.weekdays,
    l.qty, l.unit_price, l.line_total, l.product_id, p.sku, l.estimated_minutes
  FROM @cleaning_line l LEFT JOIN @product p ON p.id = l.product_id
  WHERE l.contract_id = k.id ORDER BY l.position) x)"""
_VISIT = """v.id, v.contract_id, v.scheduled_at, v.state AS status, v.started_at, v.ended_at,
  v.employee, v.crew, v.tasks, v.supplies, v.photos, v.customer_signature, v.quality_score,
  v.billable, v.document_id AS invoice_id, v.note, v.version"""
_LOG = f"""(SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT {_VISIT} FROM @cleaning_visit v WHERE v.contract_id = k.id
    AND (%(log_from)s::date IS NULL OR v.date >= %(log_from)s::date)
    AND (%(log_to)s::date IS NULL OR v.date <= %(log_to)s::date)
  ORDER BY v.scheduled_at DESC, v.id DESC LIMIT {MOST_VISITS}) x)"""
_PERIODS = """(SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM (
  SELECT i.period_start, i.period_end, i.active_days, i.days, i.amount,
    i.document_id AS invoice_id
  FROM @cleaning_period i WHERE i.contract_id = k.id ORDER BY i.period_start DESC LIMIT 200) x)"""
_SUSPENSIONS = """(SELECT coalesce(json_agg(json_build_object('from', s.since, 'to', s.until)
  ORDER BY s.since), '[]') FROM @cleaning_suspension s WHERE s.contract_id = k.id)"""
ONE = f"""
SELECT row_to_json(x)::text FROM (
  SELECT {_ROW}, k.key_code IS NOT NULL AS has_key_code,
    CASE WHEN k.key_code IS NOT NULL THEN '{MASK}' END AS key_code, k.renewal_notice_days,
    k.price_per_period, k.billing_day, k.indexation_pct, k.indexation_month, k.priced_on,
    k.fr_version_delivered_at, k.visit_time, k.po_reference, k.crew, k.notes, k.metadata,
    k.predecessor_id, (SELECT n.id FROM @cleaning_contract n WHERE n.predecessor_id = k.id)
    AS successor_id, k.billed_through, k.terminated_on, k.reason, {_SUSPENSIONS} AS suspensions,
    {_PERIODS} AS invoices, {_LINES} AS lines, {_LOG} AS service_log
  FROM @cleaning_contract k JOIN @party c ON c.id = k.party_id WHERE k.id = %(id)s) x"""
ONE_VISIT = f"""
SELECT row_to_json(x)::text FROM (SELECT {_VISIT} FROM @cleaning_visit v WHERE v.id = %(id)s) x"""

#: Ids of contracts that wait for something on a day; each is locked when its turn comes.
TO_INVOICE = """
SELECT id FROM @cleaning_contract WHERE next_invoice_on <= %(day)s ORDER BY next_invoice_on, id"""
#: Paid by the visit, settled to their end, and then somebody said that a visit had taken place.
TO_INVOICE_LATE = """
SELECT k.id FROM @cleaning_contract k
WHERE k.billing = 'per_visit' AND k.next_invoice_on IS NULL AND k.state <> 'draft'
  AND EXISTS (SELECT 1 FROM @cleaning_visit v WHERE v.contract_id = k.id
    AND v.state = 'completed' AND v.billable AND v.document_id IS NULL AND v.date <= %(day)s)
ORDER BY k.id"""
TO_EXPIRE = """
SELECT id FROM @cleaning_contract WHERE state = 'active' AND end_date < %(day)s
ORDER BY end_date, id"""
TO_TELL = """
SELECT id FROM @cleaning_contract WHERE state = 'active' AND end_date >= %(day)s
  AND end_date - renewal_notice_days <= %(day)s AND expiring_told IS DISTINCT FROM end_date
ORDER BY end_date, id"""
TO_PLAN = """
SELECT id FROM @cleaning_contract WHERE state = 'active' ORDER BY id"""


def read_contract(
    contract_id: int, log_from: dt.date | None = None, log_to: dt.date | None = None
) -> ContractRead | None:
    """With the latest 200 visits of those days."""
    named = {'id': contract_id, 'log_from': log_from, 'log_to': log_to}
    body = database.json(ONE, named)
    return msgspec.json.decode(body, type=ContractRead) if body else None


def read_visit(visit_id: int) -> VisitRead | None:
    body = database.json(ONE_VISIT, {'id': visit_id})
    return msgspec.json.decode(body, type=VisitRead) if body else None


def ids_of(sql: str, day: dt.date) -> list[int]:
    """Of contracts by one of the statements above."""
    return [int(row[0]) for row in database.run(sql, {'day': day}).fetchall()]


def suspensions_of(contract_id: int) -> list[Suspended]:
    """The days without service of a contract."""
    query = CleaningSuspension.select().where(CleaningSuspension.contract == contract_id)
    rows: typing.Iterable[CleaningSuspension] = query.order_by(CleaningSuspension.since)
    return [Suspended(row.since, row.until) for row in rows]
