"""The part of the walk that goes through the other dialects, with a bearer token."""

import functools
import typing


def walk_dialects(walk: typing.Any) -> None:
    """Each over the books that the walk before them filled."""
    go = functools.partial(walk.go, who='bearer')
    _karbon(go)
    _enapps(go, walk.person)
    for part in (_sold, _offered, _asked, _booked, _managed):
        part(go)


def _karbon(go: typing.Any) -> None:
    listed = go('GET', '/v3/Invoices', query='?$top=5&$expand=LineItems')['value']
    key = next(row['InvoiceKey'] for row in listed if row['TotalAmountDue'] > 1)
    go('GET', '/v3/Invoices/{invoice_key}', invoice_key=key)
    payment = {'InvoiceKey': key, 'PaymentMethod': 'Cash', 'TotalAmount': 1}
    day = listed[0]['InvoiceDate']
    go('POST', '/v3/ManualPayments', {**payment, 'PaymentDate': day})
    go('GET', '/v3/Payments')


def _enapps(go: typing.Any, person: tuple[str, str]) -> None:
    login, password = person
    go('POST', '/api/v1/auth', {'login': login, 'password': password})
    partner = go('GET', '/api/v1/partners')[0]['id']
    go('GET', '/api/v1/invoices', query=f'?partner_id={partner}&additional_fields=balance')
    go('GET', '/api/v1/invoice_lines', query='?invoice_id=1')


V2 = '/api/v2'
ITEM = {'description': 'Web Development', 'amount': 1500.00, 'qty': 1}


def _one(go: typing.Any, path: str, body: typing.Any, change: typing.Any = None) -> int:
    """Made, listed, looked at and, where there is something to, changed; its id."""
    made = go('POST', V2 + path, body)['data']['id']
    go('GET', V2 + path)
    go('GET', f'{V2}{path}/{{id:int}}', id=made)
    if change:
        go('PUT', f'{V2}{path}/{{id:int}}', change, id=made)
    return int(made)


def _gone(go: typing.Any, path: str, id: int) -> None:
    go('DELETE', f'{V2}{path}/{{id:int}}', id=id)


def _sold(go: typing.Any) -> None:
    many = {'customers': [{'account': 'Customer 1'}, {'account': 'Customer 2'}]}
    go('POST', f'{V2}/batch/customers', many)
    customer = _one(go, '/customers', {'account': 'Jane Smith'}, {'phone': '1234567890'})
    goods = {'name': 'Web Hosting', 'price': 99.99, 'type': 'service', 'tax_rate': 10}
    _gone(go, '/products', _one(go, '/products', goods, {'price': 89.99}))
    sale = {'customer_id': customer, 'items': [ITEM]}
    sold = _one(go, '/invoices', sale, {'notes': 'Payment due within 30 days'})
    payments = f'{V2}/invoices/{{id:int}}/payments'
    paid = go('POST', payments, {'amount': 500}, id=sold)['data']['id']
    go('GET', payments, id=sold)
    go('DELETE', f'{payments}/{{payment_id:int}}', id=sold, payment_id=paid)
    _gone(go, '/invoices', go('POST', f'{V2}/invoices', sale)['data']['id'])
    spare = go('POST', f'{V2}/customers', {'account': 'Nobody'})['data']['id']
    _gone(go, '/customers', spare)


def _offered(go: typing.Any) -> None:
    customer = go('GET', f'{V2}/customers')['data'][0]['id']
    offer = {'customer_id': customer, 'items': [ITEM]}
    first = _one(go, '/quotes', offer, {'notes': 'Ours'})
    one = f'{V2}/quotes/{{id:int}}'
    go('POST', f'{one}/send', {'mark_only': True}, id=first)
    go('POST', f'{one}/accept', {}, id=first)
    go('POST', f'{one}/convert', {}, id=first)
    second = go('POST', f'{V2}/quotes', offer)['data']['id']
    go('POST', f'{one}/send', {'mark_only': True}, id=second)
    go('POST', f'{one}/decline', {}, id=second)
    _gone(go, '/quotes', go('POST', f'{V2}/quotes', offer)['data']['id'])


def _asked(go: typing.Any) -> None:
    go('GET', f'{V2}/departments')
    asked = {'subject': 'Support', 'message': 'Need assistance', 'department_id': 1}
    ticket = _one(go, '/tickets', asked, {'priority': 'High'})
    go('POST', f'{V2}/tickets/{{id:int}}/replies', {'message': 'Done'}, id=ticket)
    person = {'first_name': 'John', 'last_name': 'Smith', 'email': 'john@example.com'}
    lead = _one(go, '/leads', person, {'status': 'Contacted'})
    go('PUT', f'{V2}/leads/{{id:int}}', {'status': 'Qualified'}, id=lead)
    go('POST', f'{V2}/leads/{{id:int}}/convert', {}, id=lead)
    _gone(go, '/leads', go('POST', f'{V2}/leads', {'company': 'Spare'})['data']['id'])


def _booked(go: typing.Any) -> None:
    account = go('GET', f'{V2}/accounts')['data'][0]['id']
    category = go('GET', f'{V2}/categories', query='?type=Income')['data'][0]['id']
    body = {'type': 'Income', 'account_id': account, 'category_id': category, 'amount': 1500}
    made = _one(go, '/transactions', {**body, 'description': 'Website Development Payment'})
    _gone(go, '/transactions', made)
    go('GET', f'{V2}/reports/financial')


def _managed(go: typing.Any) -> None:
    person = {'name': 'Admin', 'email': 'walker@example.com', 'password': 'securepassword'}
    user = _one(go, '/users', {**person, 'role': 'administrator'}, {'name': 'Administrator'})
    _gone(go, '/users', user)
    hook = {'url': 'https://your-domain.com/webhook', 'events': ['invoice.created']}
    _gone(go, '/webhooks', _one(go, '/webhooks', hook, {'active': False}))
