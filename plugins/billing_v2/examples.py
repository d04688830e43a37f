"""Bodies that api/v2's reference shows: the samples of its own text."""

import typing

EXAMPLES: dict[str, dict[str, typing.Any]] = {
    'POST /customers': {
        'body': {
            'account': 'Jane Smith',
            'email': 'jane@example.com',
            'phone': '1234567890',
            'address': '123 Business St',
            'city': 'New York',
            'state': 'NY',
            'zip': '10001',
            'country': 'US',
        }
    },
    'PUT /customers/{id}': {'body': {'phone': '1234567890'}},
    'GET /invoices': {'status': 'Partially Paid'},
    'POST /invoices': {
        'body': {
            'customer_id': 1,
            'date': '2024-01-15',
            'due_date': '2024-02-15',
            'items': [{'description': 'Web Development', 'amount': 1500.00, 'qty': 1}],
            'notes': 'Payment due within 30 days',
        }
    },
    'PUT /invoices/{id}': {'body': {'due_date': '2024-03-15'}},
    'POST /invoices/{id}/payments': {
        'body': {'amount': 1500.00, 'date': '2024-02-01', 'method': 'cheque', 'reference': '1042'}
    },
    'POST /products': {
        'body': {
            'name': 'Web Hosting',
            'price': 99.99,
            'description': 'Annual web hosting package',
            'type': 'service',
            'tax_rate': 10,
        }
    },
    'PUT /products/{id}': {'body': {'price': 109.99}},
    'POST /batch/customers': {
        'body': {
            'customers': [
                {'account': 'Customer 1', 'email': 'customer1@example.com'},
                {'account': 'Customer 2', 'email': 'customer2@example.com'},
            ]
        }
    },
}
