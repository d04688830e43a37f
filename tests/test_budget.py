"""How many statements the hot endpoints cost; a list of 100 as many as a list of 1."""

import pytest

from karvo.kit import db

LINES = [{'description': 'x', 'qty': 1, 'unit_price': 1}] * 3
BODY = {'customer_code': 'A', 'customer_name': 'A', 'lines': LINES}


@pytest.fixture
def cost(api):
    """Statements of one request, once everything that is remembered is remembered."""

    def count(method, path, body=None, **options):
        api.ask(method, path, body, **options)
        # Who asks is looked up anew every five seconds, usage is written down every three.
        return min(once(method, path, body, **options) for _ in range(3))

    def once(method, path, body, **options):
        sent = []

        def hook(path, sql):
            sent.append(sql)

        db.watch(hook)
        try:
            answer = api.ask(method, path, body, **options)
        finally:
            db.unwatch(hook)
        assert answer.status_code < 300, answer.text
        commits = sum(sql.startswith('BEGIN') for sql in sent)  # COMMIT is sent by Peewee itself
        return len(sent) + commits

    return count


def test_create_with_three_lines(cost):
    assert cost('POST', '/invoices', BODY) <= 7


def test_create_in_one_for_a_customer_who_is_known(cost):
    assert cost('POST', '/invoices', BODY) == 1


def test_create_in_two_for_one_with_a_limit(api, cost):
    api.post('/customers', {'code': 'A', 'name': 'A', 'credit_limit': 1_000_000})
    assert cost('POST', '/invoices', BODY) == 2  # all it must know, all it writes


@pytest.mark.parametrize('count', [1, 100])
def test_prices_of_all_lines_in_one_more(api, cost, count):
    api.post('/products', {'sku': 'P', 'name': 'x', 'price': 3})
    api.post('/pricing/rules', {'sku': 'P', 'value': 2})
    # their products, their prices
    assert cost('POST', '/invoices', BODY | {'lines': [{'sku': 'P'}] * count}) == 3
    assert cost('GET', '/pricing/P?customer_code=A') == 4


def test_get_and_search(api, cost):
    api.post('/invoices', BODY)
    assert cost('GET', '/invoices/1') == 1
    assert cost('GET', '/invoices/search?q=INV-') == 1


def test_what_is_shipped_backordered_or_claimed_costs_one_more(api, cost):
    lines = [{'sku': 'P', 'description': 'x', 'qty': 2, 'unit_price': 1}]
    api.post('/products', {'sku': 'P', 'name': 'x', 'price': 3})
    for _ in range(2):
        assert api.post('/invoices', BODY | {'lines': lines}).status_code == 201
    assert api.post('/shipments', {'invoice_id': 1}).status_code == 201
    assert (cost('GET', '/invoices/1'), cost('GET', '/invoices/2')) == (2, 1)
    shown = [api.get(f'/invoices/{n}').json for n in (1, 2)]
    assert [len(one['shipments']) for one in shown] == [1, 0]
    assert shown[0].keys() == shown[1].keys()


@pytest.mark.parametrize(
    ('path', 'most'),
    [
        ('/invoices?include=lines,payments', 1),
        ('/invoices/1/lines', 2),
        ('/customers', 2),
        ('/products', 1),
        ('/billing/payments', 1),
        ('/billing/credits', 1),
        ('/billing/aging', 1),
        ('/events', 1),
        ('/ledger/accounts', 1),
    ],
)
def test_a_list_of_many_costs_what_a_list_of_one_does(api, cost, path, most):
    fill(api, 1)
    few = cost('GET', path)
    fill(api, 12)
    assert cost('GET', path) == few <= most


def fill(api, count):
    for n in range(count):
        number = api.post('/invoices', BODY | {'customer_code': f'C{count}-{n}'}).json['id']
        api.post('/billing/payments', {'invoice_id': number, 'amount': 1})
        api.post('/billing/credits', {'invoice_id': number, 'amount': 1, 'reason': 'x'})
        api.post('/products', {'sku': f'P{count}-{n}', 'name': 'x'})
