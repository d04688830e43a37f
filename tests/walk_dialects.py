"""The part of the walk that goes through the other dialects, with a bearer token."""

import functools
import typing


def walk_dialects(walk: typing.Any) -> None:
    """Each over the books that the walk before them filled."""
    _karbon(functools.partial(walk.go, who='bearer'))
    _enapps(functools.partial(walk.go, who='bearer'), walk.person)


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
