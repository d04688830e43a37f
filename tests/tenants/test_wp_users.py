"""/users of wp/v2: members of one's own tenant, shaped as WordPress shapes users."""

import pytest

from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle
from tests.tenants.people import Person, add_member, basic, golden, join, person, shape

USERS = golden('09_users.json')


@pytest.fixture(scope='module')
def tenant(server):
    made = new_tenant()
    yield made
    recycle(made)


@pytest.fixture(scope='module')
def boss(app, tenant):
    """The tenant's first user, an administrator."""
    return Person(app, tenant.username, tenant.application_password)


@pytest.fixture(scope='module')
def seller(app, tenant):
    return person(app, tenant, add_member(tenant, 'zoé', 'sales'))


@pytest.fixture(scope='module')
def subscriber(app, tenant):
    return person(app, tenant, add_member(tenant, 'sub', 'subscriber'))


def with_key(app, tenant, **values):
    api = Api(app, tenant, wide_key(tenant, **values))
    caller = Person(app, '', '')
    caller.login = ''
    return lambda path: caller.get(path, headers={'X-SE-ERP-Key': api.key})


class TestMe:
    def test_has_the_members_that_were_measured(self, boss):
        answer, measured = boss.get('/users/me'), USERS['me']['response']
        assert answer.status_code == measured['status']
        # `meta` is PHP's empty array there, and the links say what may be done: only GET here.
        assert shape(answer.json) == shape(measured['body'] | {'meta': {}})
        assert answer.headers['Content-Type'] == measured['headers']['Content-Type']
        assert answer.json['meta'] == {}
        assert answer.json['_links']['self'][0] == {
            'href': f'http://localhost/wp-json/wp/v2/users/{answer.json["id"]}',
            'targetHints': {'allow': ['GET']},
        }

    def test_edit_context(self, subscriber):
        answer = subscriber.get('/users/me?context=edit').json
        measured = USERS['me, edit context (subscriber)']['response']['body']
        assert list(answer) == list(measured)
        assert answer['roles'] == ['subscriber']
        assert answer['capabilities'] == {'read': True, 'subscriber': True}
        assert answer['extra_capabilities'] == {'subscriber': True}
        assert answer['registered_date'].endswith('+00:00')
        assert answer['username'] == subscriber.login

    def test_an_administrator_has_the_capabilities_that_clients_look_for(self, boss):
        able = boss.get('/users/me?context=edit').json['capabilities']
        assert able['list_users'] and able['edit_users'] and able['manage_options']

    def test_embed_context(self, boss):
        shown = boss.get('/users/me?context=embed').json
        assert 'meta' not in shown and 'email' not in shown

    def test_pictures_come_from_this_host(self, boss):
        shown = boss.get('/users/me').json['avatar_urls']
        assert list(shown) == ['24', '48', '96']
        assert shown['24'] == 'http://localhost/avatar.svg?s=24'
        picture = boss.client.simulate_get('/avatar.svg?s=24')
        assert (picture.status_code, picture.headers['Content-Type']) == (200, 'image/svg+xml')

    def test_nobody(self, app):
        answer = Person(app, '', '').get('/users/me')
        assert (answer.status_code, answer.json['code']) == (401, 'rest_not_logged_in')
        assert answer.json['message'] == 'You are not currently logged in.'

    @pytest.mark.parametrize('login', ['right', 'nobody_at_all'])
    def test_wrong_credentials_do_not_tell_which(self, app, tenant, login):
        name = tenant.username if login == 'right' else login
        answer = Person(app, name, 'wrong').get('/users/me')
        assert answer.status_code == 401
        assert answer.json == {
            'code': 'incorrect_password',
            'message': 'The provided password is an invalid application password.',
            'data': {'status': 401},
        }

    def test_the_log_in_password_opens_nothing(self, app, tenant):
        answer = Person(app, tenant.username, tenant.password).get('/users/me')
        assert (answer.status_code, answer.json['code']) == (401, 'incorrect_password')

    @pytest.mark.parametrize('header', ['Basic !', 'Basic', 'Basic YQ==', 'Bearer x', 'Basic /w=='])
    def test_unreadable_headers(self, app, header):
        answer = Person(app, '', '').get('/users/me', headers={'Authorization': header})
        assert (answer.status_code, answer.json['code']) == (401, 'rest_not_logged_in')

    def test_a_password_of_ten_kilobytes(self, app, tenant):
        headers = basic(tenant.username, 'x' * 10_000)
        answer = Person(app, '', '').get('/users/me', headers=headers)
        assert answer.status_code == 401

    def test_by_e_mail_and_in_any_case(self, app, tenant):
        user = add_member(tenant, 'mail', 'sales')
        client = person(app, tenant, user)
        for login in (user.email, user.email.upper(), user.login.upper()):
            assert Person(app, login, client.password).get('/users/me').json['id'] == user.id
        packed = client.password.replace(' ', '-')
        assert Person(app, user.login, packed).get('/users/me').status_code == 200
        swapped = client.password.swapcase()
        assert Person(app, user.login, swapped).get('/users/me').status_code == 401

    def test_a_key_is_no_user(self, app, tenant):
        answer = with_key(app, tenant)('/users/me')
        assert (answer.status_code, answer.json['code']) == (401, 'rest_not_logged_in')


class TestUser:
    def test_others_with_users_read(self, boss, seller, subscriber):
        own = seller.get('/users/me').json['id']
        assert boss.get(f'/users/{own}').json['id'] == own
        assert subscriber.get(f'/users/{subscriber.get("/users/me").json["id"]}').status_code == 200
        refused = subscriber.get(f'/users/{own}')
        assert (refused.status_code, refused.json['code']) == (403, 'rest_user_cannot_view')

    def test_nobody(self, app, boss):
        measured = USERS['someone else, anonymous']['response']
        answer = Person(app, '', '').get(f'/users/{boss.get("/users/me").json["id"]}')
        assert (answer.status_code, answer.json) == (measured['status'], measured['body'])

    def test_all_of_others_is_for_those_who_manage(self, boss, seller):
        measured = USERS['edit someone else']['response']
        chief, own = boss.get('/users/me').json['id'], seller.get('/users/me').json['id']
        answer = seller.get(f'/users/{chief}?context=edit')
        assert (answer.status_code, answer.json) == (measured['status'], measured['body'])
        assert boss.get(f'/users/{own}?context=edit').json['email'].startswith('t')
        assert seller.get(f'/users/{own}?context=edit').status_code == 200

    @pytest.mark.parametrize('id', [0, 999_999, 2**63 - 1])
    def test_unknown(self, boss, id):
        answer = boss.get(f'/users/{id}')
        assert (answer.status_code, answer.json['code']) == (404, 'rest_user_invalid_id')
        assert answer.json['message'] == 'Invalid user ID.'

    def test_a_login_is_no_id(self, boss):
        answer = boss.get(f'/users/{boss.login}')
        assert (answer.status_code, answer.json['code']) == (404, 'rest_no_route')

    def test_of_another_tenant(self, app, boss):
        other = new_tenant()
        theirs = Person(app, other.username, other.application_password)
        answer = boss.get(f'/users/{theirs.get("/users/me").json["id"]}')
        assert (answer.status_code, answer.json['code']) == (404, 'rest_user_invalid_id')


@pytest.fixture(scope='module')
def crew(app):
    """Five members of a tenant of their own, and its administrator."""
    tenant = new_tenant(name='Crew')
    for name in ('delia', 'bob', 'carl', 'élise'):
        add_member(tenant, name, 'sales' if name < 'c' else 'support')
    return tenant, Person(app, tenant.username, tenant.application_password)


class TestList:
    def test_is_an_array_with_paging_headers(self, crew):
        measured = USERS['list, anonymous: authors of published posts only']['response']
        answer = crew[1].get('/users')
        assert shape(answer.json[:1]) == shape([measured['body'][0] | {'meta': {}}])
        assert answer.headers['X-WP-Total'] == '5'
        assert answer.headers['X-WP-TotalPages'] == '1'
        assert [row['name'] for row in answer.json] == ['Bob', 'Carl', 'Crew', 'Delia', 'Élise']

    def test_pages(self, crew):
        answer = crew[1].get('/users?per_page=2&page=2')
        assert [row['name'] for row in answer.json] == ['Crew', 'Delia']
        assert answer.headers['X-WP-TotalPages'] == '3'
        assert [r['name'] for r in crew[1].get('/users?offset=4').json] == ['Élise']
        beyond = crew[1].get('/users?page=9')
        assert (beyond.json, beyond.headers['X-WP-Total']) == ([], '5')

    def test_filters(self, crew):
        tenant, chief = crew
        everyone = {row['name']: row['id'] for row in chief.get('/users?orderby=id').json}

        def names(query):
            return [row['name'] for row in chief.get(f'/users?{query}').json]

        assert names(f'include={everyone["Bob"]},{everyone["Carl"]}') == ['Bob', 'Carl']
        assert names(f'exclude={everyone["Bob"]}&per_page=1') == ['Carl']
        assert names('search=%C3%A9lis') == ['Élise']
        assert names('search=%25') == []
        assert names(f'slug={tenant.slug}_bob,nobody') == ['Bob']
        assert names('roles=support') == ['Carl', 'Delia', 'Élise']
        assert names('order=desc&orderby=registered_date')[0] == 'Élise'
        assert names('orderby=slug') == ['Élise', 'Crew', 'Bob', 'Carl', 'Delia']

    @pytest.mark.parametrize(
        ('query', 'field', 'code'),
        [
            ('per_page=0', 'per_page', 'rest_out_of_bounds'),
            ('per_page=101', 'per_page', 'rest_out_of_bounds'),
            ('page=x', 'page', 'rest_invalid_type'),
            ('orderby=colour', 'orderby', 'rest_not_in_enum'),
            ('context=all', 'context', 'rest_not_in_enum'),
            ('include=a', 'include', 'rest_invalid_type'),
            ('search=%00', 'search', 'rest_invalid_param'),
        ],
    )
    def test_bad_parameters(self, crew, query, field, code):
        answer = crew[1].get(f'/users?{query}')
        assert (answer.status_code, answer.json['code']) == (400, 'rest_invalid_param')
        assert answer.json['message'] == f'Invalid parameter(s): {field}'
        assert list(answer.json['data']) == ['status', 'details', 'params']
        assert answer.json['data']['details'][field]['code'] == code
        assert answer.json['data']['params'][field]

    def test_nobody_and_those_without_the_right(self, app, subscriber, seller):
        anonymous = Person(app, '', '').get('/users')
        assert (anonymous.status_code, anonymous.json['code']) == (401, 'rest_user_cannot_view')
        refused = subscriber.get('/users')
        assert (refused.status_code, refused.json['code']) == (403, 'rest_user_cannot_view')
        assert 'Allow' not in refused.headers
        private = seller.get('/users?context=edit')
        assert (private.status_code, private.json['code']) == (403, 'rest_forbidden_context')

    def test_keys_list_with_users_read(self, app, tenant):
        assert len(with_key(app, tenant, scopes=['users:read'])('/users').json) >= 1
        assert with_key(app, tenant, scopes=['invoices:read'])('/users').status_code == 403
        assert with_key(app, tenant, scopes=['users:read'])('/users?context=edit').json == {
            'code': 'rest_forbidden_context',
            'message': 'Sorry, you are not allowed to edit users.',
            'data': {'status': 403},
        }

    def test_a_member_of_two_tenants_has_a_role_in_each(self, app):
        one, two = new_tenant(), new_tenant()
        user = add_member(one, 'both', 'sales')
        join(two, user, 'accountant')
        for tenant, role in ((one, 'sales'), (two, 'accountant')):
            shown = person(app, tenant, user).get('/users/me?context=edit').json
            assert (shown['id'], shown['roles']) == (user.id, [role])
            chief = Person(app, tenant.username, tenant.application_password)
            assert chief.get('/users').headers['X-WP-Total'] == '2'


class TestRoles:
    @pytest.mark.parametrize(
        ('role', 'reads', 'sells', 'pays', 'keys'),
        [
            ('administrator', 200, 201, 201, 201),
            ('manager', 200, 201, 201, 201),
            ('editor', 200, 201, 403, 403),
            ('shop_manager', 200, 201, 201, 403),
            ('author', 200, 201, 403, 403),
            ('contributor', 200, 403, 403, 403),
            ('subscriber', 403, 403, 403, 403),
            ('customer', 403, 403, 403, 403),
            ('made_up', 403, 403, 403, 403),
        ],
    )
    def test_what_they_may_do_in_the_books(self, app, tenant, role, reads, sells, pays, keys):
        client = person(app, tenant, add_member(tenant, f'role_{role}', role))
        headers = basic(client.login, client.password)
        books = Api(app, None)
        sale = {'customer_code': 'R', 'customer_name': 'R', 'subtotal': 1}
        payment = {'customer_code': 'R', 'amount': 1}
        api = Api(app, tenant, wide_key(tenant))
        api.post('/customers', {'code': 'R', 'name': 'R'})
        done = [
            books.get('/customers', headers=headers),
            books.post('/invoices', sale, headers=headers),
            books.post('/billing/payments', payment, headers=headers),
            books.post('/keys', {'scopes': 'read-only'}, headers=headers),
        ]
        assert [answer.status_code for answer in done] == [reads, sells, pays, keys]
        assert client.get('/users/me').status_code == 200
