"""The books that are measured: made by SQL, as large as the targets say, in seconds."""

import re
from concurrent.futures import ThreadPoolExecutor

import msgspec

from karvo.kit.db import Place, close_all, company, database
from karvo.kit.structs import make_ready
from tenants import schema, wp_hashes
from tenants.credentials import NewKey, insert_key
from tenants.models import Company, control
from tenants.operations import NewTenant, provision

CUSTOMERS = 250
RATE = 1_000_000  #: requests a minute: the limiter works, and lets everything through
PARTIES = """
INSERT INTO @party (uid, key, code, name, type, is_customer, is_vendor, currency, credit_limit,
  credit_hold, tax_exempt, province, country, tags, metadata, auto_created, dunning_excluded,
  in_collections, search_text, version, created_at, updated_at)
SELECT gen_random_uuid(), 'party' || n, 'C' || lpad(n::text, 5, '0'), 'Customer ' || n || ' Inc.',
  'company', true, false, 'CAD', 0, false, 'none', 'QC', 'CA', '[]', '{}', false,
  false, false, 'c' || lpad(n::text, 5, '0') || ' customer ' || n || ' inc.', 1, now(), now()
FROM generate_series(1, %(customers)s) n"""
# Up to yesterday: the server's day may be the company's tomorrow, and aging of a day after which
# something was paid is another statement's work than today's.
DOCUMENTS = """
INSERT INTO @document (uid, key, type, state, number, number_year, number_value, party_id,
  customer_code, customer_name, customer, date, due_date, payment_terms, currency, fx_rate,
  subtotal, discount_total, tax_total, total, balance, tax_source, language, ship_to,
  supply_country, supply_province, metadata, source, is_disputed, search_text, posted_at, version,
  created_at, updated_at, tps, tvq, tvh, tvp, taxes, tax_details, payments)
SELECT gen_random_uuid(), 'doc' || n, 'invoice', 'posted', 'OLD-' || lpad(n::text, 6, '0'), 2020,
  n, p.id, p.code, p.name, '{}', current_date - 1 - n %% 365, current_date + 29 - n %% 365, 'NET30',
  'CAD', 1, 300, 0, 44.93, 344.93, CASE WHEN n <= %(unpaid)s THEN 344.93 ELSE 0 END,
  'computed', 'fr', NULL, 'CA', 'QC', '{}', 'api', false,
  'old-' || lpad(n::text, 6, '0') || ' ' || lower(p.code) || ' ' || lower(p.name), now(), 1,
  now(), now(), 15, 29.93, 0, 0, %(taxes)s, %(details)s, CASE WHEN n <= %(unpaid)s THEN '[]' ELSE
  '[{"payment_id":' || n - %(unpaid)s || ',"payment_no":"OLDPAY-' || n || '","date":"'
  || current_date - 1 - n %% 365 || '","method":"eft","reference":null,"amount":344.93}]' END
FROM generate_series(1, %(documents)s) n
JOIN @party p ON p.code = 'C' || lpad((n %% %(customers)s + 1)::text, 5, '0')"""
LINES = """
INSERT INTO @document_line (document_id, position, sku, description, description_fr, kind, qty,
  uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost)
SELECT d.id, l, 'SKU-' || (d.id + l) %% 500, 'Product ' || l, 'Produit ' || l, 'product', 4,
  'unit', 25, 0, 100, 'taxable', false, '4000', 0
FROM @document d, generate_series(1, 3) l ORDER BY d.id, l"""
TAXES = (
    '[{"code":"TPS","label":"TPS/GST","rate":5,"base":300.00,"amount":15.00},'
    '{"code":"TVQ","label":"TVQ/QST","rate":9.975,"base":300.00,"amount":29.93}]'
)
DETAILS = (
    '[{"family":"tps","regime":"gst","label_en":"GST","account":"2100","registration_number":""},'
    '{"family":"tvq","regime":"qst","label_en":"QST","account":"2110","registration_number":""}]'
)
PAYMENTS = """
INSERT INTO @payment (uid, key, state, number, number_year, number_value, party_id, date, amount,
  unallocated, currency, method, metadata, is_balance_update, is_reconciled, version, created_at,
  updated_at)
SELECT gen_random_uuid(), 'pay' || d.id, 'posted', 'OLDPAY-' || d.id, 2020, d.id, d.party_id,
  d.date, d.total, 0, 'CAD', 'eft', '{}', false, false, 1, now(), now()
FROM @document d WHERE d.balance = 0 ORDER BY d.id"""
ALLOCATIONS = """
INSERT INTO @allocation (kind, payment_id, invoice_id, amount, date, created_at)
SELECT 'payment', p.id, p.number_value, p.amount, p.date, now() FROM @payment p"""
SEARCH_INDEX = "SELECT pg_get_indexdef('@document_search'::regclass)"
TABLES = ('party', 'document', 'document_line', 'payment', 'allocation')
#: Modules whose tables an invoice is made of and shown with. Light companies have only those, and
#: no foreign keys: a hundred whole ones take longer to make than a quick run may last.
NEEDED = (
    *('kit', 'settings', 'ledger', 'taxes', 'customers', 'invoices', 'billing', 'backorders'),
    *('shipments', 'claims'),
)
CHEAP = 4  #: bcrypt's least
FOREIGN_KEY = re.compile(r', FOREIGN KEY \("\w+"\) REFERENCES "\w+" \("id"\)( ON DELETE \w+)?')


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """A company to measure, with the key of a client that is never limited."""

    place: Place
    key: str
    documents: int


def make_books(slug: str, documents: int, unpaid: int) -> Books:
    """A company with that many invoices of three lines; the first `unpaid` are open."""
    made = provision(
        NewTenant(name=slug, slug=slug, email=f'{slug}@bench.example', plan='enterprise')
    )
    row = Company.get(Company.uid == made.company_id)
    asked = NewKey(name='bench', scopes=['read-write'], rate_limit=RATE)
    key = insert_key(asked, tenant_id=made.tenant_id, company_id=row.id).api_key
    place = Place(made.schema)
    named = {'documents': documents, 'unpaid': unpaid, 'customers': min(CUSTOMERS, documents)}
    with company(place):
        with database.transaction('BEGIN; SET LOCAL session_replication_role = replica'):
            _fill(named)
        if documents > 1000:
            for table in TABLES:
                database.run(f'VACUUM ANALYZE @{table}')
    return Books(place=place, key=key, documents=documents)


def _fill(named: dict[str, int]) -> None:
    """Rows that fit together, so no key is looked up for each; the words are indexed at the end."""
    [(index,)] = database.run(SEARCH_INDEX)
    database.run('DROP INDEX @document_search')
    for sql in (PARTIES, DOCUMENTS, LINES, PAYMENTS, ALLOCATIONS):
        database.run(sql, {**named, 'taxes': TAXES, 'details': DETAILS})
    database.run(index)


def make_many(count: int, documents: int, unpaid: int, *, is_light: bool = False) -> list[Books]:
    """So many companies, two at a time. Light ones have no tables but those of `NEEDED`.

    Nobody signs in to them, so their passwords cost next to nothing.
    """
    ddl, cost = schema.company_ddl, wp_hashes.COST
    wp_hashes.COST = CHEAP
    if is_light:
        needed = schema.ddl_of([model for name in NEEDED for model in schema.MODULES[name]])
        light = FOREIGN_KEY.sub('', needed)
        schema.company_ddl = lambda: light  # type: ignore[assignment]
    try:
        return _made(count, documents, unpaid)
    finally:
        schema.company_ddl, wp_hashes.COST = ddl, cost


def _made(count: int, documents: int, unpaid: int) -> list[Books]:
    make_ready()
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda n: make_books(f'other{n}', documents, unpaid), range(count)))
        for _ in range(2):
            pool.submit(end)
    return made


def end() -> None:
    """The connections of this thread."""
    close_all()
    control.close()
