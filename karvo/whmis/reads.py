"""Safety data sheets as read: the list, one product's, who was given which."""

import datetime as dt

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing
from karvo.settings.reads import TODAY, today_params
from karvo.whmis.schemas import SdsRead

DAYS_AHEAD = 90  #: a review is due from so many days before its date
TRANSITION_END = dt.date(2025, 12, 14)  #: of the regulations as they stood before 2022-12-15
MONTHS_TO_NOTIFY = 24

STATUS = f"""(CASE WHEN s.state <> 'current' THEN s.state WHEN s.review_due < t.today THEN 'expired'
  WHEN s.review_due <= t.today + {DAYS_AHEAD} THEN 'review_due' ELSE 'current' END)"""
#: In force under rules that no longer hold.
OUTDATED = f"(s.hpr_version = 2015 AND t.today > '{TRANSITION_END}'::date)"
LANGUAGES = "array_remove(string_to_array(s.languages, '+'), '')"
CLOCK = f'CROSS JOIN (SELECT {TODAY} AS today) t'

SHEETS = Listing(
    columns=f"""s.id, p.sku, s.product_id, s.product_identifier, s.version_no,
      {STATUS} AS status, s.signal_word, array_remove(string_to_array(s.classes, ' '), '')
      AS classes, s.content -> 'pictograms' AS pictograms, s.content -> 'supplier' ->> 'name'
      AS supplier, s.revised_on, s.review_due,
      {LANGUAGES} AS languages, s.languages <> 'fr+en' AS language_missing, s.hpr_version,
      {OUTDATED} AS hpr_transition_expired, s.version, s.updated_at""",
    source=f'@sds s {CLOCK}',
    joins='JOIN @product p ON p.id = s.product_id',
    filters={
        'id': 's.id = %(id)s',
        'status': f'{STATUS} = ANY(%(status)s)',
        'live': "s.state <> 'superseded' AND %(live)s::boolean",
        'signal_word': 's.signal_word = %(signal_word)s',
        'class': "s.classes LIKE '%% ' || %(class)s || ' %%'",
        'review_before': 's.review_due < %(review_before)s',
        'supplier': "s.supplier LIKE '%%' || %(supplier)s || '%%'",
        'search': "s.search_text LIKE '%%' || %(search)s || '%%'",
        'updated_since': 's.updated_at >= %(updated_since)s',
    },
    orders={
        'review_due': 's.review_due',
        'revised_on': 's.revised_on',
        'product_identifier': 's.product_identifier',
        'updated_at': 's.updated_at',
    },
    default=('review_due', 'asc'),
    tiebreak='s.id',
)

_VERSIONS = f"""(SELECT json_agg(row_to_json(v)) FROM (
  SELECT s.version_no, {STATUS} AS status, s.revised_on, s.created_at
  FROM @sds s WHERE s.product_id = w.product_id ORDER BY s.version_no DESC) v)"""
_FILES = """(SELECT coalesce(json_agg(json_build_object('language', f.language, 'size', f.size,
  'sha256', f.sha256) ORDER BY f.language), '[]') FROM @sds_file f WHERE f.sds_id = s.id)"""
#: What is in force comes before drafts, these before what was superseded.
_WANTED = """SELECT x.id, x.product_id FROM @sds x WHERE x.product_id = %(product_id)s
  AND (%(version_no)s::int IS NULL OR x.version_no = %(version_no)s::int)
  ORDER BY x.state = 'current' DESC, x.state = 'draft' DESC, x.version_no DESC LIMIT 1"""
_ONE = f"""
SELECT row_to_json(r)::text FROM (
  SELECT s.id, s.uid, s.product_id, p.sku, p.name_fr, p.name_en, s.version_no, {STATUS} AS status,
    {LANGUAGES} AS languages, s.review_due, s.languages <> 'fr+en' AS language_missing,
    {OUTDATED} AS hpr_transition_expired, s.content, {_FILES} AS files, {_VERSIONS} AS versions,
    s.version, s.created_at, s.updated_at
  FROM (§) w JOIN @sds s ON s.id = w.id JOIN @product p ON p.id = s.product_id {CLOCK}) r"""
ONE = _ONE.replace('§', _WANTED)
BY_ID = _ONE.replace('§', 'SELECT x.id, x.product_id FROM @sds x WHERE x.id = %(id)s')

MISSING = f"""
SELECT p.sku FROM @product p {CLOCK}
WHERE p.id = ANY(%(ids)s) AND p.hazardous AND NOT EXISTS (SELECT 1 FROM @sds s
  WHERE s.product_id = p.id AND {STATUS} IN ('current', 'review_due') AND NOT {OUTDATED}
    AND s.languages = 'fr+en')
ORDER BY p.sku"""

#: Who does not have the sheet in force; without one, whoever was given another.
BEHIND = """(r.sds_id IS DISTINCT FROM (SELECT x.id FROM @sds x
  WHERE x.product_id = %(product_id)s AND x.state = 'current'))"""
RECIPIENTS = Listing(
    columns=f"""c.id AS customer_id, c.code AS customer_code, c.name AS customer_name, c.email,
      c.language, r.last_on AS last_shipped_on, s.version_no, d.date AS sent_on, d.channel,
      {BEHIND} AS to_notify""",
    source='@sds_recipient r',
    where='r.product_id = %(product_id)s AND r.last_on >= %(since)s',
    joins="""JOIN @party c ON c.id = r.party_id LEFT JOIN @sds_delivery d ON d.id = r.delivery_id
      LEFT JOIN @sds s ON s.id = r.sds_id""",
    filters={
        'to_notify': f'{BEHIND} = %(to_notify)s',
        'search': """r.party_id IN (SELECT c.id FROM @party c
          WHERE c.search_text LIKE '%%' || %(search)s || '%%')""",
    },
    orders={'last_shipped_on': 'r.last_on'},
    default=('last_shipped_on', 'desc'),
    tiebreak='r.id',
)
WAITING = """
SELECT count(*) FROM @sds_recipient r
WHERE r.product_id = %(product_id)s AND r.last_on >= %(since)s
  AND r.sds_id IS DISTINCT FROM %(sds_id)s"""

FILE = """
SELECT f.body FROM @sds_file f WHERE f.sds_id = %(sds_id)s AND f.language = ANY(%(languages)s)
ORDER BY array_position(%(languages)s, f.language) LIMIT 1"""

SUMMARIES = f"""
SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
  SELECT s.product_id, s.signal_word, s.content -> 'pictograms' AS pictograms,
    {STATUS} AS sds_status, s.review_due
  FROM @sds s {CLOCK} WHERE s.product_id = ANY(%(ids)s) AND s.state = 'current') x"""


#: The same of product `p` as one value, for lists.
SUMMARY = f"""(SELECT json_build_object('signal_word', s.signal_word, 'pictograms',
    s.content -> 'pictograms', 'sds_status', {STATUS}, 'review_due', s.review_due)
  FROM @sds s {CLOCK} WHERE s.product_id = p.id AND s.state = 'current' AND p.hazardous)"""


class Summary(msgspec.Struct, kw_only=True):
    """What a product shows of its sheet in force."""

    product_id: int
    signal_word: str
    pictograms: list[str]
    sds_status: str
    review_due: dt.date


def read_sheet(product_id: int, version_no: int | None = None) -> SdsRead | None:
    """The sheet in force, else the latest draft, else the last one there was; or that version."""
    named = {'product_id': product_id, 'version_no': version_no, **today_params()}
    body = database.json(ONE, named)
    return msgspec.json.decode(body, type=SdsRead) if body else None


def sheet_by_id(sds_id: int) -> SdsRead | None:
    body = database.json(BY_ID, {'id': sds_id, **today_params()})
    return msgspec.json.decode(body, type=SdsRead) if body else None


def missing_sds(product_ids: list[int]) -> list[str]:
    """SKUs of hazardous products without a current sheet in French and English (WH-7)."""
    rows = database.run(MISSING, {'ids': product_ids, **today_params()}).fetchall()
    return [sku for (sku,) in rows]


def summaries(product_ids: list[int]) -> dict[int, Summary]:
    """{product: its sheet in force}, in one statement."""
    body = database.json(SUMMARIES, {'ids': product_ids, **today_params()}) or b'[]'
    return {row.product_id: row for row in msgspec.json.decode(body, type=list[Summary])}


def file_of(sds_id: int, languages: list[str]) -> bytes | None:
    """The supplier's own PDF in the first of these languages that there is."""
    row = database.run(FILE, {'sds_id': sds_id, 'languages': languages}).fetchone()
    return bytes(row[0]) if row else None


def notify_since(today: dt.date) -> dt.date:
    """The day from which on customers are told of a revised sheet."""
    return today.replace(year=today.year - MONTHS_TO_NOTIFY // 12, day=min(today.day, 28))


def waiting_count(product_id: int, sds_id: int, since: dt.date) -> int:
    """Customers since that day who were not given this version."""
    named = {'product_id': product_id, 'sds_id': sds_id, 'since': since}
    row = database.run(WAITING, named).fetchone()
    return int(row[0]) if row else 0
