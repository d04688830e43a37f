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
    'GET /transactions': {'type': 'Income', 'date_from': '2024-01-01'},
    'POST /transactions': {
        'body': {
            'type': 'Income',
            'account_id': 1,
            'amount': 1500.00,
            'category_id': 1,
            'description': 'Website Development Payment',
            'date': '2024-01-15',
        }
    },
    'GET /quotes': {'status': 'Sent'},
    'POST /quotes': {
        'body': {
            'customer_id': 1,
            'valid_until': '2024-02-15',
            'items': [{'description': 'Consulting Services', 'amount': 2000.00, 'qty': 1}],
        }
    },
    'PUT /quotes/{id}': {'body': {'notes': 'Two days on site'}},
    'POST /quotes/{id}/send': {'body': {'email': 'john@example.com'}},
    'POST /quotes/{id}/decline': {'body': {'reason': 'Found it cheaper'}},
    'GET /tickets': {'status': 'Open', 'department_id': 1},
    'POST /tickets': {
        'body': {
            'customer_id': 1,
            'subject': 'Technical Support Required',
            'message': 'Need assistance with installation',
            'department_id': 1,
            'priority': 'High',
        }
    },
    'PUT /tickets/{id}': {'body': {'status': 'Closed'}},
    'POST /tickets/{id}/replies': {'body': {'message': 'We will call you today.'}},
    'POST /leads': {
        'body': {
            'first_name': 'John',
            'last_name': 'Smith',
            'email': 'john@example.com',
            'company': 'Acme Corp',
            'phone': '1234567890',
            'source': 'Website',
        }
    },
    'PUT /leads/{id}': {'body': {'status': 'Contacted'}},
    'POST /leads/{id}/convert': {'body': {}},
    'POST /users': {
        'body': {
            'name': 'Admin User',
            'email': 'admin@example.com',
            'password': 'securepassword',
            'role': 'administrator',
        }
    },
    'PUT /users/{id}': {'body': {'role': 'accountant'}},
    'GET /reports/financial': {'year': 2024, 'month': 1},
    'POST /webhooks': {
        'body': {
            'url': 'https://your-domain.com/webhook',
            'events': ['invoice.created', 'payment.received'],
        }
    },
}
