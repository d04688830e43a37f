"""A company with 100,000 documents and all that hangs on them, made by SQL in some seconds."""

import psycopg

from karvo.kit.db import Place, connect, url_of
from tests.large_money import MONEY
from tests.large_payroll import PAYROLL

DOCUMENTS = 100_000
FEW = 20_000  #: of what is no list
CUSTOMERS = 5_000
PRODUCTS = 5_000
SESSION = """
SET search_path TO "{0}", public;
SET session_replication_role = replica; -- foreign keys hold by construction
SET synchronous_commit = off;
SET maintenance_work_mem = '128MB'"""

PARTIES = """
INSERT INTO party (uid, key, code, name, type, is_customer, is_vendor, email, currency, group_code,
  credit_limit, credit_hold, tax_exempt, province, country, salesperson, tags, metadata,
  auto_created, dunning_excluded, in_collections, search_text, version, created_at, updated_at,
  deleted_at)
SELECT gen_random_uuid(), 'party' || n, c.code, c.name, 'company', n %% 50 <> 0, n %% 50 = 0,
  'buyer' || n || '@example.com', 'CAD', 'G' || n %% 20, 0, n %% 40 = 0, 'none',
  (ARRAY['QC', 'ON', 'BC', 'NB'])[n %% 4 + 1], 'CA', 'seller' || n %% 25, '[]', '{}', false, false,
  false, lower(c.code || ' ' || c.name), 1, c.at, c.at, CASE WHEN n %% 60 = 1 THEN c.at END
FROM generate_series(1, %(customers)s) n, LATERAL (SELECT 'C' || lpad(n::text, 5, '0') AS code,
  (ARRAY['Acme', 'Boreal', 'Cedar', 'Delta', 'Epicerie', 'Ferme', 'Gagnon'])[n %% 7 + 1] || ' '
  || md5(n::text) || ' Inc.' AS name, now() - n * interval '1 hour' AS at) c"""
CATEGORIES = """
INSERT INTO category (code, name_fr, name_en)
SELECT 'CAT-' || n, 'Rayon ' || n, 'Aisle ' || n FROM generate_series(1, 40) n"""
PRODUCT_ROWS = """
INSERT INTO product (uid, key, sku, name_fr, name_en, translation_missing, type, category_id, uom,
  barcode, list_price, cost, standard_cost, tax_code, pst_exempt, hazardous, allow_backorder,
  allow_negative, track, status, images, metadata, search_text, version, created_at, updated_at)
SELECT gen_random_uuid(), 'product' || n, 'SKU-' || n, 'Produit ' || md5(n::text),
  'Product ' || md5(n::text), false, (ARRAY['stockable', 'consumable', 'service'])[n %% 3 + 1],
  n %% 40 + 1, 'unit', lpad(n::text, 8, '0'), 5 + n %% 300, n %% 200, 0, 'taxable', false,
  n %% 30 = 0, true, false, 'none', CASE WHEN n %% 25 = 0 THEN 'archived' ELSE 'active' END,
  '[]', '{}',
  'sku-' || n || ' produit product ' || md5(n::text), 1, now() - n * interval '1 hour',
  now() - n * interval '1 hour'
FROM generate_series(1, %(products)s) n"""
ALIASES = """
INSERT INTO product_alias (product_id, alias, kind, party_id)
SELECT id, 'OLD-' || id, 'alias', 0 FROM product"""
# One in twenty is a credit note of an invoice before it; drafts, voids and bad debts are few; one
# in ten is open and one in thirty partly paid.
DOCUMENT_ROWS = """
INSERT INTO document (id, uid, key, type, state, number, number_year, number_value, party_id,
  customer_code, customer_name, customer, date, due_date, payment_terms, currency, fx_rate,
  subtotal, discount_total, tax_total, total, balance, tax_source, language, ship_to,
  supply_country, supply_province, po_reference, metadata, source, original_id, is_disputed,
  salesperson, search_text, posted_at, voided_on, version, created_at, updated_at, deleted_at, tps,
  tvq, tvh, tvp, taxes, tax_details)
SELECT n, gen_random_uuid(), 'doc' || n, x.type, x.state, y.number, y.year,
  CASE WHEN y.number IS NOT NULL THEN n END, p.id, p.code, p.name,
  '{"name": "as it was", "address1": "1 rue Principale", "city": "Laval"}', x.date, x.date + 30,
  'NET30', 'CAD', 1, x.net, 0, round(x.net * 0.14975, 2), x.net + round(x.net * 0.14975, 2),
  CASE WHEN x.state <> 'posted' THEN 0 WHEN n %% 10 = 0 THEN x.net + round(x.net * 0.14975, 2)
    WHEN n %% 30 = 1 THEN x.net ELSE 0 END,
  'computed', 'fr', NULL, 'CA', 'QC', CASE WHEN n %% 4 = 0 THEN 'PO-' || n END, '{}',
  (ARRAY['api', 'console', 'import'])[n %% 3 + 1],
  CASE WHEN x.type = 'credit_note' THEN n - 1 END, n %% 100 = 0, p.salesperson,
  lower(coalesce(y.number || ' ', '') || p.code || ' ' || p.name), x.at,
  CASE WHEN x.state = 'void' THEN x.date + 3 END, 1, x.at, x.at,
  CASE WHEN n %% 400 = 77 THEN x.at END, round(x.net * 0.05, 2),
  round(x.net * 0.14975, 2) - round(x.net * 0.05, 2), 0, 0, json_build_array(
    json_build_object('code', 'TPS', 'label', 'TPS/GST', 'rate', 5, 'base', x.net,
      'amount', round(x.net * 0.05, 2)),
    json_build_object('code', 'TVQ', 'label', 'TVQ/QST', 'rate', 9.975, 'base', x.net,
      'amount', round(x.net * 0.14975, 2) - round(x.net * 0.05, 2)))::text, %(tax_details)s
FROM generate_series(1, %(documents)s) n, LATERAL (SELECT
  CASE WHEN n %% 20 = 7 THEN 'credit_note' ELSE 'invoice' END AS type,
  CASE WHEN n %% 100 = 77 THEN 'draft' WHEN n %% 100 = 33 THEN 'void'
    WHEN n %% 200 = 55 THEN 'written_off' ELSE 'posted' END AS state,
  (current_date - (%(documents)s - n) / 140 - n %% 5)::date AS date,
  (20 + n * 7919 %% 3000)::numeric AS net,
  now() - (%(documents)s - n) * interval '10 minutes' AS at) x,
  LATERAL (SELECT extract(year FROM x.date)::int AS year, CASE WHEN x.state <> 'draft'
    THEN CASE x.type WHEN 'invoice' THEN 'INV-' ELSE 'CN-' END || extract(year FROM x.date)
    || '-' || lpad(n::text, 6, '0') END AS number) y, party p
WHERE p.id = n * 31 %% %(customers)s + 1 ORDER BY n"""
TAX_DETAILS = (
    '[{"family":"tps","regime":"gst","label_en":"GST","account":"2100","registration_number":""},'
    '{"family":"tvq","regime":"qst","label_en":"QST","account":"2110","registration_number":""}]'
)
LINES = """
INSERT INTO document_line (document_id, position, product_id, sku, description, description_fr,
  kind, qty, uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost)
SELECT d.id, l, (d.id * 3 + l) %% %(products)s + 1, 'SKU-' || (d.id * 3 + l) %% %(products)s + 1,
  'Product ' || l, 'Produit ' || l, 'product', 4, 'unit', 25, 0, 100, 'taxable', false, '4000', 0
FROM document d, generate_series(1, 1) l ORDER BY d.id, l"""
PAYMENTS = """
INSERT INTO payment (uid, key, state, number, number_year, number_value, party_id, date, amount,
  unallocated, currency, method, reference, metadata, is_balance_update, is_reconciled, voided_on,
  version, created_at, updated_at)
SELECT gen_random_uuid(), 'pay' || d.id, CASE WHEN d.id %% 90 = 2 THEN 'void' ELSE 'posted' END,
  'PAY-' || d.id, d.number_year, d.id, d.party_id, least(d.date + 20, current_date), d.total,
  CASE WHEN d.id %% 70 = 3 THEN 1 ELSE 0 END, 'CAD',
  (ARRAY['eft', 'cheque', 'card', 'cash'])[d.id %% 4 + 1], 'ref ' || md5(d.id::text), '{}', false,
  false, CASE WHEN d.id %% 90 = 2 THEN d.date + 25 END, 1, d.created_at, d.updated_at
FROM document d WHERE d.type = 'invoice' AND d.state = 'posted' AND d.balance < d.total
ORDER BY d.id"""
ALLOCATIONS = """
INSERT INTO allocation (kind, payment_id, credit_note_id, invoice_id, amount, date, created_at)
SELECT 'payment', p.id, NULL, p.number_value, p.amount, p.date, p.created_at FROM payment p
UNION ALL SELECT 'credit', NULL, d.id, d.original_id, d.total, d.date, d.created_at
FROM document d WHERE d.type = 'credit_note' AND d.original_id > 0
UNION ALL SELECT 'write_off', NULL, NULL, d.id, d.total, d.date, d.created_at
FROM document d WHERE d.state = 'written_off'"""
ENTRIES = """
INSERT INTO journal_entry (number, number_year, number_value, date, state, journal, memo,
  source_type, source_id, created_at)
SELECT 'JE-' || s.kind || s.id, s.year, s.id, s.date,
  'posted', 'sales', '', s.kind, s.id, now()
FROM (SELECT 'document' AS kind, id, number_year AS year, date FROM document
    WHERE state <> 'draft' AND id <= %(few)s
  UNION ALL SELECT 'payment', id, number_year, date FROM payment WHERE id <= %(few)s) s"""
ENTRY_LINES = """
INSERT INTO journal_line (entry_id, position, account_id, party_id, debit, credit, tax_code)
SELECT e.id, x.position, a.id, x.party, x.debit, x.credit, ''
FROM journal_entry e, (VALUES (1, '1100', 1, 115, 0), (2, '4000', NULL, 0, 115))
  x(position, code, party, debit, credit)
JOIN account a ON a.code = x.code WHERE e.source_type = 'document'
UNION ALL SELECT e.id, x.position, a.id, x.party, x.debit, x.credit, ''
FROM journal_entry e, (VALUES (1, '1050', NULL, 115, 0), (2, '1100', 1, 0, 115))
  x(position, code, party, debit, credit)
JOIN account a ON a.code = x.code WHERE e.source_type = 'payment'"""
EVENTS = """
INSERT INTO event (seq, uid, type, occurred_at, actor, resource, resource_id, resource_uid, object,
  previous)
SELECT row_number() OVER () + (SELECT coalesce(max(seq), 0) FROM event), 'evt_' || d.id,
  CASE WHEN d.id %% 900 = 0 THEN 'customer.updated' ELSE 'invoice.created' END, d.created_at,
  '{}', 'document', d.id, d.uid,
  '{"id": 1, "total": 115.00, "state": "posted", "customer": "as it was"}', '{}'
FROM document d"""
PRICE_RULES = """
INSERT INTO price_rule (uid, key, name, scope, party_id, group_code, target, product_id,
  category_id, method, value, min_qty, priority, is_active, version, created_at, updated_at)
SELECT gen_random_uuid(), 'rule' || n, 'Rule ' || n, x.scope,
  CASE WHEN x.scope = 'customer' THEN n %% %(customers)s + 1 END,
  CASE WHEN x.scope = 'group' THEN 'G' || n %% 20 END, x.target,
  CASE WHEN x.target = 'sku' THEN n %% %(products)s + 1 END,
  CASE WHEN x.target = 'category' THEN n %% 40 + 1 END, 'percent_off', 5, 0, n %% 10,
  n %% 7 <> 0, 1, now(), now() - n * interval '1 hour'
FROM generate_series(1, 20000) n, LATERAL (SELECT
  CASE WHEN n %% 3 = 0 THEN 'group' ELSE 'customer' END AS scope,
  CASE WHEN n %% 50 = 0 THEN 'category' ELSE 'sku' END AS target) x"""
NEGOTIATIONS = """
INSERT INTO negotiation (uid, key, number, party_id, product_id, sku, requested_price, qty,
  current_price, currency, status, history, proposed_by, version, created_at, updated_at)
SELECT gen_random_uuid(), 'neg' || n, 'NEG-' || n, n %% %(customers)s + 1,
  n %% %(products)s + 1, 'SKU-' || n %% %(products)s + 1, 5, 10, 6, 'CAD',
  CASE WHEN n %% 20 = 0 AND n <= %(customers)s THEN 'pending' WHEN n %% 3 = 0 THEN 'rejected'
    ELSE 'approved' END, '[]', 'key:1', 1, now() - n * interval '1 hour',
  now() - n * interval '1 hour'
FROM generate_series(1, 20000) n"""
WEBHOOKS = """
INSERT INTO webhook (id, uid, url, description, events, filters, payload, signatures, ordering,
  timeout, max_in_flight, header_names, secrets, since_seq, status, status_reason, version,
  created_at, updated_at)
SELECT n, 'hook' || n, 'https://hooks.example/' || n, '', '["*"]', '[]', 'full', '["v1"]', 'none',
  15, 8, '[]', '', 0, 'active', '', 1, now(), now() FROM generate_series(496, 505) n"""
STATES = """
INSERT INTO webhook_state (webhook_id, held_by, failures, exhausted)
SELECT id, '', 0, 0 FROM webhook"""
# Half of all are of one webhook; one in fifty failed, one in two hundred waits.
DELIVERIES = """
INSERT INTO webhook_delivery (webhook_id, event_seq, event_uid, event_type, occurred_at, order_key,
  state, is_single, attempts, deferrals, due_at, last_status, last_error, created_at, finished_at)
SELECT CASE WHEN n %% 2 = 0 THEN 501 ELSE 496 + n %% 10 END, n, 'evt_' || n,
  (ARRAY['invoice.created', 'invoice.paid', 'payment.received'])[n %% 3 + 1], x.at, '', x.state,
  false, 1, 0, CASE WHEN x.state = 'waiting' THEN x.at END,
  CASE WHEN x.state = 'delivered' THEN 200 ELSE 500 END, '', x.at,
  CASE WHEN x.state <> 'waiting' THEN x.at END
FROM generate_series(1, %(documents)s) n, LATERAL (SELECT
  CASE WHEN n %% 200 = 4 THEN 'waiting' WHEN n %% 50 < 2 THEN 'failed' ELSE 'delivered' END
    AS state, now() - (%(documents)s - n) * interval '1 minute' AS at) x"""
ATTEMPTS = """
INSERT INTO webhook_attempt (delivery_id, webhook_id, number, at, duration_ms, outcome, status,
  error)
SELECT d.id, d.webhook_id, 1, d.created_at, 20 + d.id %% 100,
  CASE d.state WHEN 'delivered' THEN 'delivered' ELSE 'status' END, d.last_status, ''
FROM webhook_delivery d ORDER BY d.id"""
# One in twenty is nobody's.
STRIPE_PAYMENTS = """
INSERT INTO stripe_payment (uid, external_id, state, reason, amount, currency, email, metadata,
  received_at, is_fee_booked, refunds, refunded_total, refunded_told, refunded_booked, disputes,
  created_at, updated_at)
SELECT gen_random_uuid(), 'pi_' || n, CASE WHEN n %% 20 = 0 THEN 'unmatched' ELSE 'booked' END, '',
  1000, 'CAD', 'buyer' || n || '@example.com', '{}', now(), false, '{}', 0, -1, 0, '{}', now(),
  now() - n * interval '1 hour'
FROM generate_series(1, 20000) n"""
# Three warehouses; each product lies in two of them, one in ten is reserved.
WAREHOUSES = """
INSERT INTO warehouse (id, uid, key, code, name, address, is_default, allow_negative, is_active,
  metadata, version, created_at, updated_at)
SELECT n, gen_random_uuid(), 'wh' || n, 'WH-' || n, 'Warehouse ' || n, '{}', n = 1, false, true,
  '{}', 1, now(), now() FROM generate_series(1, 3) n"""
LOCATIONS = """
INSERT INTO location (id, warehouse_id, code, name, is_default)
SELECT id, id, 'STOCK', name, true FROM warehouse"""
COSTS = """
INSERT INTO stock_cost (product_id, qty, value, unit_cost)
SELECT id, 10, 50, 5 FROM product"""
LEVELS = """
INSERT INTO stock_level (warehouse_id, product_id, qty, reserved)
SELECT w.id, p.id, p.id %% 40, CASE WHEN p.id %% 10 = 0 THEN least(p.id %% 40, 3) ELSE 0 END
FROM product p JOIN warehouse w ON (p.id + w.id) %% 3 <> 0"""
MOVES = """
INSERT INTO stock_move (product_id, warehouse_id, location_id, lot_id, kind, qty, value, unit_cost,
  date, source_type, source_id, source_line, note, created_at)
SELECT n %% %(products)s + 1, n %% 3 + 1, n %% 3 + 1, 0,
  (ARRAY['receipt', 'issue', 'transfer', 'adjustment'])[n %% 4 + 1], 1, 5, 5,
  current_date - (%(few)s - n) / 30, 'shipment', n, 1, '', now()
FROM generate_series(1, %(few)s) n"""
TRANSFERS = """
INSERT INTO transfer (id, uid, key, number, number_year, number_value, from_warehouse_id,
  to_warehouse_id, state, date, reference, version, created_at, updated_at)
SELECT n, gen_random_uuid(), 'tr' || n, 'TR-' || n, 2026, n, n %% 3 + 1, (n + 1) %% 3 + 1,
  CASE WHEN n %% 50 = 0 THEN 'in_transit' ELSE 'received' END, current_date - (5000 - n) / 10, '',
  1, now(), now() - (5000 - n) * interval '2 hours' FROM generate_series(1, 5000) n"""
TRANSFER_LINES = """
INSERT INTO transfer_line (transfer_id, position, product_id, lot_id, sku, qty, value)
SELECT id, 1, id %% %(products)s + 1, 0, 'SKU-' || id %% %(products)s + 1, 1, 5 FROM transfer"""
# Of every fifth invoice; one in twenty is still under way.
SHIPMENTS = """
INSERT INTO shipment (id, uid, key, number, number_year, number_value, document_id, party_id,
  customer_code, customer_name, state, method, warehouse_id, carrier, tracking_number, ship_to,
  language, scheduled_date, route, packages, history, shipped_at, search_text, version, created_at,
  updated_at)
SELECT n, gen_random_uuid(), 'shp' || n, 'SHP-' || n, 2026, n, d.id, d.party_id, d.customer_code,
  d.customer_name, CASE WHEN n %% 20 = 0 THEN (ARRAY['pending', 'picking', 'packed', 'on_hold'])
    [n / 20 %% 4 + 1] WHEN n %% 30 = 1 THEN 'cancelled' ELSE 'delivered' END,
  (ARRAY['delivery_run', 'carrier', 'pickup'])[n %% 3 + 1], n %% 3 + 1,
  (ARRAY['Purolator', 'UPS', NULL])[n %% 3 + 1], 'T' || md5(n::text),
  '{"line1": "1 rue Principale", "city": "Laval", "province": "QC"}', 'fr', d.date + 2,
  'R' || n %% 40, '[]', '[{"status": "pending", "at": "2026-01-01T00:00:00Z", "by": "key",
    "note": null}]', d.created_at,
  lower('SHP-' || n || ' ' || d.customer_code || ' ' || d.customer_name || ' T' || md5(n::text)),
  1, d.created_at, d.created_at
FROM generate_series(1, %(few)s) n JOIN document d ON d.id = n * 5"""
SHIPMENT_LINES = """
INSERT INTO shipment_line (shipment_id, position, document_id, document_line_id, product_id, sku,
  description, description_fr, uom, qty_ordered, qty, qty_backordered, lots)
SELECT s.id, 1, s.document_id, l.id, l.product_id, l.sku, l.description, l.description_fr, 'unit',
  4, 4, 0, '[]' FROM shipment s JOIN document_line l ON l.document_id = s.document_id"""
BACKORDERS = """
INSERT INTO backorder (uid, key, number, number_year, number_value, party_id, product_id, sku,
  description, document_id, document_line_id, qty, qty_fulfilled, state, warehouse_id, priority,
  expected_date, requested_date, po_number, version, created_at, updated_at)
SELECT gen_random_uuid(), 'bo' || n, 'BO-' || n, 2026, n, d.party_id, n %% %(products)s + 1,
  'SKU-' || n %% %(products)s + 1, 'Product', d.id, NULL, 4, 0, CASE WHEN n %% 20 = 0
    THEN (ARRAY['open', 'allocated'])[n / 20 %% 2 + 1] ELSE 'fulfilled' END, n %% 3 + 1,
  n %% 9 + 1, d.date + 20, d.date, CASE WHEN n %% 4 = 0 THEN 'PO-' || n END, 1, d.created_at,
  d.created_at
FROM generate_series(1, %(few)s) n JOIN document d ON d.id = n * 5"""
CLAIMS = """
INSERT INTO claim (uid, key, number, number_year, number_value, party_id, document_id, type,
  description, status, priority, amount_claimed, assigned_to, photos, refunded, opened_at, due_at,
  version, created_at, updated_at)
SELECT gen_random_uuid(), 'claim' || n, 'CLM-2026-' || lpad(n::text, 6, '0'), 2026, n,
  n %% %(customers)s + 1, CASE WHEN n %% 5 > 0 THEN n * 4 END,
  (ARRAY['damaged', 'defective', 'service'])[n %% 3 + 1], 'It leaks',
  CASE WHEN n %% 50 = 0 THEN 'open' WHEN n %% 50 = 1 THEN 'approved' ELSE 'closed' END, 'normal',
  n %% 900, 'clerk' || n %% 25, '[]', 0, x.at, x.at + interval '7 days', 1, x.at, x.at
FROM generate_series(1, %(few)s) n, LATERAL (SELECT now() - n * interval '1 hour' AS at) x"""
CLAIM_LINES = """
INSERT INTO claim_line (claim_id, position, product_id, sku, description, qty, amount)
SELECT id, 1, 1, 'SKU-1', 'Product 1', 1, 5 FROM claim"""
ATTACHED = """
UPDATE document SET has_attached = true WHERE id IN (SELECT document_id FROM shipment_line
  UNION SELECT document_id FROM backorder UNION SELECT document_id FROM claim)"""
LETTERS = """
INSERT INTO dunning (uid, key, party_id, run_on, state, level, name_fr, name_en, text_fr, text_en,
  currency, total, fee, interest, sets_hold, is_collections, version, created_at, updated_at)
SELECT gen_random_uuid(), 'letter' || n, n %% %(customers)s + 1, current_date - n / 60,
  CASE WHEN n %% 50 = 0 THEN 'draft' WHEN n %% 50 = 1 THEN 'sent' ELSE 'resolved' END, n %% 4 + 1,
  'Rappel', 'Reminder', '', '', 'CAD', n %% 900, 0, 0, false, false, 1, x.at, x.at
FROM generate_series(1, %(few)s) n, LATERAL (SELECT now() - n * interval '1 hour' AS at) x"""
LETTER_LINES = """
INSERT INTO dunning_line (dunning_id, document_id, number, date, due_date, days, level, total,
  balance)
SELECT id, id * 4, 'INV-' || id, run_on, run_on, 5, 1, 100, 100 FROM dunning"""
AGING_DAYS = """
INSERT INTO ar_aging_total (day, currency, customers, current, days_30, days_60, days_90,
  days_90_plus, total, disputed, unapplied_credits, net, invoice_count, taken_at)
SELECT current_date - n, 'CAD', 5, 1, 1, 1, 1, 1, 5, 0, 0, 5, 5, now() - n * interval '1 day'
FROM generate_series(1, 4000) n"""
SHEETS = """
INSERT INTO sds (uid, key, product_id, version_no, state, product_identifier, signal_word, supplier,
  classes, hpr_version, revised_on, review_due, languages, content, search_text, version,
  created_at, updated_at)
SELECT gen_random_uuid(), 'sds' || n, n %% %(products)s + 1, 4 - (n - 1) / %(products)s, CASE
  WHEN n > %(products)s THEN 'superseded' ELSE 'current' END, 'Product ' || n,
  CASE WHEN n %% 3 = 0 THEN 'danger' ELSE 'warning' END, 'supplier ' || n %% 50,
  ' flammable_liquids ', 2022, x.day, x.day + 1095, 'fr+en',
  json_build_object('pictograms', json_build_array('flame'), 'supplier',
    json_build_object('name', 'Supplier'), 'revised_on', x.day), 'sku-' || n || ' product', 1,
  now(), now() - n * interval '1 hour'
FROM generate_series(1, %(few)s) n, LATERAL (SELECT current_date - n %% 1200 AS day) x"""
SHEET_DELIVERIES = """
INSERT INTO sds_delivery (sds_id, party_id, date, channel, shipment_id, created_at)
SELECT n, n %% %(customers)s + 1, current_date - n %% 900, 'email', n, now()
FROM generate_series(1, %(few)s) n"""
RECIPIENTS = """
INSERT INTO sds_recipient (product_id, party_id, delivery_id, sds_id, last_on)
SELECT CASE WHEN n %% 4 = 0 THEN 77 ELSE 78 + n %% 4000 END,
  CASE WHEN n %% 4 = 0 THEN n / 4 ELSE n / 4000 + 1 END, n, n, current_date - n %% 900
FROM generate_series(1, %(few)s) n"""
CONTRACTS = """
INSERT INTO cleaning_contract (uid, key, number, number_year, number_value, party_id, state, name,
  site, site_city, start_date, end_date, auto_renew, renewal_notice_days, billing, billing_day,
  indexation_pct, priced_on, currency, language, visit_time, metadata, total_value, search_text,
  version, created_at, updated_at)
SELECT gen_random_uuid(), 'cc' || n, 'CC-2026-' || lpad(n::text, 6, '0'), 2026, n,
  n %% %(customers)s + 1, (ARRAY['active', 'active', 'expired', 'draft', 'terminated'])[n %% 5 + 1],
  'Site ' || n, '{}', (ARRAY['laval', 'quebec', 'levis'])[n %% 3 + 1], current_date - n %% 900,
  current_date + n %% 700, false, 60, 'monthly', 1, 0, current_date, 'CAD', 'fr', '08:00', '{}',
  n %% 900, 'cc-2026-' || lpad(n::text, 6, '0') || ' site ' || md5(n::text), 1, now(),
  now() - n * interval '1 hour'
FROM generate_series(1, %(few)s) n"""
VISITS = """
INSERT INTO cleaning_visit (uid, contract_id, planned_on, date, scheduled_at, state, tasks,
  supplies, photos, billable, version, created_at, updated_at)
SELECT gen_random_uuid(), n, d, d, d, 'scheduled', '[]', '[]', '[]', true, 1, now(), now()
FROM generate_series(1, %(few)s) n, LATERAL (SELECT current_date + n %% 30 AS d) x"""
CONVERSATIONS = """
INSERT INTO ai_conversation (uid, owner_kind, owner_id, title, message_count, created_at,
  updated_at)
SELECT gen_random_uuid(), (ARRAY['key', 'user'])[n %% 2 + 1], n %% 200 + 1,
  'Revenue in cedar ' || md5(n::text), 2, now(), now() - n * interval '1 hour'
FROM generate_series(1, %(few)s) n"""
SAVED_QUERIES = """
INSERT INTO ai_saved_query (uid, owner_kind, owner_id, owner_name, name, question, visibility,
  schedule, version, created_at, updated_at)
SELECT gen_random_uuid(), (ARRAY['key', 'user'])[n %% 2 + 1], n %% 200 + 1, '', 'Cedar ' || n,
  'Top 5 customers', CASE WHEN n %% 400 = 0 THEN 'company' ELSE 'private' END,
  CASE WHEN n %% 10 = 0 THEN 'weekly' END, 1, now(), now() - n * interval '1 hour'
FROM generate_series(1, %(few)s) n"""
SERIES = """
INSERT INTO number_series (code, year, pattern, next_value)
SELECT c, y, c || '-{YYYY}-{0000}', %(documents)s FROM unnest(ARRAY['INV', 'CN', 'PAY', 'JE']) c,
  generate_series(2024, 2026) y
ON CONFLICT (code, year) DO UPDATE SET next_value = excluded.next_value"""
FILL = (PARTIES, CATEGORIES, PRODUCT_ROWS, ALIASES, DOCUMENT_ROWS, LINES, PAYMENTS)
FILL += (ALLOCATIONS, ENTRIES, ENTRY_LINES, EVENTS, PRICE_RULES, NEGOTIATIONS, SERIES)
FILL += (SHEETS, SHEET_DELIVERIES, RECIPIENTS, CONTRACTS, VISITS)
FILL += (CONVERSATIONS, SAVED_QUERIES)
FILL += (WEBHOOKS, STATES, DELIVERIES, ATTEMPTS, STRIPE_PAYMENTS)
FILL += (WAREHOUSES, LOCATIONS, COSTS, LEVELS, MOVES, TRANSFERS, TRANSFER_LINES)
FILL += (SHIPMENTS, SHIPMENT_LINES, BACKORDERS)
FILL += PAYROLL + MONEY
FILL += (CLAIMS, CLAIM_LINES, ATTACHED, LETTERS, LETTER_LINES, AGING_DAYS)

INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = %(schema)s::regnamespace AND NOT i.indisprimary
  AND t.relname NOT LIKE 'migration%%' AND t.relname NOT LIKE 'number%%'"""
COUNTS = """
SELECT relname, reltuples::bigint FROM pg_class
WHERE relnamespace = %(schema)s::regnamespace AND relkind = 'r'"""


def fill(place: Place) -> dict[str, int]:
    """Rows of each table, once they are there. The company must be new."""
    named = {'documents': DOCUMENTS, 'few': FEW, 'customers': CUSTOMERS, 'products': PRODUCTS}
    named['tax_details'] = TAX_DETAILS
    with connect(url_of('main')) as connection:
        connection.execute(SESSION.format(place.schema))
        # Indexes are built afterwards, at once: a third of the time.
        indexes = connection.execute(INDEXES, {'schema': place.schema}).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX {name}')
        for sql in FILL:
            connection.execute(sql, named)
        for _, definition in indexes:
            connection.execute(definition)
        _tidy(connection, place)
        return dict(connection.execute(COUNTS, {'schema': place.schema}).fetchall())


def _tidy(connection: psycopg.Connection, place: Place) -> None:
    connection.execute(
        "SELECT setval(pg_get_serial_sequence('document', 'id'), (SELECT max(id) FROM document))"
    )
    # Without names it would be all tables of all companies that other tests have left here.
    names = connection.execute(COUNTS, {'schema': place.schema}).fetchall()
    connection.execute('VACUUM ANALYZE ' + ', '.join(f'"{name}"' for name, _ in names))
