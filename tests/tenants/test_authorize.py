"""/wp-admin/authorize-application.php: an application asks, a person decides."""

import json
import urllib.parse

import pytest

from tenants.models import ApplicationPassword, Session
from tenants.operations import change_status
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle
from tests.tenants.people import DATA, UUID, Browser, Person, add_member, fields, join

PAGE = '/wp-admin/authorize-application.php'
MEASURED = json.loads((DATA / '11_authorize_application.json').read_text())
#: those that lead to a page with a form; WordPress refuses the others with 500, KARVO with 400
FLOWS = [flow for flow in MEASURED['flows'] if flow['page_status'] == 200]
REFUSED = [flow for flow in MEASURED['flows'] if flow['page_status'] != 200]
#: only WordPress' own: its second nonce field, and the words on the buttons
UNLIKE = {'_wp_http_referer', 'approve', 'reject', '_wpnonce'}


@pytest.fixture(scope='module')
def tenant(server):
    made = new_tenant(name='Épicerie <Côté>')
    yield made
    recycle(made)


@pytest.fixture(scope='module')
def user(tenant):
    return add_member(tenant, 'clerk', 'sales', 'pass word')


@pytest.fixture
def browser(app, user):
    """Signed in, on the machine that KARVO runs on."""
    browser = Browser(app)
    assert browser.sign_in(user.login, 'pass word').status_code == 302
    return browser


def address(query):
    return f'{PAGE}?{urllib.parse.urlencode(query)}'


def decide(browser, query, button='approve', **changed):
    page = browser.get(address(query))
    assert page.status_code == 200, page.text
    return browser.post(PAGE, fields(page) | {button: '1'} | changed)


def parameters(location):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


class TestNotSignedIn:
    def test_leads_to_the_log_in_page_and_back(self, app, user):
        browser = Browser(app)
        query = {'app_name': 'My Till', 'success_url': 'https://till.example/cb'}
        answer = browser.get(address(query))
        assert answer.status_code == 302
        measured = MEASURED['not_logged_in']['Location']
        assert answer.headers['Location'] == measured.replace(
            'https://wp.example', 'http://localhost'
        ).replace('https%3A%2F%2Fwp.example', 'http%3A%2F%2Flocalhost')
        page = browser.get(answer.headers['Location'])
        form = fields(page) | {'log': user.login, 'pwd': 'pass word'}
        back = browser.post('/wp-login.php', form)
        assert back.headers['Location'] == f'http://localhost{address(query)}'
        assert 'My Till' in browser.get(back.headers['Location']).text

    def test_a_decision_without_a_session(self, app):
        browser = Browser(app)
        answer = browser.post(PAGE, {'app_name': 'x', 'approve': '1', '_wpnonce': 'x'})
        assert answer.status_code == 302
        assert answer.headers['Location'].startswith('http://localhost/wp-login.php?redirect_to=')


class TestMeasuredFlows:
    @pytest.mark.parametrize('flow', FLOWS, ids=lambda flow: f'{flow["query"]} {flow["submit"]}')
    def test_form_and_answer(self, browser, user, flow):
        page = browser.get(address(flow['query']))
        assert page.status_code == flow['page_status']
        shown = fields(page)
        due = {name: text for name, text in flow['form_fields'].items() if name not in UNLIKE}
        assert {name: shown[name] for name in due} == due
        answer = browser.post(PAGE, shown | {flow['submit']: '1'})
        assert answer.status_code == flow['post_status']
        self.held_to(flow['Location'], answer, user)

    def held_to(self, measured, answer, user):
        if measured is None:
            assert 'Location' not in answer.headers
        elif 'password=' in measured:
            start, _, _ = measured.partition('site_url=')
            assert answer.headers['Location'].startswith(start + 'site_url=http%3A%2F%2Flocalhost&')
            told = parameters(answer.headers['Location'])
            assert list(told)[-3:] == ['site_url', 'user_login', 'password']
            assert told['user_login'] == user.login
            assert len(told['password']) == 24 and told['password'].isalnum()
        elif measured.endswith('/wp-admin/'):
            assert answer.headers['Location'] == 'http://localhost/'  # no dashboard here
        else:
            assert answer.headers['Location'] == measured

    @pytest.mark.parametrize('flow', REFUSED, ids=lambda flow: str(flow['query']))
    def test_refusals(self, browser, flow):
        page = browser.get(address(flow['query']))
        assert page.status_code == 400
        words = page.text.split('<main')[1].split('</main>')[0]
        assert flow['page_text'].split('allowed. ')[1].split('. ')[0].rstrip('.') in words
        assert '<form' not in words


class TestApproved:
    def test_the_password_opens_the_api_as_that_person(self, app, browser, tenant, user):
        answer = decide(browser, {'app_name': 'Till', 'success_url': 'https://till.example/cb'})
        told = parameters(answer.headers['Location'])
        client = Person(app, told['user_login'], told['password'])
        assert client.get('/users/me').json['id'] == user.id
        row = client.get('/users/me/application-passwords/introspect').json
        assert row['name'] == 'Till'
        assert Api(app, None).get('/customers').status_code == 401

    def test_shown_once_without_an_address_to_go_back_to(self, app, browser, user):
        page = decide(browser, {'app_name': 'Till', 'app_id': UUID})
        assert page.status_code == 200
        password = page.text.split('<code>')[1].split('</code>')[0]
        assert [len(group) for group in password.split(' ')] == [4] * 6
        assert Person(app, user.login, password).get('/users/me').status_code == 200
        assert 'no-store' in page.headers['Cache-Control']
        assert password not in browser.get(address({'app_name': 'Till'})).text
        row = ApplicationPassword.select().order_by(ApplicationPassword.id.desc()).get()
        assert row.app_id == UUID

    def test_an_applications_own_scheme_is_never_followed(self, browser):
        query = {'app_name': 'Phone', 'success_url': 'mytill://done', 'reject_url': 'mytill://no'}
        assert decide(browser, query).status_code == 200
        rejected = decide(browser, query, 'reject')
        assert rejected.headers['Location'] == 'http://localhost/'

    def test_the_name_can_be_changed(self, browser):
        decide(browser, {'app_name': 'Till'}, app_name='The till in <b>Laval</b>')
        row = ApplicationPassword.select().order_by(ApplicationPassword.id.desc()).get()
        assert row.name == 'The till in Laval'

    @pytest.mark.parametrize('name', ['', '  ', '<b></b>'])
    def test_without_a_name(self, browser, name):
        before = ApplicationPassword.select().count()
        page = decide(browser, {'app_name': 'Till'}, app_name=name)
        assert page.status_code == 400
        assert 'aria-describedby="problem name-hint"' in page.text
        assert 'Give the connection a name.' in page.text
        assert ApplicationPassword.select().count() == before

    def test_is_an_event(self, app, browser, tenant):
        api = Api(app, tenant, wide_key(tenant))
        decide(browser, {'app_name': 'Evented'})
        told = api.get('/events?type=application_password.created&limit=1000').json['data']
        assert told[-1]['data']['object']['name'] == 'Evented'

    def test_the_question_goes_before_the_fragment(self, browser):
        query = {'app_name': 'x', 'success_url': 'https://a.example/cb?x=1#part'}
        location = decide(browser, query).headers['Location']
        assert location.startswith('https://a.example/cb?x=1&site_url=')
        assert location.endswith('#part')

    def test_there_is_one_password_whatever_the_link_brought(self, browser):
        url = 'https://a.example/cb?password=mine&x=%20&pass%77ord=2&user_login#part'
        where = decide(browser, {'app_name': 'x', 'success_url': url}).headers['Location']
        assert where.startswith('https://a.example/cb?x=%20&site_url=')
        assert (where.count('ord='), where.count('login')) == (1, 1)

    def test_where_forms_may_lead(self, browser):
        query = {'app_name': 'x', 'success_url': 'https://a.example:8443/cb'}
        policy = browser.get(address(query)).headers['Content-Security-Policy']
        assert "form-action 'self' https://a.example:8443;" in policy


class TestRejected:
    def test_no_password_is_made(self, browser):
        before = ApplicationPassword.select().count()
        query = {'app_name': 'x', 'success_url': 'https://a.example/cb?x=1'}
        answer = decide(browser, query, 'reject')
        assert answer.headers['Location'] == 'https://a.example/cb?x=1&success=false'
        both = decide(browser, query, 'reject', approve='1')
        assert 'password' not in both.headers['Location']
        neither = decide(browser, query, 'nothing')
        assert 'password' not in neither.headers['Location']
        assert ApplicationPassword.select().count() == before


class TestAddresses:
    @pytest.mark.parametrize('name', ['success_url', 'reject_url'])
    @pytest.mark.parametrize(
        'url',
        [
            'javascript:alert(1)',
            'JavaScript://x/%0aalert(1)',
            'data:text/html,x',
            'data://text/html,x',
            'vbscript://x',
            'file:///etc/passwd',
            '//evil.example',
            '/\\evil.example',
            '/path',
            'https:evil.example',
            'https://',
            'https:///x',
            'https://a.example\\@b.example',
            'https://user@a.example/',
            'https://a.example;script-src *',
            "https://a.example/ 'unsafe-inline'",
            'https://a.example:99999/',
            'https://[::1/',
            'https://a.example/\r\nSet-Cookie: a=b',
            'https://é.example/',
            'till',
            'https://a.example/' + 'x' * 2000,
        ],
    )
    def test_refused(self, browser, name, url):
        page = browser.get(address({'app_name': 'x', name: url}))
        assert page.status_code == 400
        assert 'Invalid URL format.' in page.text
        assert url not in page.text

    def test_refused_again_when_the_form_comes_back(self, browser):
        page = browser.get(address({'app_name': 'x', 'success_url': 'https://a.example'}))
        for field in ('success_url', 'reject_url'):
            form = fields(page) | {'approve': '1', field: 'javascript:alert(1)'}
            assert browser.post(PAGE, form).status_code == 400

    def test_http_on_ones_own_machine_only(self, app, user):
        away = Browser(app, host='erp.example', protocol='https')
        away.sign_in(user.login, 'pass word')
        for url in ('http://127.0.0.1:9000/cb', 'http://localhost/cb', 'http://[::1]:1/cb'):
            assert away.get(address({'app_name': 'x', 'success_url': url})).status_code == 200
        page = away.get(address({'app_name': 'x', 'success_url': 'http://till.example/cb'}))
        assert page.status_code == 400
        assert 'must be served over a secure connection' in page.text

    def test_http_anywhere_when_this_site_is_local(self, browser):
        query = {'app_name': 'x', 'success_url': 'http://till.example/cb'}
        assert browser.get(address(query)).status_code == 200

    @pytest.mark.parametrize('app_id', ['zz', UUID + '0', f'{{{UUID}}}', '<b>'])
    def test_an_application_id_that_is_none(self, browser, app_id):
        page = browser.get(address({'app_name': 'x', 'app_id': app_id}))
        assert page.status_code == 400
        assert 'must be a UUID' in page.text and '<b>' not in page.text

    def test_what_an_application_calls_itself_is_escaped(self, browser):
        name = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
        page = browser.get(address({'app_name': name, 'success_url': 'https://a.example/?"><b>'}))
        assert '<script' not in page.text and '<img' not in page.text and '"><b>' not in page.text
        assert fields(page)['app_name'] == name


class TestForgedDecisions:
    def test_without_or_with_a_wrong_nonce(self, browser):
        before = ApplicationPassword.select().count()
        page = browser.get(address({'app_name': 'x', 'success_url': 'https://evil.example'}))
        for nonce in ('', 'x', fields(page)['_wpnonce'][:-1]):
            answer = browser.post(PAGE, fields(page) | {'approve': '1', '_wpnonce': nonce})
            assert answer.status_code == 403
            assert 'Location' not in answer.headers
        assert ApplicationPassword.select().count() == before

    def test_with_the_nonce_of_another_session(self, app, browser, tenant):
        add_member(tenant, 'thief', 'sales', 'thief')
        thief = Browser(app)
        thief.sign_in(f'{tenant.slug}_thief', 'thief')
        stolen = fields(thief.get(address({'app_name': 'x'})))['_wpnonce']
        page = browser.get(address({'app_name': 'x'}))
        answer = browser.post(PAGE, fields(page) | {'approve': '1', '_wpnonce': stolen})
        assert answer.status_code == 403

    def test_the_nonce_of_an_earlier_session(self, browser, user):
        old = fields(browser.get(address({'app_name': 'x'})))
        browser.sign_in(user.login, 'pass word')
        assert browser.post(PAGE, old | {'approve': '1'}).status_code == 403

    def test_a_made_up_session(self, app):
        browser = Browser(app)
        for token in ('x', 'é', 'x' * 5000, '\0'):
            browser.cookies['karvo_session'] = token
            assert browser.get(PAGE).status_code == 302

    def test_cannot_be_framed(self, browser):
        page = browser.get(PAGE)
        assert page.headers['X-Frame-Options'] == 'DENY'
        assert "frame-ancestors 'none'" in page.headers['Content-Security-Policy']

    def test_approving_is_no_link(self, browser):
        before = ApplicationPassword.select().count()
        nonce = fields(browser.get(PAGE))['_wpnonce']
        browser.get(address({'app_name': 'x', 'approve': '1', '_wpnonce': nonce}))
        assert ApplicationPassword.select().count() == before


class TestSeveralCompanies:
    def test_a_member_of_two_tenants_chooses(self, app):
        one, two = new_tenant(name='One'), new_tenant(name='Two')
        user = add_member(one, 'both', 'sales', 'pass word')
        join(two, user, 'readonly')
        browser = Browser(app)
        browser.sign_in(user.login, 'pass word')
        page = browser.get(address({'app_name': 'Till', 'success_url': 'https://a.example/'}))
        assert '<label for="company">' in page.text
        keys = dict(zip(('One', 'Two'), _options(page.text), strict=True))
        for tenant, name, role in ((one, 'One', 'sales'), (two, 'Two', 'readonly')):
            form = fields(page) | {'company': keys[name], 'approve': '1'}
            told = parameters(browser.post(PAGE, form).headers['Location'])
            client = Person(app, told['user_login'], told['password'])
            assert client.get('/users/me?context=edit').json['roles'] == [role]
            chief = Person(app, tenant.username, tenant.application_password)
            path = f'/users/{user.id}/application-passwords'
            assert [row['name'] for row in chief.get(path).json] == ['Till']

    @pytest.mark.parametrize('company', ['', 'x', 'theirs'])
    def test_not_one_of_others(self, app, tenant, company):
        one, two = new_tenant(name='Same'), new_tenant(name='Same')
        user = add_member(one, 'both', 'sales', 'pass word')
        join(two, user, 'sales')
        browser = Browser(app)
        browser.sign_in(user.login, 'pass word')
        page = browser.get(address({'app_name': 'Till'}))
        assert f'Same ({one.slug})' in page.text and f'Same ({two.slug})' in page.text
        theirs = tenant.company_id if company == 'theirs' else company
        form = fields(page) | {'company': theirs, 'approve': '1'}
        assert browser.post(PAGE, form).status_code == 403

    def test_a_suspended_tenant_is_none(self, app):
        tenant = new_tenant()
        user = add_member(tenant, 'late', 'sales', 'pass word')
        browser = Browser(app)
        browser.sign_in(user.login, 'pass word')
        page = browser.get(PAGE)
        change_status(tenant.tenant_id, 'suspended', actor=type('A', (), {'name': 'tests'})())
        refused = browser.get(PAGE)
        assert (refused.status_code, '<form' in refused.text) == (403, False)
        answer = browser.post(PAGE, fields(page) | {'app_name': 'x', 'approve': '1'})
        assert answer.status_code == 403


def _options(text):
    return [part.split('"')[0] for part in text.split('<option value="')[1:]]


class TestPage:
    def test_in_french(self, browser):
        page = browser.get(address({'app_name': 'Caisse', 'lang': 'fr'}))
        assert '<html lang="fr">' in page.text
        assert 'Oui, j’approuve cette liaison' in page.text
        assert 'Épicerie &lt;Côté&gt;' in page.text
        shown = browser.post(PAGE, fields(page) | {'approve': '1'})
        assert '<html lang="fr">' in shown.text

    def test_head(self, browser):
        answer = browser.ask('HEAD', PAGE)
        assert (answer.status_code, answer.text) == (200, '')

    def test_without_a_name(self, browser):
        assert 'An application' in browser.get(PAGE).text

    def test_labels(self, browser):
        text = browser.get(address({'app_name': 'x'})).text
        assert '<label for="app_name">' in text and 'id="app_name"' in text
        assert '<script' not in text


class TestOverPlainHttp:
    @pytest.mark.parametrize('method', ['GET', 'POST'])
    def test_not_available(self, app, method):
        browser = Browser(app, host='erp.example')
        form = {'Content-Type': 'application/x-www-form-urlencoded'}
        page = browser.ask(method, PAGE, headers=form, body='a=b')
        assert page.status_code == 501
        assert 'https' in page.text and '<form' not in page.text


@pytest.fixture(autouse=True, scope='module')
def _no_sessions_left(server):
    yield
    Session.delete().execute()
