"""/wp-login.php: signing in with the log-in password; what is kept of it, and who is kept out."""

import datetime as dt
import re

import pytest

from karvo.kit import clock
from tenants import wp_hashes
from tenants.models import Session
from tenants.secrets import digest
from tenants.wordpress import sessions
from tenants.wordpress.redirects import own_path
from tests.conftest import new_tenant
from tests.recycled import recycle
from tests.tenants.people import Browser, add_member, fields

LOGIN = '/wp-login.php'
TARGET = '/wp-admin/authorize-application.php?app_name=Till'


@pytest.fixture(scope='module')
def tenant(server):
    made = new_tenant()
    yield made
    recycle(made)


@pytest.fixture
def user(tenant):
    return add_member(tenant, sessions.new_token()[:8].lower(), 'sales', 'correct horse')


@pytest.fixture
def browser(app):
    """From an address of its own, so that throttles do not mix."""
    browser = Browser(app, host='karvo.localhost')
    yield browser
    Session.delete().execute()


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Time is evened out for show (test_timing.py sees to that); here it would only be lost."""
    monkeypatch.setattr(wp_hashes, 'spend_bcrypt', lambda spent, cost: None)
    monkeypatch.setattr(wp_hashes, 'spend_phpass', lambda password: None)


def wrong(browser, login, password='wrong'):
    return browser.sign_in(login, password)


class TestForm:
    def test_is_labelled_and_silent_towards_others(self, browser):
        page = browser.get(f'{LOGIN}?redirect_to={TARGET}&reauth=1')
        assert page.status_code == 200
        assert page.headers['Content-Type'] == 'text/html; charset=UTF-8'
        for name in ('log', 'pwd'):
            assert f'<label for="{name}">' in page.text and f'id="{name}"' in page.text
        assert 'autofocus' in page.text and 'autocomplete="current-password"' in page.text
        assert '<script' not in page.text
        policy = page.headers['Content-Security-Policy']
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert 'unsafe' not in policy
        assert page.headers['X-Frame-Options'] == 'DENY'
        assert 'no-store' in page.headers['Cache-Control']

    @pytest.mark.parametrize(
        ('header', 'query', 'language'),
        [
            ('', '', 'en'),
            ('fr-CA,fr;q=0.9,en;q=0.8', '', 'fr'),
            ('de,en;q=0.5', '', 'en'),
            ('fr', '?lang=en', 'en'),
            ('', '?lang=fr', 'fr'),
            ('', '?lang=xx', 'en'),
        ],
    )
    def test_speaks_both_languages(self, browser, header, query, language):
        page = browser.get(LOGIN + query, headers={'Accept-Language': header})
        assert f'<html lang="{language}">' in page.text
        assert page.headers['Content-Language'] == language
        assert ('Mot de passe' in page.text) == (language == 'fr')

    def test_an_error_is_tied_to_the_fields(self, browser, user):
        page = wrong(browser, user.login)
        assert page.status_code == 401
        assert page.text.count('aria-describedby="problem"') == 2
        assert 'id="problem" role="alert"' in page.text
        assert user.login in page.text and 'wrong"' not in page.text

    def test_what_was_typed_is_escaped(self, browser):
        page = wrong(browser, '"><script>alert(1)</script>')
        assert '<script' not in page.text and '&lt;script&gt;' in page.text


class TestSigningIn:
    @pytest.mark.parametrize('by', ['login', 'email', 'upper case'])
    def test_by_name_or_e_mail(self, browser, user, by):
        names = {'login': user.login, 'email': user.email, 'upper case': user.login.upper()}
        answer = browser.sign_in(names[by], 'correct horse', TARGET)
        assert answer.status_code == 302
        assert answer.headers['Location'] == f'{browser.origin}{TARGET}'
        assert browser.get(TARGET).status_code == 200

    def test_the_cookie(self, browser, user):
        browser.sign_in(user.login, 'correct horse')
        cookie = browser.set['karvo_session']
        assert (cookie.http_only, cookie.same_site, cookie.path) == (True, 'Lax', '/')
        assert (cookie.secure, cookie.max_age) == (False, 12 * 3600)
        assert len(cookie.value) >= 43

    def test_over_https_it_is_secure_and_of_this_host_alone(self, app, user):
        browser = Browser(app, host='erp.example', protocol='https')
        browser.sign_in(user.login, 'correct horse')
        assert browser.set['__Host-karvo_session'].secure
        assert browser.set['__Host-karvo_session'].domain is None

    @pytest.mark.parametrize('protocol', ['http', 'https'])
    def test_the_form_needs_no_cookie_afterwards(self, app, user, protocol):
        browser = Browser(app, protocol=protocol)
        browser.sign_in(user.login, 'correct horse')
        [name] = browser.cookies
        assert name.endswith('karvo_session')
        dropped = browser.set[name.replace('session', 'form')]
        assert (dropped.value, dropped.secure) == ('', protocol == 'https')

    def test_only_its_hash_is_stored(self, browser, user):
        browser.sign_in(user.login, 'correct horse')
        token = browser.cookies['karvo_session']
        row = Session.get(Session.user == user)
        assert token not in str(row.__data__)
        assert row.digest == digest(token)
        lasts = row.expires_at - clock.now()
        assert dt.timedelta(hours=11, minutes=59) < lasts <= dt.timedelta(hours=12)

    def test_the_session_is_a_new_one(self, browser, user):
        """One that somebody planted, or that was there before, is worth nothing afterwards."""
        browser.cookies['karvo_session'] = 'planted'
        browser.sign_in(user.login, 'correct horse')
        first = browser.cookies['karvo_session']
        assert first != 'planted'
        browser.sign_in(user.login, 'correct horse')
        assert browser.cookies['karvo_session'] != first
        assert sessions.user_of(first) is None
        assert sessions.user_of('planted') is None

    def test_is_over_after_twelve_hours(self, browser, user):
        browser.sign_in(user.login, 'correct horse')
        Session.update(expires_at=clock.now()).execute()
        assert browser.get(TARGET).status_code == 302
        browser.sign_in(user.login, 'correct horse')
        assert Session.select().where(Session.user == user).count() == 1

    def test_without_a_target(self, browser, user):
        answer = browser.sign_in(user.login, 'correct horse')
        page = browser.get(answer.headers['Location'])
        assert 'You are signed in' in page.text and user.login in page.text

    def test_the_language_that_was_chosen_is_kept(self, browser, user):
        page = browser.get(f'{LOGIN}?redirect_to={TARGET}&lang=fr')
        form = fields(page) | {'log': user.login, 'pwd': 'correct horse'}
        answer = browser.post(LOGIN, form)
        assert answer.headers['Location'].endswith('&lang=fr')
        assert '<html lang="fr">' in browser.get(answer.headers['Location']).text

    def test_an_application_password_does_not_sign_in(self, browser, tenant):
        answer = wrong(browser, tenant.username, tenant.application_password)
        assert answer.status_code == 401


class TestWhoIsRefused:
    def test_hears_the_same_whatever_was_wrong(self, browser, user):
        pages = [wrong(browser, name) for name in (user.login, 'nobody_of_that_name')]
        texts = [re.sub(r'value="[^"]*"', '', page.text) for page in pages]
        assert texts[0] == texts[1]
        assert 'karvo_session' not in browser.cookies

    @pytest.mark.parametrize('password', ['x' * 10_000, '', '\0', 'é' * 4096])
    def test_odd_passwords(self, browser, user, password):
        assert wrong(browser, user.login, password).status_code == 401

    @pytest.mark.parametrize('login', ['x' * 10_000, '', '\0', "' OR 1=1 --", '%'])
    def test_odd_names(self, browser, login):
        assert wrong(browser, login).status_code == 401

    @pytest.mark.parametrize(
        ('mime', 'body'),
        [
            ('application/json', '{"log": "x"}'),
            ('text/plain', 'log=x&pwd=y'),
            ('application/x-www-form-urlencoded', 'log=' + 'x' * 70_000),
            ('application/x-www-form-urlencoded', '&'.join(f'a{n}=1' for n in range(60))),
        ],
    )
    def test_what_is_no_form(self, browser, mime, body):
        answer = browser.ask('POST', LOGIN, body=body, headers={'Content-Type': mime})
        assert answer.status_code == 400
        assert 'could not be read' in answer.text


class TestThrottle:
    def test_ten_wrong_ones_close_the_account_to_that_address(self, app, user):
        here = Browser(app, host='localhost', protocol='https', remote_addr='203.0.113.10')
        there = Browser(app, host='localhost', protocol='https', remote_addr='203.0.113.11')
        assert [wrong(here, user.login).status_code for _ in range(10)] == [401] * 10
        refused = here.sign_in(user.login.upper(), 'correct horse')
        assert refused.status_code == 429
        assert 800 < int(refused.headers['Retry-After']) <= 900
        assert 'Too many wrong attempts' in refused.text
        assert there.sign_in(user.login, 'correct horse').status_code == 302

    def test_blanks_round_the_name_make_no_other_account(self, app, user):
        here = Browser(app, protocol='https', remote_addr='203.0.113.15')
        names = [f'{" " * n}{user.login}{" " * n}' for n in range(11)]
        assert [wrong(here, name).status_code for name in names] == [401] * 10 + [429]

    def test_unknown_names_are_throttled_alike(self, app):
        here = Browser(app, protocol='https', remote_addr='203.0.113.12')
        statuses = [wrong(here, 'nobody_here').status_code for _ in range(11)]
        assert statuses == [401] * 10 + [429]

    def test_an_address_that_tries_many_accounts(self, app, user, monkeypatch):
        monkeypatch.setattr(sessions, 'WRONG_PER_ADDRESS', 12)
        here = Browser(app, protocol='https', remote_addr='203.0.113.13')
        for n in range(12):
            assert wrong(here, f'guess{n}').status_code == 401
        assert here.sign_in(user.login, 'correct horse').status_code == 429

    def test_right_ones_cost_nothing(self, app, user):
        here = Browser(app, protocol='https', remote_addr='203.0.113.14')
        for _ in range(12):
            assert here.sign_in(user.login, 'correct horse').status_code == 302


class TestForgedForms:
    def test_without_the_page_that_holds_it(self, app, user):
        """Somebody else's page signs a victim in as the attacker: log-in CSRF."""
        victim = Browser(app)
        form = {'log': user.login, 'pwd': 'correct horse', '_wpnonce': 'x'}
        answer = victim.post(LOGIN, form)
        assert answer.status_code == 403
        assert 'karvo_session' not in victim.cookies

    def test_with_a_nonce_of_another_browser(self, app, browser, user):
        stolen = fields(browser.get(LOGIN))['_wpnonce']
        victim = Browser(app, host='karvo.localhost')
        victim.get(LOGIN)
        form = {'log': user.login, 'pwd': 'correct horse', '_wpnonce': stolen}
        assert victim.post(LOGIN, form).status_code == 403

    def test_signing_out_needs_the_nonce(self, browser, user):
        browser.sign_in(user.login, 'correct horse')
        assert browser.get(f'{LOGIN}?action=logout').status_code == 200
        for nonce in ('', 'x', sessions.nonce_of('another')):
            answer = browser.post(f'{LOGIN}?action=logout', {'_wpnonce': nonce})
            assert answer.status_code == 403
        assert browser.get(TARGET).status_code == 200

    def test_a_nonce_tells_nothing_of_its_cookie(self):
        token = sessions.new_token()
        assert token not in sessions.nonce_of(token)
        assert not sessions.is_nonce('', '')
        assert not sessions.is_nonce(sessions.nonce_of(''), '')
        assert not sessions.is_nonce('é', token)


class TestSigningOut:
    def test_ends_the_session(self, browser, user):
        browser.sign_in(user.login, 'correct horse')
        token = browser.cookies['karvo_session']
        form = fields(browser.get(f'{LOGIN}?action=logout'))
        answer = browser.post(f'{LOGIN}?action=logout', form)
        assert 'You are signed out' in answer.text
        assert 'karvo_session' not in browser.cookies
        assert sessions.user_of(token) is None
        browser.cookies['karvo_session'] = token
        assert browser.get(TARGET).status_code == 302


class TestRedirects:
    @pytest.mark.parametrize(
        'address',
        [
            'https://evil.example/',
            '//evil.example',
            '/\\evil.example',
            '\\\\evil.example',
            'https:evil.example',
            'http:/evil.example',
            'javascript:alert(1)',
            '/\t/evil.example',
            '\t//evil.example',
            '/ok\r\nSet-Cookie: a=b',
            '{origin}.evil.example/',
            '{origin}@evil.example/',
            '{origin}//evil.example/',
            '{origin}/\\evil.example',
            'evil.example',
            '/é',
            '',
        ],
    )
    def test_lead_nowhere_else(self, browser, user, address):
        address = address.replace('{origin}', browser.origin)
        answer = browser.sign_in(user.login, 'correct horse', address)
        assert answer.headers['Location'] == f'{browser.origin}{LOGIN}'
        assert own_path(address, browser.origin) == ''

    def test_in_the_hidden_field_too(self, browser, user):
        form = fields(browser.get(LOGIN)) | {'log': user.login, 'pwd': 'correct horse'}
        answer = browser.post(LOGIN, form | {'redirect_to': '//evil.example'})
        assert answer.headers['Location'] == f'{browser.origin}{LOGIN}'

    @pytest.mark.parametrize('path', ['/', '/docs?a=b', '/%2F%2Fevil', '/a//b', '/:x'])
    def test_lead_to_paths_of_this_site(self, path):
        for address in (path, f'http://karvo.localhost{path}'):
            assert own_path(address, 'http://karvo.localhost') == path


class TestOverPlainHttp:
    def test_no_password_is_asked_for(self, app, user):
        browser = Browser(app, host='erp.example')
        page = browser.get(LOGIN)
        assert page.status_code == 501
        assert '<input' not in page.text and browser.cookies == {}
        answer = browser.post(LOGIN, {'log': user.login, 'pwd': 'correct horse'})
        assert answer.status_code == 501
