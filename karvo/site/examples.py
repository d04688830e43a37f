"""Bodies and parameters that the reference shows and its samples send, by operation.

An operation that is not here gets values made up from its schema. They tell one story, in an order
that runs: a customer, a product, an invoice, a payment, a credit.
"""

import typing

INVOICE_NO = 'INV-2026-0042'

EXAMPLES: dict[str, dict[str, typing.Any]] = {
    'POST /customers': {
        'body': {
            'code': 'ACME01',
            'name': 'Acme Distribution Inc.',
            'email': 'ap@acme.example',
            'language': 'fr',
            'address': {
                'line1': '1250 rue Sainte-Catherine',
                'city': 'Montréal',
                'province': 'QC',
                'postal_code': 'H3B 1A1',
                'country': 'CA',
            },
        }
    },
    'POST /customers/search': {'body': {'q': 'acme'}},
    'PUT /customers/{id}': {'body': {'phone': '514 555-0100', 'credit_limit': 5000}},
    'POST /products': {
        'body': {
            'sku': 'CLN-5000',
            'name_en': 'Cleaner 5L',
            'name_fr': 'Nettoyant 5 L',
            'list_price': 25,
            'category': 'Cleaning',
        }
    },
    'GET /products/sku/{sku}': {'sku': 'CLN-5000'},
    'PUT /products/{id}': {'body': {'list_price': 26.5}},
    'GET /pricing/{sku}': {'sku': 'CLN-5000', 'customer_code': 'ACME01'},
    'POST /pricing/rules': {
        'body': {'sku': 'CLN-5000', 'method': 'percent_off', 'value': 10, 'min_qty': 12}
    },
    'PUT /pricing/rules/{id}': {'body': {'value': 12, 'valid_to': '2027-06-30'}},
    'POST /pricing/negotiations': {
        'body': {
            'customer_code': 'ACME01',
            'sku': 'CLN-5000',
            'requested_price': 22,
            'qty': 50,
            'reason': 'We take 50 a month',
        }
    },
    'PUT /pricing/negotiations/{id}': {'body': {'action': 'counter', 'counter_price': 23.5}},
    'POST /invoices': {
        'body': {
            'invoice_no': INVOICE_NO,
            'customer_code': 'ACME01',
            'customer_name': 'Acme Distribution Inc.',
            'subtotal': 1250,
            'tps': 62.5,
            'tvq': 124.69,
            'total': 1437.19,
            'lines': [
                {
                    'sku': 'CLN-5000',
                    'description': 'Cleaner 5L',
                    'qty': 50,
                    'unit_price': 25,
                    'line_total': 1250,
                }
            ],
        }
    },
    'GET /invoices': {'customer_code': 'ACME01'},
    'GET /invoices/search': {'q': 'INV-2026'},
    'PUT /invoices/{id}': {'body': {'po_reference': 'PO-7', 'notes': 'Deliver at the back door'}},
    'POST /invoices/{id}/send': {'body': {'mark_only': True}},
    'POST /invoices/{id}/write-off': {'body': {'reason': 'bankrupt'}},
    'POST /shipments': {
        'body': {'invoice_no': INVOICE_NO, 'method': 'carrier', 'carrier': 'Purolator'}
    },
    'GET /shipments': {'customer_code': 'ACME01'},
    'PUT /shipments/{id}': {'body': {'status': 'on_hold', 'note': 'the customer is away'}},
    'POST /shipments/{id}/advance': {'body': {'note': 'at the dock'}},
    'POST /backorders': {'body': {'customer_code': 'ACME01', 'sku': 'CLN-5000', 'qty': 4}},
    'PUT /backorders/{id}': {'body': {'expected_date': '2026-12-15', 'priority': 1}},
    'POST /backorders/{id}/fulfill': {'body': {'qty': 4}},
    'POST /backorders/{id}/cancel': {'body': {'reason': 'bought elsewhere'}},
    'GET /backorders/by-customer/{code}': {'code': 'ACME01'},
    'GET /backorders/by-sku/{sku}': {'sku': 'CLN-5000'},
    'POST /billing/payments': {
        'body': {
            'invoice_no': INVOICE_NO,
            'amount': 437.19,
            'method': 'cheque',
            'reference': '1203',
        }
    },
    'POST /billing/credits': {
        'body': {'invoice_no': INVOICE_NO, 'reason': 'two cans damaged', 'amount': 50}
    },
    'POST /claims': {
        'body': {
            'customer_code': 'ACME01',
            'invoice_no': INVOICE_NO,
            'type': 'damaged',
            'description': 'Two cans leaked',
            'lines': [{'sku': 'CLN-5000', 'qty': 2}],
        }
    },
    'GET /claims': {'status': 'open'},
    'GET /analytics/revenue': {'months': 6, 'group_by': 'category'},
    'POST /analytics/forecast': {
        'body': {
            'history': [41200, 39800, 44100, 46350, 47900, 45200, 43800, 42900, 48100, 50300],
            'horizon': 3,
            'start': '2026-01',
        }
    },
    'POST /cleaning/contracts/{id}/service-log': {
        'body': {'scheduled_at': '2026-12-02T08:00:00', 'crew': 'A'}
    },
    'PUT /claims/{id}': {'body': {'status': 'under_review', 'assigned_to': 'ana'}},
    'POST /billing/dunning/{id}/send': {'body': {'mark_only': True}},
    'POST /billing/dunning/{id}/cancel': {'body': {'reason': 'settled on the phone'}},
    'POST /ai/conversations': {'body': {'title': 'Sales'}},
    'POST /ai/conversations/{id}/message': {'body': {'message': 'Top 5 customers this year'}},
    'POST /ai/saved-queries': {
        'body': {
            'name': 'Monday: who owes us',
            'query': 'Which customers are past due?',
            'schedule': 'weekly',
            'visibility': 'company',
        }
    },
    'PUT /ai/saved-queries/{id}': {'body': {'schedule': 'daily'}},
    'POST /payroll/employees': {
        'body': {
            'first_name': 'Ana',
            'last_name': 'Roy',
            'pay_type': 'salary',
            'pay_rate': 52000,
            'pay_frequency': 'biweekly',
            'birth_date': '1990-04-12',
            'hire_date': '2024-05-01',
            'sin': '130 692 544',
            'bank': {'institution': '815', 'transit': '30011', 'account': '1234567'},
            'deductions': [{'code': 'rrsp', 'pct': 3, 'pre_tax': True}],
        }
    },
    'PUT /payroll/employees/{id}': {'body': {'pay_rate': 54000}},
    'PUT /payroll/employees/{id}/opening': {
        'body': {'year': 2026, 'gross_all': 18000, 'qpp': 1052.12, 'ei': 234, 'qpip': 77.4}
    },
    'POST /payroll/timesheets': {
        'body': {'employee_no': 'E00001', 'date': '2026-03-02', 'hours': 7.5, 'type': 'regular'}
    },
    'GET /payroll/timesheets': {'date_from': '2026-03-01', 'date_to': '2026-03-14'},
    'PUT /payroll/timesheets/{id}': {'body': {'hours': 8}},
    'POST /payroll/timesheets/{id}/reject': {'body': {'reason': 'which day was it?'}},
    'POST /payroll/runs': {
        'body': {
            'frequency': 'biweekly',
            'period_start': '2026-03-01',
            'period_end': '2026-03-14',
            'pay_date': '2026-03-19',
            'lump_sums': [{'employee_no': 'E00001', 'kind': 'bonus', 'amount': 500}],
        }
    },
    'GET /payroll/runs': {'status': 'calculated'},
    'POST /payroll/runs/{id}/recalculate': {'body': {'lump_sums': []}},
    'POST /payroll/runs/{id}/pay': {'body': {'date': '2026-03-19'}},
    'GET /payroll/runs/{id}/cpa005': {'skip_missing': 'true'},
    'GET /payroll/remittances': {'year': 2026, 'authority': 'cra'},
    'GET /payroll/remittances/{code}': {'code': 'cra-2026-03-31'},
    'POST /payroll/remittances/{code}/pay': {
        'code': 'cra-2026-03-31',
        'body': {'date': '2026-04-14', 'reference': 'web 4711'},
    },
    'PUT /payroll/filing-settings': {
        'body': {
            'bank_profile': 'desjardins',
            'originator_id': 'KARVO00001',
            'short_name': 'ACME',
            'long_name': 'Acme Distribution Inc.',
            'return_account': {'institution': '815', 'transit': '30011', 'account': '7654321'},
            'cra_account': '123456782RP0001',
            'remitters': [{'authority': 'rq', 'year': 2026, 'frequency': 'monthly'}],
        }
    },
    'GET /payroll/employees/{id}/t4': {'year': 2026},
    'PUT /payroll/employees/{id}/t4': {'year': 2026, 'body': {'dental_code': '1'}},
    'POST /payroll/slips': {'body': {'year': 2026}},
    'GET /payroll/slips': {'year': 2026},
    'GET /payroll/slips/summary': {'year': 2026},
    'GET /payroll/slips/t4.xml': {'year': 2026},
    'GET /payroll/slips/rl1.csv': {'year': 2026},
    'POST /payroll/slips/{id}/amend': {'body': {'reason': 'a pay came late'}},
    'POST /payroll/slips/{id}/cancel': {'body': {'reason': 'issued to the wrong person'}},
    'PUT /payroll/settings': {
        'body': {
            'hsf_payroll': 1850000,
            'cnesst_units': [{'unit': '57020', 'year': 2026, 'rate': 1.12}],
            'calendars': [{'frequency': 'biweekly', 'anchor': '2026-01-08'}],
        }
    },
    'POST /payroll/calculate': {
        'body': {
            'pay_date': '2026-05-15',
            'periods': 24,
            'gross': '2400.00',
            'lump_sum': '1500.00',
            'rrsp': '100.00',
            'ytd': {'qpp': '1136.08', 'pensionable': '19200.00', 'gross_periodic': '19200.00'},
        }
    },
    'GET /warehouses/stock/{sku}': {'sku': 'CLN-5000'},
    'GET /whmis/{sku}': {'sku': 'CLN-5000'},
    'PUT /whmis/{sku}': {'sku': 'CLN-5000'},
    'GET /whmis/{sku}/sheet': {'sku': 'CLN-5000', 'lang': 'fr'},
    'GET /whmis/{sku}/label': {'sku': 'CLN-5000'},
    'GET /whmis/{sku}/label/pdf': {'sku': 'CLN-5000'},
    'GET /whmis/{sku}/pdf/{lang}': {'sku': 'CLN-5000', 'lang': 'fr'},
    'PUT /whmis/{sku}/pdf/{lang}': {'sku': 'CLN-5000', 'lang': 'fr'},
    'GET /whmis/{sku}/customers': {'sku': 'CLN-5000'},
    'GET /events': {'after': 0},
    'POST /webhooks': {
        'body': {
            'url': 'https://hooks.acme.example/karvo',
            'events': ['invoice.*', 'payment.received'],
            'filters': [{'path': 'object.total', 'op': 'gte', 'value': 1000}],
            'description': 'Warehouse',
        }
    },
    'PUT /webhooks/{id}': {'body': {'timeout': 10, 'rate_limit': 600}},
    'POST /webhooks/{id}/test': {'body': {'type': 'invoice.paid'}},
    'POST /webhooks/{id}/rotate-secret': {'body': {'overlap_hours': 24}},
    'POST /webhooks/{id}/replay': {'body': {'which': 'missing'}},
    'GET /webhooks/event-types/{type}': {'type': 'invoice.paid'},
    'PUT /settings': {'body': {'phone': '514 555-0100', 'terms_text_en': 'Net 30'}},
    'PUT /settings/lock-dates': {'body': {'sales_lock': '2025-12-31'}},
    'POST /settings/tax-registrations': {
        'body': {'regime': 'pst_bc', 'number': 'PST-1234-5678', 'valid_from': '2026-01-01'}
    },
    'PUT /settings/tax-registrations/{id}': {'body': {'valid_to': '2026-12-31'}},
    'POST /keys': {'body': {'name': 'till', 'scopes': ['read-only']}},
    'PUT /keys/{key_id}': {'body': {'name': 'till 2'}},
    'POST /keys/{key_id}/rotate': {'body': {'overlap_hours': 24}},
    'POST /tenants': {
        'body': {
            'name': 'Shop Ltd',
            'slug': 'shop',
            'email': 'owner@shop.example',
            'plan': 'starter',
        }
    },
    'POST /tenants/{id}/keys': {'body': {'name': 'till', 'scopes': ['read-only']}},
}
