"""Parameters and bodies that Enapps' reference shows, by operation."""

import typing

LOGIN, PASSWORD = 'admin@shop.example', 'your password'

EXAMPLES: dict[str, dict[str, typing.Any]] = {
    'POST /auth': {'body': {'login': LOGIN, 'password': PASSWORD}},
    'GET /invoices': {
        'partner_id': 1,
        'invoice_date': '2026-01-01',
        'additional_fields': 'balance,pdf_url',
    },
    'GET /invoice_lines': {'invoice_id': 1},
    'GET /partners': {'crm_type': 'customer', 'write_date': '2026-01-01'},
}
