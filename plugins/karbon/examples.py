"""Parameters and bodies that Karbon's reference shows, by operation; keys have 12 characters."""

import typing

INVOICE_KEY = '3kYw7QpLx2Zc'

EXAMPLES: dict[str, dict[str, typing.Any]] = {
    'GET /Invoices': {
        '$filter': "InvoiceStatus eq 'Approved' or InvoiceStatus eq 'AwaitingPayment'",
        '$orderby': 'InvoiceDate desc',
        '$top': 4,
        '$expand': 'LineItems',
    },
    'GET /Invoices/{invoice_key}': {'invoice_key': INVOICE_KEY, '$expand': 'LineItems'},
    'GET /Payments': {'$top': 4},
    'POST /ManualPayments': {
        'body': {
            'InvoiceKey': INVOICE_KEY,
            'PaymentMethod': 'Check',
            'PaymentDate': '2026-11-20T00:00:00Z',
            'TotalAmount': 250.00,
        }
    },
}
