"""Quotes as read structs, each read in one statement."""

import msgspec

from karvo.kit.db import database
from karvo.kit.paging import Listing, Slice
from karvo.kit.text import like
from karvo.products.reads import skus_of
from plugins.sales.schemas import QuoteFilter, QuoteLineRead, QuoteRead

COLUMNS = """q.id, q.uid, q.key, q.number, q.party_id AS customer_id, q.customer_code,
  q.customer_name, q.status, q.revision, q.date, q.valid_until, q.currency, q.language, q.subtotal,
  q.discount_total, q.tax_total, q.total, q.taxes, q.ship_to, q.reference, q.notes, q.metadata,
  q.source, q.sent_at, q.accepted_at, q.accepted_by, q.accepted_how, q.accepted_ip,
  q.accepted_signer, q.accepted_email, q.declined_at, q.declined_how, q.declined_reason,
  q.converted_at, q.invoice_id, d.number AS invoice_number, q.version, q.created_at, q.updated_at"""
LINE_COLUMNS = """l.id, l.position AS line_no, l.product_id, l.sku, l.description,
  l.description_fr, l.kind, l.qty, l.uom, l.unit_price, l.discount_pct, l.line_total, l.tax_code,
  l.pst_exempt, l.tax_rate"""
LINES = f"""coalesce((SELECT json_agg(row_to_json(y)) FROM (SELECT {LINE_COLUMNS}
  FROM @sales_quote_line l WHERE l.quote_id = q.id ORDER BY l.position) y), '[]') AS lines"""


def quote_listing(*sections: str) -> Listing:
    """A list of quotes with these sections added to each."""
    return Listing(
        columns=', '.join((COLUMNS, *sections)),
        source='@sales_quote q',
        joins='LEFT JOIN @document d ON d.id = q.invoice_id',
        filters={
            'id': 'q.id = %(id)s',
            'status': 'q.status = ANY(%(status)s)',
            'customer_id': 'q.party_id = %(customer_id)s',
            'customer': """q.party_id = (SELECT p.id FROM @party p
              WHERE p.code = upper(%(customer)s))""",
            'date_from': 'q.date >= %(date_from)s',
            'date_to': 'q.date <= %(date_to)s',
            'valid_before': 'q.valid_until < %(valid_before)s',
            'search': "q.search_text LIKE '%%' || %(search)s || '%%'",
            'updated_since': 'q.updated_at >= %(updated_since)s',
        },
        orders={
            'date': 'q.date',
            'valid_until': 'q.valid_until',
            'total': 'q.total',
            'number': 'q.number',
            'created_at': 'q.id',
            'updated_at': 'q.updated_at',
        },
        default=('date', 'desc'),
        tiebreak='q.id',
    )


QUOTES = quote_listing()
QUOTES_WITH_LINES = quote_listing(LINES)


def read_quote(quote_id: int) -> QuoteRead | None:
    """One quote with its lines."""
    rows, _ = QUOTES_WITH_LINES.read(QuoteRead, {'id': quote_id}, Slice(limit=1))
    return rows[0] if rows else None


def list_quotes(
    wanted: QuoteFilter, part: Slice, *, with_lines: bool = False
) -> tuple[list[QuoteRead], int]:
    """(quotes, total), the latest date first; raises Invalid for an unknown order."""
    filters = msgspec.structs.asdict(wanted)
    filters['search'] = like(wanted.search) if wanted.search else None
    listing = QUOTES_WITH_LINES if with_lines else QUOTES
    return listing.read(QuoteRead, filters, part)


def offered_skus(lines: list[QuoteLineRead]) -> dict[int, str]:
    """{line's id: what its product is called today}, else the text that was offered."""
    skus = skus_of([line.product_id for line in lines if line.product_id])
    named = {line.id: skus.get(line.product_id or 0, line.sku) for line in lines}
    return {line_id: sku for line_id, sku in named.items() if sku}


def read_quote_lines(quote_id: int) -> list[QuoteLineRead]:
    """All lines of a quote, in order."""
    sql = f"""SELECT coalesce(json_agg(row_to_json(y)), '[]')::text FROM (SELECT {LINE_COLUMNS}
      FROM @sales_quote_line l WHERE l.quote_id = %(id)s ORDER BY l.position) y"""
    body = database.json(sql, {'id': quote_id})
    return msgspec.json.decode(body or b'[]', type=list[QuoteLineRead])
