"""The limit: a bare WSGI function, one prepared statement a request, JSON made by PostgreSQL.

No framework, no authentication, no validation, no ledger, no events. Run by the same gunicorn as
KARVO: what is measured against it is what KARVO itself costs.
"""

import json
import os
import threading
import typing
import urllib.parse

import psycopg

SCHEMA = os.environ.get('BENCH_SCHEMA', '')
COLUMNS = """d.id, d.uid, d.number AS invoice_no, d.party_id AS customer_id, d.customer_code,
  d.customer_name, d.date, d.due_date, d.state, d.payment_terms, d.currency, d.subtotal,
  d.discount_total, d.total, d.total - d.balance AS amount_paid, d.balance, d.tax_source,
  d.language, d.ship_to, d.po_reference, d.notes, d.metadata, d.source, d.salesperson,
  d.is_disputed, d.sent_at, d.posted_at, d.version, d.created_at, d.updated_at,
  d.tps, d.tvq, d.tvh, d.tvp, d.taxes::json AS taxes"""
LINES = """coalesce((SELECT json_agg(json_build_object('id', l.id, 'line_no', l.position,
    'product_id', l.product_id, 'sku', l.sku, 'description', l.description, 'description_fr',
    l.description_fr, 'qty', l.qty, 'uom', l.uom, 'unit_price', l.unit_price, 'discount_pct',
    l.discount_pct, 'line_total', l.line_total, 'tax_code', l.tax_code) ORDER BY l.position)
    FROM @document_line l WHERE l.document_id = d.id), '[]') AS lines"""
GET = f"""SELECT row_to_json(z)::text FROM (SELECT {COLUMNS}, {LINES} FROM @document d
  WHERE d.id = %(id)s) z"""
OWN = """d.type = 'invoice' AND d.deleted_at IS NULL
    AND d.party_id = (SELECT c.id FROM @party c WHERE c.code = %(code)s)"""
LIST = f"""SELECT json_build_object('total', (SELECT count(*) FROM @document d WHERE {OWN}),
  'data', coalesce((SELECT json_agg(row_to_json(z)) FROM (
    SELECT {COLUMNS} FROM @document d WHERE {OWN}
    ORDER BY d.date DESC, d.id DESC LIMIT 25) z), '[]'))::text"""
SEARCH = f"""WITH m AS MATERIALIZED (SELECT d.id FROM @document d WHERE d.type = 'invoice'
    AND d.deleted_at IS NULL AND d.search_text LIKE '%%' || %(q)s || '%%')
  SELECT json_build_object('total', (SELECT count(*) FROM m), 'data', coalesce((
    SELECT json_agg(row_to_json(z)) FROM (SELECT {COLUMNS} FROM @document d
      JOIN (SELECT id FROM m ORDER BY id DESC LIMIT 25) k ON k.id = d.id ORDER BY d.id DESC) z),
    '[]'))::text"""
AGING = """WITH owed AS (SELECT d.party_id,
    sum(d.balance) FILTER (WHERE current_date <= d.due_date) AS current,
    sum(d.balance) FILTER (WHERE current_date - d.due_date BETWEEN 1 AND 30) AS days_30,
    sum(d.balance) FILTER (WHERE current_date - d.due_date BETWEEN 31 AND 60) AS days_60,
    sum(d.balance) FILTER (WHERE current_date - d.due_date BETWEEN 61 AND 90) AS days_90,
    sum(d.balance) FILTER (WHERE current_date - d.due_date > 90) AS days_90_plus,
    sum(d.balance) AS total, count(*) AS invoice_count, min(d.due_date) AS oldest_due_date
  FROM @document d WHERE d.balance > 0 AND d.type = 'invoice' AND d.state = 'posted'
  GROUP BY d.party_id)
  SELECT coalesce(json_agg(row_to_json(z)), '[]')::text FROM (
    SELECT c.code AS customer_code, c.name AS customer_name, o.* FROM owed o
    JOIN @party c ON c.id = o.party_id ORDER BY c.name LIMIT 25) z"""
CREATE = """WITH lines AS (
    SELECT x.*, round(x.qty * x.unit_price, 2) AS total FROM
    ROWS FROM (json_to_recordset(%(lines)s::json) AS (description text, qty numeric,
    unit_price numeric)) WITH ORDINALITY AS x(description, qty, unit_price, position)),
  sums AS (SELECT sum(total) AS net, round(sum(total) * 0.05, 2) AS tps,
    round(sum(total) * 0.09975, 2) AS tvq FROM lines),
  party AS (SELECT id, code, name FROM @party WHERE code = %(code)s),
  taken AS (INSERT INTO @number_series AS s (code, year, next_value, pattern)
    VALUES ('BARE', 2026, 2, '') ON CONFLICT (code, year)
    DO UPDATE SET next_value = s.next_value + 1 RETURNING next_value - 1 AS n),
  d AS (INSERT INTO @document (uid, key, type, state, number, number_year, number_value, party_id,
      customer_code, customer_name, customer, date, due_date, payment_terms, currency, fx_rate,
      subtotal, discount_total, tax_total, total, balance, tax_source, language, supply_country,
      supply_province, metadata, source, is_disputed, search_text, posted_at, version, created_at,
      updated_at, tps, tvq, tvh, tvp, taxes, tax_details)
    SELECT gen_random_uuid(), 'b' || n, 'invoice', 'posted', 'BARE-' || n, 2026, n, party.id,
      party.code, party.name, '{}', current_date, current_date + 30, 'NET30', 'CAD', 1, net, 0,
      tps + tvq, net + tps + tvq, net + tps + tvq, 'computed', 'fr', 'CA', 'QC', '{}', 'api',
      false, 'bare-' || n || ' ' || lower(party.code), now(), 1, now(), now(), tps, tvq, 0, 0,
      json_build_array(
        json_build_object('code', 'TPS', 'label', 'TPS/GST', 'rate', 5, 'base', net,
          'amount', tps),
        json_build_object('code', 'TVQ', 'label', 'TVQ/QST', 'rate', 9.975, 'base', net,
          'amount', tvq))::text,
      json_build_array(
        json_build_object('family', 'tps', 'regime', 'gst', 'label_en', 'GST', 'account', '2100',
          'registration_number', ''),
        json_build_object('family', 'tvq', 'regime', 'qst', 'label_en', 'QST', 'account', '2110',
          'registration_number', ''))::text
    FROM party, sums, taken RETURNING *),
  l AS (INSERT INTO @document_line (document_id, position, description, description_fr, kind, qty,
      uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost)
    SELECT d.id, position, description, description, 'product', qty, 'unit', unit_price, 0,
      lines.total, 'taxable', false, '4000', 0 FROM d, lines RETURNING *)
  SELECT (SELECT to_jsonb(d) FROM d) || jsonb_build_object(
    'taxes', (SELECT d.taxes::jsonb FROM d),
    'lines', (SELECT jsonb_agg(to_jsonb(l)) FROM l))"""
STATEMENTS = {
    name: sql.replace('@', f'"{SCHEMA}".')
    for name, sql in {
        'get': GET,
        'list': LIST,
        'search': SEARCH,
        'aging': AGING,
        'create': CREATE.replace('SELECT (SELECT to_jsonb', 'SELECT ((SELECT to_jsonb') + ')::text',
    }.items()
}


class _Thread(threading.local):
    connection: psycopg.Connection | None = None


_thread = _Thread()


def _connection() -> psycopg.Connection:
    if _thread.connection is None:
        url = os.environ['KARVO_DATABASE_URL']
        _thread.connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
    return _thread.connection


def app(environ: dict[str, typing.Any], start: typing.Any) -> list[bytes]:
    """`/get?id=1`, `/list?code=C00001`, `/search?q=abc`, `/aging`, `POST /create`."""
    name = environ['PATH_INFO'][1:]
    if name == 'create':
        body = json.loads(environ['wsgi.input'].read(int(environ['CONTENT_LENGTH'])))
        params = {'code': body['customer_code'], 'lines': json.dumps(body['lines'])}
    else:
        params = dict(urllib.parse.parse_qsl(environ['QUERY_STRING']))
    row = _connection().execute(STATEMENTS[name], params).fetchone()
    data: bytes = row[0].encode() if row else b''
    length = str(len(data))
    start('200 OK', [('Content-Type', 'application/json'), ('Content-Length', length)])
    return [data]
