"""What the tests of WordPress' users share: people, Basic auth, golden exchanges, a browser."""

import base64
import hmac
import html
import json
import pathlib
import re
import typing
import urllib.parse

import bcrypt
from falcon import testing

from karvo.kit import clock, ids
from tenants.credentials import insert_application_password
from tenants.models import Company, Membership, User
from tenants.operations import Provisioned

DATA = pathlib.Path(__file__).parents[1] / 'data' / 'wordpress'
WP = '/wp-json/wp/v2'
HOST = 'localhost'
UUID = '11111111-2222-4333-8444-555555555555'


def golden(name: str) -> dict[str, typing.Any]:
    """{label: exchange} as measured on WordPress 7.1.0."""
    exchanges = json.loads((DATA / name).read_text())['exchanges']
    return {exchange['label']: exchange for exchange in exchanges}


def shape(value: typing.Any) -> typing.Any:
    """Members in their order, and the kinds of their values."""
    if isinstance(value, dict):
        return [(name, shape(inner)) for name, inner in value.items()]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


class Person:
    """A WordPress client of one person: Basic auth, paths below wp/v2."""

    def __init__(self, app: typing.Any, login: str, password: str, host: str = HOST):
        self.client, self.login, self.password, self.host = (
            testing.TestClient(app),
            login,
            password,
            host,
        )

    def ask(self, method: str, path: str, body: typing.Any = None, **options: typing.Any):
        headers = basic(self.login, self.password) if self.login else {}
        headers |= options.pop('headers', {})
        if body is not None:
            options['json'] = body
        return self.client.simulate_request(
            method, WP + path, headers=headers, host=self.host, **options
        )

    def get(self, path: str, **options: typing.Any):
        return self.ask('GET', path, **options)


def basic(login: str, password: str) -> dict[str, str]:
    return {'Authorization': 'Basic ' + base64.b64encode(f'{login}:{password}'.encode()).decode()}


def company_of(tenant: Provisioned) -> Company:
    return Company.get(Company.uid == tenant.company_id)


def quick_hash(password: str) -> str:
    """`$wp$2y$` at the least cost, so that signing in is quick."""
    keyed = hmac.digest(b'wp-sha384', password.strip().encode(), 'sha384')
    hashed = bcrypt.hashpw(base64.b64encode(keyed), bcrypt.gensalt(4, b'2a')).decode()
    return '$wp' + hashed.replace('$2a$', '$2y$', 1)


def add_member(tenant: Provisioned, name: str, role: str, password: str = 'secret') -> User:
    """A member of the tenant; his log-in is the slug and the name."""
    now, login = clock.now(), f'{tenant.slug}_{name}'
    user = User.create(
        uid=ids.uuid7(),
        login=login,
        email=f'{login}@people.example',
        display_name=name.title(),
        password_hash=quick_hash(password),
        created_at=now,
        updated_at=now,
    )
    join(tenant, user, role)
    return user


def join(tenant: Provisioned, user: User, role: str) -> None:
    Membership.create(user=user, tenant=tenant.tenant_id, role=role, created_at=clock.now())


def person(app: typing.Any, tenant: Provisioned, user: User) -> Person:
    """The member with a new application password."""
    _, password = insert_application_password(user, company_of(tenant), 'test')
    return Person(app, user.login, password)


class Browser:
    """Keeps cookies, follows nothing by itself, reads forms."""

    def __init__(self, app: typing.Any, host: str = HOST, protocol: str = 'http', **options: str):
        self.client = testing.TestClient(app)
        self.cookies: dict[str, str] = {}
        self.set: dict[str, testing.Cookie] = {}
        self.options = {'host': host, 'protocol': protocol, **options}
        self.origin = f'{protocol}://{host}'
        self.headers: dict[str, str] = {}

    def ask(self, method: str, address: str, **options: typing.Any):
        path = address.removeprefix(self.origin)
        path, _, query = path.partition('?')
        headers = self.headers | options.pop('headers', {})
        if self.cookies:
            headers['Cookie'] = '; '.join(f'{k}={v}' for k, v in self.cookies.items())
        answer = self.client.simulate_request(
            method, path, query_string=query, headers=headers, **self.options, **options
        )
        for name, cookie in answer.cookies.items():
            self.set[name] = cookie
            self.cookies[name] = cookie.value
            if cookie.expires and cookie.expires.year < 2000:
                del self.cookies[name]
        return answer

    def get(self, address: str, **options: typing.Any):
        return self.ask('GET', address, **options)

    def post(self, address: str, fields: dict[str, str], **options: typing.Any):
        form = {'Content-Type': 'application/x-www-form-urlencoded'}
        body = urllib.parse.urlencode(fields)
        return self.ask('POST', address, body=body, headers=form, **options)

    def sign_in(self, login: str, password: str, redirect_to: str = ''):
        """The answer to the log-in form."""
        query = urllib.parse.urlencode({'redirect_to': redirect_to, 'reauth': 1})
        page = self.get(f'/wp-login.php?{query}')
        return self.post('/wp-login.php', fields(page) | {'log': login, 'pwd': password})


def fields(page: typing.Any) -> dict[str, str]:
    """{name: value} of the page's first form, without its buttons."""
    form = page.text.split('<form', 1)[1].split('</form>')[0]
    found = {}
    for tag in re.findall(r'<input[^>]*>', form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        found[attributes['name']] = html.unescape(attributes.get('value', ''))
    if options := re.findall(r'<option value="([^"]*)"', form):
        found['company'] = options[0]
    return found
