"""Leads, tickets and transactions of a large company, as many as there are rows of what is few."""

LEADS = """
INSERT INTO crm_lead (uid, key, first_name, last_name, company, email, source, owner, status,
  party_id, metadata, search_text, version, created_at, updated_at)
SELECT gen_random_uuid(), 'lead' || n, 'F' || n, md5(n::text), 'Co ' || n,
  'lead' || n || '@example.com', 'web' || n %% 9, 'seller' || n %% 25,
  (ARRAY['new', 'contacted', 'qualified', 'converted', 'lost'])[n %% 5 + 1],
  CASE WHEN n %% 5 = 3 THEN n %% %(customers)s + 1 END, '{}',
  'f' || n || ' ' || md5(n::text) || ' lead' || n || '@example.com', 1,
  now() - n * interval '25 minutes', now() - n * interval '25 minutes'
FROM generate_series(1, %(few)s) n"""
DEPARTMENTS = """
INSERT INTO crm_department (id, name_fr, name_en)
VALUES (1, 'Soutien', 'Support'), (2, 'Facturation', 'Billing'), (3, 'Ventes', 'Sales')"""
TICKETS = """
INSERT INTO crm_ticket (id, uid, key, number, number_year, number_value, party_id, subject,
  department_id, priority, status, assigned_to, closed_at, search_text, version, created_at,
  updated_at)
SELECT n, gen_random_uuid(), 'ticket' || n, x.number, 2026, n, n %% %(customers)s + 1,
  'Leak ' || md5(n::text), n %% 3 + 1, (ARRAY['low', 'medium', 'high', 'urgent'])[n %% 4 + 1],
  (ARRAY['open', 'pending', 'closed'])[n %% 3 + 1], 'seller' || n %% 25,
  CASE WHEN n %% 3 = 2 THEN now() END, lower(x.number) || ' leak ' || md5(n::text), 1, x.at, x.at
FROM generate_series(1, %(few)s) n, LATERAL (SELECT 'TKT-2026-' || lpad(n::text, 6, '0')
  AS number, now() - n * interval '25 minutes' AS at) x"""
MESSAGES = """
INSERT INTO crm_ticket_message (uid, ticket_id, author, author_name, body, created_at)
SELECT gen_random_uuid(), id, 'customer', 'Ana', 'Two cans leaked', created_at FROM crm_ticket"""
TRANSACTIONS = """
INSERT INTO banking_transaction (uid, key, number, number_year, number_value, type, state,
  account_id, category_id, date, amount, currency, description, search_text, version, created_at,
  updated_at)
SELECT gen_random_uuid(), 'transaction' || n, x.number, 2026, n, x.type, 'posted',
  CASE WHEN n %% 10 = 0 THEN c.cash ELSE c.bank END,
  CASE x.type WHEN 'income' THEN c.income ELSE c.expense END, (current_date - n / 28)::date,
  n %% 900 + 1, 'CAD', md5(n::text), lower(x.number) || ' ' || md5(n::text), 1, now(), now()
FROM (SELECT max(id) FILTER (WHERE code = '1000') AS bank, max(id) FILTER (WHERE code = '1050')
    AS cash, max(id) FILTER (WHERE code = '4010') AS income, max(id) FILTER (WHERE code = '6200')
    AS expense FROM account) c, generate_series(1, %(few)s) n,
  LATERAL (SELECT 'TX-2026-' || lpad(n::text, 6, '0') AS number,
    (ARRAY['income', 'expense'])[n %% 2 + 1] AS type) x"""
MONEY = (LEADS, DEPARTMENTS, TICKETS, MESSAGES, TRANSACTIONS)
