"""Bodies and parameters that the reference of api/v2 shows, as its own text has them."""

import typing

EXAMPLES: dict[str, dict[str, typing.Any]] = {
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
