"""How customers come to be: codes, e-mail, what is refused (CUS-1, CUS-2, CUS-4, G-9, G-11)."""

import typing

import pytest

from tests.conftest import Api
from tests.customers.cards import ALL, KEPT, customer, events
from tests.invoicing import created, refused
from tests.paper import made
from tests.payfiles.paid import together


class TestCreate:
    def test_everything_is_kept(self, api: Api) -> None:
        new = customer(api, **ALL)
        assert {name: new[name] for name in ALL} == ALL | KEPT
        assert api.get(f'/customers/{new["id"]}').json == new

    def test_a_name_is_enough(self, api: Api) -> None:
        new = customer(api)
        assert (new['code'], new['currency'], new['status']) == ('C00001', 'CAD', 'active')
        assert (new['type'], new['tax_exempt'], new['credit_limit']) == ('company', 'none', 0)
        assert (new['tags'], new['metadata'], new['auto_created']) == ([], {}, False)
        sums = ('balance', 'overdue_balance', 'unapplied_credits', 'ytd_revenue')
        assert [new[name] for name in sums] == [0, 0, 0, 0]
        assert new['last_invoice_date'] is None
        assert 'warnings' not in new

    @pytest.mark.parametrize('body', [{}, {'name': None}, {'name': ''}, {'name': ' \t'}])
    def test_without_a_name(self, api: Api, body: dict[str, typing.Any]) -> None:
        refused(api.post('/customers', body | {'code': 'A'}), 'name')
        assert api.get('/customers').json['total'] == 0

    def test_blanks_round_a_name_and_a_code_do_not_count(self, api: Api) -> None:
        new = customer(api, name='  Acme ', code=' a-1 ')
        assert (new['name'], new['code']) == ('Acme', 'A-1')

    @pytest.mark.parametrize('code', ['A', '0', 'A_1-B', 'a' * 32])
    def test_a_code(self, api: Api, code: str) -> None:
        assert customer(api, code=code)['code'] == code.upper()

    @pytest.mark.parametrize(
        'code', ['', ' ', '-A', '_A', 'A B', 'A/B', 'É1', 'ß1', 'ı1', '٣', 'A' * 33, 'A\n', 5, None]
    )
    def test_no_code(self, api: Api, code: typing.Any) -> None:
        # A line break at the end is a blank like others.
        if code == 'A\n':
            assert customer(api, code=code)['code'] == 'A'
        else:
            refused(api.post('/customers', {'name': 'A', 'code': code}), 'code')

    @pytest.mark.parametrize(
        ('field', 'value'),
        [
            ('name', 'x' * 201),
            ('name', ['A']),
            ('email', 'nobody'),
            ('email', 'a@b@c.example'),
            ('email', f'{"a" * 250}@b.example'),
            ('language', 'de'),
            ('type', 'firm'),
            ('currency', 'cad'),
            ('currency', None),
            ('country', 'Canada'),
            ('credit_limit', '-0.01'),
            ('credit_limit', '1.005'),
            ('credit_limit', True),
            ('credit_limit', 'NaN'),
            ('credit_limit', '1e12'),
            ('credit_hold', 'perhaps'),
            ('tax_exempt', 'some'),
            ('gst_no', '123456789'),
            ('gst_no', '12345678RT0001'),
            ('qst_no', '123456789TQ0001'),
            ('payment_terms', 'SOMEDAY'),
            ('payment_terms', 'NET٣٠'),
            ('payment_terms_days', -1),
            ('group', ''),
            ('price_tier', 'x' * 33),
            ('province', 'QUEB'),
            ('tags', 'x' * 65),
            ('tags', [5]),
            ('metadata', {str(n): 1 for n in range(51)}),
            ('metadata', {'a': 'x' * 501}),
            ('metadata', 'x'),
            ('default_warehouse', 'NOWHERE'),
        ],
    )
    def test_what_is_no_such_value(self, api: Api, field: str, value: typing.Any) -> None:
        answer = api.post('/customers', {'name': 'A', field: value})
        said = refused(answer)
        assert said.startswith(field), said
        assert [name.partition('[')[0] for name in answer.json['data']['params']] == [field]

    @pytest.mark.parametrize('code', ['H2X 1Y4', 'h2x1y4', None, ''])
    def test_a_canadian_postal_code(self, api: Api, code: str | None) -> None:
        assert customer(api, country='CA', postal_code=code)['postal_code'] == code

    @pytest.mark.parametrize('code', ['12345', 'D2X 1Y4', 'H2X  1Y4', 'H2X 1Y'])
    def test_none(self, api: Api, code: str) -> None:
        body = {'name': 'A', 'postal_code': code}
        refused(api.post('/customers', body | {'country': 'CA'}), 'postal_code')
        assert customer(api, **body, country='US')['postal_code'] == code
        there = {'postal_code': code, 'country': 'CA'}
        refused(api.post('/customers', {'name': 'A', 'ship_to': there}), 'ship_to.postal_code')

    def test_an_unknown_group_and_tier_are_made(self, api: Api) -> None:
        assert customer(api, group='NEW', price_tier='T-9')['group'] == 'NEW'
        assert api.get('/customers?group=NEW').json['total'] == 1
        body = {'scope': 'group', 'group': 'NEW', 'target': 'all', 'method': 'percent_off'}
        made(api, '/pricing/rules', body | {'name': 'New', 'value': 5})

    def test_terms_of_any_number_of_days(self, api: Api) -> None:
        assert customer(api, payment_terms_days=20)['payment_terms'] == 'NET20'
        assert customer(api, payment_terms_days=0)['payment_terms'] == 'COD'
        both = customer(api, payment_terms_days=20, payment_terms='EOM')
        assert both['payment_terms'] == 'EOM'

    def test_what_is_unknown_is_named_and_ignored(self, api: Api) -> None:
        answer = api.post('/customers', {'name': 'A', 'balance': 5, 'id': 77, 'colour': 'red'})
        assert answer.headers['x-ignored-fields'] == 'balance, id, colour'
        assert (answer.json['id'], answer.json['balance']) == (1, 0)

    def test_it_is_announced(self, api: Api) -> None:
        new = customer(api, code='A')
        [event] = events(api)
        assert (event['type'], event['data']['object']['code']) == ('customer.created', 'A')
        assert event['data']['object']['id'] == new['id']


class TestCodes:
    def test_the_next_above_the_highest(self, api: Api) -> None:
        assert customer(api)['code'] == 'C00001'
        customer(api, code='c00041')
        assert customer(api)['code'] == 'C00042'
        # Not of the series: too short, or more than a number.
        customer(api, code='C9000')
        customer(api, code='C00099X')
        assert customer(api)['code'] == 'C00043'

    @pytest.mark.parametrize('code', ['ACME', 'acme', ' Acme '])
    def test_one_that_exists(self, api: Api, code: str) -> None:
        customer(api, code='ACME')
        answer = api.post('/customers', {'name': 'B', 'code': code})
        assert answer.json['code'] == 'erp_duplicate'
        assert refused(answer, 'code') == 'customer code ACME exists already'

    def test_one_of_a_deleted_customer_with_history(self, api: Api) -> None:
        owed = created(api, customer_code='ACME')
        api.put(f'/invoices/{owed["id"]}', {'status': 'paid'})
        assert api.delete('/customers/1').status_code == 200
        answer = api.post('/customers', {'name': 'B', 'code': 'acme'})
        assert (answer.status_code, answer.json['code']) == (422, 'erp_duplicate')
        other = customer(api, code='OTHER')
        answer = api.put(f'/customers/{other["id"]}', {'code': 'ACME'})
        assert (answer.status_code, answer.json['code']) == (422, 'erp_duplicate')

    def test_one_of_a_deleted_customer_without(self, api: Api) -> None:
        old = customer(api, code='ACME')
        api.delete(f'/customers/{old["id"]}')
        new = customer(api, code='ACME')
        assert new['id'] != old['id'] and new['uid'] != old['uid']

    def test_may_change_until_something_is_posted(self, api: Api) -> None:
        one = customer(api, code='OLD')['id']
        draft = created(api, customer_code='OLD', status='draft')
        assert api.put(f'/customers/{one}', {'code': 'new'}).json['code'] == 'NEW'
        assert api.get(f'/customers/{one}/invoices').json['total'] == 1
        assert api.put(f'/customers/{one}', {'currency': 'USD'}).json['currency'] == 'USD'
        api.put(f'/customers/{one}', {'currency': 'CAD'})
        assert api.post(f'/invoices/{draft["id"]}/post').status_code == 200
        for change in ({'code': 'NEXT'}, {'currency': 'USD'}):
            answer = api.put(f'/customers/{one}', {'name': 'Lost'} | change)
            assert answer.json['code'] == 'erp_invalid_state'
            assert 'once a document is posted' in refused(answer)
        same = api.put(f'/customers/{one}', {'code': 'new', 'currency': 'CAD', 'name': 'Kept'})
        assert (same.status_code, same.json['name']) == (200, 'Kept')

    def test_an_invoice_of_nothing_is_posted_too(self, api: Api) -> None:
        free = [{'description': 'sample', 'qty': 1, 'unit_price': 0}]
        assert created(api, customer_code='A', lines=free)['total'] == 0
        refused(api.put('/customers/1', {'code': 'B'}))
        assert api.get('/customers/1').json['code'] == 'A'

    def test_so_is_a_voided_one(self, api: Api) -> None:
        api.put(f'/invoices/{created(api)["id"]}', {'status': 'void'})
        refused(api.put('/customers/1', {'code': 'B'}))

    def test_one_of_somebody_else(self, api: Api) -> None:
        customer(api, code='A')
        one = customer(api, code='B')
        answer = api.put(f'/customers/{one["id"]}', {'code': 'a'})
        assert answer.json['code'] == 'erp_duplicate'
        refused(answer, 'code')


class TestEmail:
    def test_twice_is_a_warning(self, api: Api) -> None:
        customer(api, email='Ann@Cote.example')
        again = customer(api, email='ann@COTE.example')
        assert again['warnings'] == ['duplicate_email']
        assert 'warnings' not in api.get(f'/customers/{again["id"]}').json

    def test_so_it_is_by_a_change(self, api: Api) -> None:
        customer(api, email='a@cote.example')
        one = customer(api, email='b@cote.example')['id']
        changed = api.put(f'/customers/{one}', {'email': 'a@cote.example'}).json
        assert changed['warnings'] == ['duplicate_email']
        assert 'warnings' not in api.put(f'/customers/{one}', {'name': 'B'}).json

    def test_ones_own_is_none(self, api: Api) -> None:
        one = customer(api, email='a@cote.example')['id']
        assert 'warnings' not in api.put(f'/customers/{one}', {'email': 'A@cote.example'}).json

    @pytest.mark.parametrize('email', [' ', 'a b@c.example', 'ann', '@c.example'])
    def test_no_address(self, api: Api, email: str) -> None:
        refused(api.post('/customers', {'name': 'A', 'email': email}), 'email')


class TestRepeats:
    def test_the_first_answer_again(self, api: Api) -> None:
        headers = {'Idempotency-Key': 'one'}
        first = api.post('/customers', {'name': 'A'}, headers=headers)
        again = api.post('/customers', {'name': 'A'}, headers=headers)
        assert (again.status_code, again.json) == (201, first.json)
        assert again.headers['idempotency-replayed'] == 'true'
        assert 'idempotency-replayed' not in first.headers
        assert again.headers['etag'] == first.headers['etag']
        assert api.get('/customers').json['total'] == 1

    def test_with_another_body(self, api: Api) -> None:
        headers = {'Idempotency-Key': 'one'}
        api.post('/customers', {'name': 'A'}, headers=headers)
        answer = api.post('/customers', {'name': 'B'}, headers=headers)
        assert (answer.status_code, answer.json['code']) == (422, 'erp_idempotency')
        assert api.get('/customers').json['total'] == 1

    def test_a_refusal_is_not_kept(self, api: Api) -> None:
        headers = {'Idempotency-Key': 'one'}
        assert api.post('/customers', {'name': ''}, headers=headers).status_code == 422
        assert api.post('/customers', {'name': 'A'}, headers=headers).status_code == 201

    def test_of_a_deletion(self, api: Api) -> None:
        customer(api)
        headers = {'Idempotency-Key': 'one'}
        first = api.delete('/customers/1', headers=headers)
        again = api.delete('/customers/1', headers=headers)
        assert (again.status_code, again.json) == (200, first.json)


class TestAtOnce:
    def test_one_code(self, api: Api) -> None:
        answers = together(6, lambda n: api.post('/customers', {'name': 'A', 'code': 'aA'[n % 2]}))
        assert sorted(answer.status_code for answer in answers) == [201] + [422] * 5
        assert {a.json['code'] for a in answers if a.status_code == 422} == {'erp_duplicate'}
        assert api.get('/customers').json['total'] == 1

    def test_codes_that_are_made(self, api: Api) -> None:
        answers = together(12, lambda n: api.post('/customers', {'name': 'A'}))
        assert {answer.status_code for answer in answers} == {201}
        codes = sorted(answer.json['code'] for answer in answers)
        assert codes == [f'C{n:05d}' for n in range(1, 13)]

    def test_one_version(self, api: Api) -> None:
        customer(api)
        headers = {'If-Match': '"1"'}

        def change(n: int) -> typing.Any:
            return api.put('/customers/1', {'name': f'N{n}'}, headers=headers)

        answers = together(4, change)
        assert sorted(answer.status_code for answer in answers) == [200] + [412] * 3
        assert api.get('/customers/1').json['version'] == 2
