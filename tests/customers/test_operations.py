"""What may become of a customer (CUS-1 to CUS-4, G-8 to G-11, G-13)."""

import typing

import pytest

from tests.conftest import Api, wide_key
from tests.invoicing import created, refused
from tests.paper import made
from tests.payfiles.paid import together

ALL = {
    'code': 'cafe-1',
    'name': 'Café Côté',
    'email': 'a@cote.example',
    'phone': '514 555-0100',
    'website': 'https://cote.example',
    'type': 'person',
    'language': 'fr',
    'currency': 'CAD',
    'address1': '1 rue Un',
    'address2': 'bureau 2',
    'city': 'Québec',
    'province': 'qc',
    'postal_code': 'G1R 1N8',
    'country': 'CA',
    'ship_to': {'line1': '2 rue Deux', 'city': 'Lévis', 'province': 'QC', 'country': 'CA'},
    'group': 'GOLD',
    'price_tier': 'B2B',
    'payment_terms': 'net45',
    'credit_limit': '5000.00',
    'credit_hold': False,
    'tax_exempt': 'gst',
    'gst_no': '123456789 RT0001',
    'qst_no': '1234567890 TQ0001',
    'salesperson': 'Ann',
    'notes': 'call first',
    'tags': ['a', 'b'],
    'metadata': {'deal': 7},
    'interest_rate_annual': '18',
    'interest_agreed_on': '2026-01-01',
    'dunning_excluded': True,
    'in_collections': True,
}
#: as it is kept, where that is not as it was sent
KEPT = {
    'code': 'CAFE-1',
    'province': 'QC',
    'payment_terms': 'NET45',
    'credit_limit': 5000,
    'gst_no': '123456789RT0001',
    'qst_no': '1234567890TQ0001',
    'interest_rate_annual': 18,
    'ship_to': {'attention': None, 'line2': None, 'postal_code': None} | ALL['ship_to'],
}
LONG = f'"{"9" * 5000}"'


def customer(api: Api, **values: typing.Any) -> dict[str, typing.Any]:
    return made(api, '/customers', {'name': 'Acme'} | values)


def events(api: Api) -> list[dict[str, typing.Any]]:
    return api.get('/events', params={'type': 'customer.*', 'limit': 100}).json['data']


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


class TestChange:
    def test_absent_is_unchanged(self, api: Api) -> None:
        before = customer(api, **ALL)
        after = api.put(f'/customers/{before["id"]}', {'notes': 'new'}).json
        changed = {name for name in before if after[name] != before[name]}
        assert changed == {'notes', 'version', 'updated_at'}

    @pytest.mark.parametrize(
        'field',
        [
            *('email', 'phone', 'website', 'language', 'address1', 'address2', 'city', 'province'),
            *('postal_code', 'country', 'ship_to', 'group', 'price_tier', 'payment_terms'),
            *('gst_no', 'qst_no', 'salesperson', 'notes', 'interest_rate_annual'),
            'interest_agreed_on',
        ],
    )
    def test_null_clears(self, api: Api, field: str) -> None:
        one = customer(api, **ALL)['id']
        answer = api.put(f'/customers/{one}', {field: None})
        assert answer.status_code == 200, answer.text
        assert answer.json[field] is None

    @pytest.mark.parametrize(
        'field',
        ['name', 'code', 'type', 'currency', 'credit_limit', 'credit_hold', 'tax_exempt', 'tags'],
    )
    def test_what_cannot_be_cleared(self, api: Api, field: str) -> None:
        one = customer(api, **ALL)['id']
        refused(api.put(f'/customers/{one}', {field: None}), field)

    def test_metadata_are_replaced_and_cleared(self, api: Api) -> None:
        one = customer(api, metadata={'a': 1, 'b': {'c': [2]}})['id']
        assert api.put(f'/customers/{one}', {'metadata': {'d': 3}}).json['metadata'] == {'d': 3}
        assert api.put(f'/customers/{one}', {'metadata': None}).json['metadata'] == {}

    def test_what_was_read_may_be_sent_back(self, api: Api) -> None:
        before = customer(api, **ALL)
        answer = api.put(f'/customers/{before["id"]}', before)
        assert answer.status_code == 200, answer.text
        assert answer.json == before
        assert len(events(api)) == 1

    def test_nothing_new_is_no_event(self, api: Api) -> None:
        one = customer(api, **ALL)['id']
        for change in ({}, {'name': 'Café Côté'}, {'code': 'CAFE-1'}, {'province': 'qc'}):
            assert api.put(f'/customers/{one}', change).json['version'] == 1
        assert len(events(api)) == 1

    def test_part_of_an_address(self, api: Api) -> None:
        one = customer(api, **ALL)['id']
        shown = api.put(f'/customers/{one}', {'address': {'city': 'Lévis'}}).json
        assert (shown['city'], shown['address']['city']) == ('Lévis', 'Lévis')
        assert (shown['address1'], shown['postal_code']) == ('1 rue Un', 'G1R 1N8')
        shown = api.put(f'/customers/{one}', {'address': {'line2': None}}).json
        assert (shown['address2'], shown['address1']) == (None, '1 rue Un')
        shown = api.put(f'/customers/{one}', {'address': None}).json
        assert set(shown['address'].values()) == {None}

    @pytest.mark.parametrize(
        ('change', 'field'),
        [
            ({'city': 'Laval', 'address': {'city': 'Lévis'}}, 'city'),
            ({'address1': '2 rue Deux', 'address': {'line1': None}}, 'address1'),
            ({'country': 'US', 'address': None}, 'country'),
            ({'gst_no': '999999999RT0001', 'gst_number': None}, 'gst_no'),
        ],
    )
    def test_two_spellings_that_differ(
        self, api: Api, change: dict[str, typing.Any], field: str
    ) -> None:
        one = customer(api, **ALL)['id']
        assert 'given twice' in refused(api.put(f'/customers/{one}', change), field)
        assert api.get(f'/customers/{one}').json['version'] == 1
        refused(api.post('/customers', {'name': 'B', **change}), field)

    @pytest.mark.parametrize('is_nested', [True, False])
    def test_one_of_what_was_read(self, api: Api, is_nested: bool) -> None:
        shown = customer(api, **ALL)
        change = (
            {'address': shown['address'] | {'city': 'Laval'}} if is_nested else {'city': 'Laval'}
        )
        after = api.put('/customers/1', shown | change).json
        assert (after['city'], after['address']['city']) == ('Laval', 'Laval')
        assert {n for n in shown if after[n] != shown[n]} == {
            *('address', 'city', 'version', 'updated_at'),
        }

    def test_two_that_agree(self, api: Api) -> None:
        one = customer(api)['id']
        change = {'city': 'Laval', 'address': {'city': 'Laval', 'country': 'CA'}}
        shown = api.put(f'/customers/{one}', change).json
        assert (shown['city'], shown['country']) == ('Laval', 'CA')

    def test_a_postal_code_and_a_country_that_do_not_agree(self, api: Api) -> None:
        one = customer(api, country='CA', postal_code='H2X 1Y4')['id']
        refused(api.put(f'/customers/{one}', {'postal_code': '12345'}), 'postal_code')
        assert api.put(f'/customers/{one}', {'postal_code': '12345', 'country': 'US'}).json
        refused(api.put(f'/customers/{one}', {'country': 'CA'}), 'postal_code')
        assert api.put(f'/customers/{one}', {'name': 'B'}).status_code == 200

    def test_it_is_announced_with_what_was_before(self, api: Api) -> None:
        one = customer(api, name='Old', group='A')['id']
        api.put(f'/customers/{one}', {'name': 'New', 'group': 'A'})
        event = events(api)[-1]
        assert event['type'] == 'customer.updated'
        assert event['data']['object']['name'] == 'New'
        assert event['data']['previous_attributes'] == {'name': 'Old'}

    @pytest.mark.parametrize('is_held', [True, False])
    def test_a_hold_is_announced_of_its_own(self, api: Api, is_held: bool) -> None:
        one = customer(api, credit_hold=not is_held)['id']
        shown = api.put(f'/customers/{one}', {'credit_hold': is_held}).json
        assert shown['status'] == ('hold' if is_held else 'active')
        assert [e['type'] for e in events(api)[1:]] == ['customer.updated', 'customer.credit_hold']

    def test_one_that_there_is_not(self, api: Api) -> None:
        answer = api.put('/customers/99', {'name': 'B'})
        assert (answer.status_code, answer.json['code']) == (404, 'erp_not_found')

    def test_posted_documents_keep_the_name(self, api: Api) -> None:
        number = created(api, customer_code='A', customer_name='Old name')['id']
        api.put('/customers/1', {'name': 'New name', 'address': {'city': 'Laval'}})
        assert api.get(f'/invoices/{number}').json['customer_name'] == 'Old name'


class TestVersion:
    def test_of_every_answer(self, api: Api) -> None:
        answer = api.post('/customers', {'name': 'A'})
        assert (answer.headers['etag'], answer.json['version']) == ('"1"', 1)
        assert api.put('/customers/1', {'name': 'B'}).headers['etag'] == '"2"'
        assert api.get('/customers/1').headers['etag'] == '"2"'

    @pytest.mark.parametrize('tag', ['"1"', '1', 'W/"1"', '*', ' "1" '])
    def test_that_matches(self, api: Api, tag: str) -> None:
        customer(api)
        headers = {'If-Match': tag}
        assert api.put('/customers/1', {'name': 'B'}, headers=headers).status_code == 200

    @pytest.mark.parametrize(
        'tag', ['"2"', '"0"', '"x"', '""', '"١"', '"-1"', LONG], ids=lambda tag: tag[:3]
    )
    @pytest.mark.parametrize('method', ['PUT', 'DELETE'])
    def test_that_does_not(self, api: Api, tag: str, method: str) -> None:
        customer(api, name='A')
        answer = api.ask(method, '/customers/1', {'name': 'B'}, headers={'If-Match': tag})
        assert (answer.status_code, answer.json['code']) == (412, 'erp_precondition_failed')
        assert api.get('/customers/1').json['name'] == 'A'


class TestDelete:
    def test_one_without_history(self, api: Api) -> None:
        one = customer(api)['id']
        answer = api.delete(f'/customers/{one}')
        assert (answer.status_code, answer.json) == (200, {'deleted': True, 'id': one})
        for again in (api.get(f'/customers/{one}'), api.delete(f'/customers/{one}')):
            assert again.status_code == 404
        assert api.get('/customers').json['total'] == 0
        assert events(api)[-1]['type'] == 'customer.deleted'

    def test_one_with_history(self, api: Api) -> None:
        number = created(api, customer_code='A', customer_name='Acme')['id']
        api.put(f'/invoices/{number}', {'status': 'paid'})
        assert api.delete('/customers/1').json == {'deleted': True, 'id': 1}
        gone = [
            api.get('/customers/1'),
            api.put('/customers/1', {'name': 'B'}),
            api.delete('/customers/1'),
            api.get('/customers/1/invoices'),
        ]
        assert [answer.status_code for answer in gone] == [404] * 4
        assert api.get('/customers').json['total'] == 0
        assert api.post('/customers/search', {'code': 'A'}).json['total'] == 0
        assert api.get(f'/invoices/{number}').json['customer_name'] == 'Acme'
        again = api.post('/invoices', {'customer_code': 'A', 'subtotal': 1})
        assert again.status_code == 422

    def test_one_who_owes(self, api: Api) -> None:
        created(api, customer_code='A')
        answer = api.delete('/customers/1')
        assert answer.json['code'] == 'erp_invalid_state'
        assert 'open balance' in refused(answer)
        assert api.get('/customers/1').status_code == 200

    def test_one_who_has_something_left(self, api: Api) -> None:
        number = created(api, customer_code='A', lines=[{'description': 'x', 'unit_price': 100}])
        api.put(f'/invoices/{number["id"]}', {'status': 'paid'})
        api.post('/billing/payments', {'customer_code': 'A', 'amount': 5})
        refused(api.delete('/customers/1'))

    def test_one_with_a_draft(self, api: Api) -> None:
        created(api, customer_code='A', status='draft')
        assert api.delete('/customers/1').status_code == 200
        assert api.get('/customers/1').status_code == 404
        refused(api.post('/customers', {'name': 'B', 'code': 'A'}), 'code')

    def test_one_who_waits_for_goods(self, api: Api) -> None:
        customer(api, code='A')
        made(api, '/products', {'sku': 'MOP', 'name': 'Mop'})
        waiting = made(api, '/backorders', {'customer_code': 'A', 'sku': 'MOP', 'qty': 2})
        assert 'open backorders' in refused(api.delete('/customers/1'))
        api.post(f'/backorders/{waiting["id"]}/cancel', {'reason': 'enough'})
        assert api.delete('/customers/1').status_code == 200

    def test_a_part_number_of_his_is_history(self, api: Api) -> None:
        customer(api, code='A')
        aliases = [{'alias': 'HIS-1', 'customer_code': 'A'}]
        made(api, '/products', {'sku': 'MOP', 'name': 'Mop', 'aliases': aliases})
        assert api.delete('/customers/1').status_code == 200
        refused(api.post('/customers', {'name': 'B', 'code': 'A'}), 'code')

    def test_with_a_key_that_only_reads(self, api: Api, app: typing.Any) -> None:
        customer(api)
        reader = Api(app, api.tenant, wide_key(api.tenant, scopes=['read-only']))
        writes = [
            reader.delete('/customers/1'),
            reader.put('/customers/1', {'name': 'B'}),
            reader.post('/customers', {'name': 'B'}),
        ]
        assert [answer.status_code for answer in writes] == [403] * 3
        assert reader.post('/customers/search', {'q': 'acme'}).json['total'] == 1


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
