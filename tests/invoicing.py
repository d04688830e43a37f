"""Invoices as tests ask for them."""

LINE = {'description': 'Cleaner 5L', 'qty': 50, 'unit_price': '25.00'}


def create(api, **values):
    return api.post(
        '/invoices', {'customer_code': 'A', 'customer_name': 'A', 'lines': [LINE]} | values
    )


def created(api, **values):
    answer = create(api, **values)
    assert answer.status_code == 201, answer.text
    return answer.json


def refused(answer, *fields):
    assert answer.status_code == 422, answer.text
    params = answer.json['data'].get('params') or []
    assert set(fields) <= set(params), answer.text
    return answer.json['error']
