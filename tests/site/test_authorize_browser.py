"""Signing in and authorizing in a real browser: read, filled in, and followed back."""

import os
import pathlib
import urllib.parse

import pytest

from tests.conftest import new_tenant
from tests.site.browser import Browser, Page
from tests.site.test_browser import CONTRASTS, hosts
from tests.tenants.people import Person, add_member, join

pytestmark = [pytest.mark.xdist_group('browser'), pytest.mark.usefixtures('closing')]
PAGE = '/wp-admin/authorize-application.php'
SETTLED = 'document.readyState === "complete"'


@pytest.fixture(scope='module')
def member(server):
    """(tenant, user) of two companies, so that there is something to choose."""
    one, two = new_tenant(name='Épicerie Côté inc.'), new_tenant(name='Quincaillerie du Nord')
    user = add_member(one, 'marie', 'sales', 'pass word')
    join(two, user, 'sales')
    return one, user


def picture(page: Page, name: str) -> None:
    """For people to look at, where KARVO_TEST_PICTURES names a folder."""
    if folder := os.environ.get('KARVO_TEST_PICTURES'):
        page.picture(pathlib.Path(folder) / f'{name}.png')


def press(page: Page, name: str) -> None:
    page.run(f"document.querySelector('button[name={name}]').click()")


def sound(page: Page) -> None:
    """Readable, nothing out of the window, nothing complained of."""
    ratio, text = page.run(CONTRASTS)[0]
    assert ratio >= 4.5, text
    assert page.run('document.documentElement.scrollWidth <= innerWidth')
    assert page.complaints() == []


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('width', [360, 1280])
@pytest.mark.parametrize('language', ['en', 'fr'])
def test_the_whole_way(browser: Browser, origin: str, app, member, language, width, scheme) -> None:
    _, user = member
    back = f'{origin.replace("127.0.0.1", "localhost")}/'
    query = {'app_name': 'My Till', 'success_url': f'{back}?state=9', 'lang': language}
    page, name = browser.page(width, prefers_color_scheme=scheme), f'{language}_{width}_{scheme}'
    page.open(
        f'{origin}/wp-login.php?lang={language}&'
        + urllib.parse.urlencode({'redirect_to': f'{PAGE}?{urllib.parse.urlencode(query)}'})
    )
    assert page.run('document.documentElement.lang') == language
    page.wait('document.activeElement.name === "log"')  # autofocus comes with the first picture
    sound(page)
    picture(page, f'sign_in_{name}')
    page.type('#log', user.login)
    page.type('#pwd', 'pass word')
    press(page, 'wp-submit')
    page.wait(f'location.pathname === "{PAGE}" && {SETTLED}')
    page.wait('document.activeElement.name === "app_name"')
    sound(page)
    picture(page, f'authorize_{name}')
    press(page, 'approve')
    page.wait(f'location.host !== {origin.partition("//")[2]!r} && {SETTLED}')
    told = dict(urllib.parse.parse_qsl(page.run('location.search.slice(1)')))
    assert told['state'] == '9'
    assert Person(app, told['user_login'], told['password']).get('/users/me').status_code == 200
    assert hosts(page) == {origin, back.rstrip('/')}


@pytest.mark.parametrize('language', ['en', 'fr'])
def test_what_else_is_shown(browser: Browser, origin: str, member, language) -> None:
    _, user = member
    page = browser.page(360)
    login = f'{origin}/wp-login.php?lang={language}&reauth=1'
    page.open(login)
    page.type('#log', user.login)
    page.type('#pwd', 'wrong')
    press(page, 'wp-submit')
    page.wait('document.querySelector("[role=alert]")')
    # The console tells of the 401 itself; nothing else.
    assert page.run(CONTRASTS)[0][0] >= 4.5
    picture(page, f'wrong_{language}')
    page.type('#pwd', 'pass word')
    press(page, 'wp-submit')
    page.wait('!document.querySelector("#pwd")')
    picture(page, f'signed_in_{language}')
    page.open(f'{origin}{PAGE}?app_name=Till&lang={language}', until=SETTLED)
    press(page, 'approve')
    page.wait('document.querySelector(".secret")')
    assert page.run(CONTRASTS)[0][0] >= 4.5
    picture(page, f'shown_{language}')
    page.open(f'{origin}{PAGE}?success_url=javascript:alert(1)&lang={language}', until=SETTLED)
    picture(page, f'refused_{language}')
    page.open(f'{origin}/wp-login.php?action=logout&lang={language}', until=SETTLED)
    page.run('document.querySelector("main button").click()')
    page.wait('!document.querySelector("form")')
    picture(page, f'signed_out_{language}')
