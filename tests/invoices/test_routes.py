"""/invoices over HTTP."""

from tests.conftest import INVOICE


class TestCreate:
    def test_the_texts_own_sample(self, api):
        answer = api.post('/invoices', INVOICE)
        assert answer.status_code == 201
        shown = answer.json
        assert (shown['tps'], shown['tvq'], shown['total']) == (62.5, 124.69, 1437.19)
        assert shown['status'] == 'unpaid'
        assert api.get('/invoices?customer_code=ACME01').json['total'] == 1
        assert api.difference() == 0

    def test_missing_customer(self, api):
        answer = api.post('/invoices', {'subtotal': 10})
        assert (answer.status_code, answer.json['error']) == (422, 'customer_code is required')
        assert answer.json['code'] == 'rest_missing_callback_param'
