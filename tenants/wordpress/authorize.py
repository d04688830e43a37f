"""/wp-admin/authorize-application.php: a person lets an application act in his name.

The application sends his browser here; he approves, and the browser takes a new application
password back to it. Without an address to go back to, the page shows the password once.
"""

import typing
import urllib.parse

import falcon
import msgspec

from karvo.kit.actor import Actor
from karvo.kit.errors import Invalid
from karvo.kit.http import Resource
from karvo.kit.origin import Site
from karvo.kit.pages import Markup, open_to_all
from tenants.access import client_ip
from tenants.models import Company, Membership, Tenant, User
from tenants.schema import place_of as books_of
from tenants.wordpress import sessions
from tenants.wordpress.operations import checked_app_id, clean_name, create_password
from tenants.wordpress.pages import LOGIN, BrowserPage, View, browser, read_form
from tenants.wordpress.reads import member_of
from tenants.wordpress.redirects import checked_callback, place_of, with_parameters
from tenants.wordpress.schemas import NewPassword
from tenants.wordpress.sign_in import SESSION, SignIn, send_to_sign_in, user_in

PATH = '/wp-admin/authorize-application.php'
LONGEST_NAME = 200


class Request(msgspec.Struct, frozen=True):
    """What an application asks for; its addresses are checked."""

    app_name: str
    app_id: str
    success_url: str  #: '' = the password is shown instead
    reject_url: str

    def fields(self) -> dict[str, str]:
        """As the form and the address of the page hold them."""
        return {name: text for name, text in msgspec.structs.asdict(self).items() if text}


class Choice(typing.NamedTuple):
    """A company in which this person may connect applications."""

    company: Company
    label: str


def request_in(values: typing.Mapping[str, str], site: Site) -> Request:
    """Raises Invalid, whose message is a word of the pages."""
    success = checked_callback(values.get('success_url', ''), site)
    reject = checked_callback(values.get('reject_url', ''), site)
    if success and not reject:
        reject = with_parameters(success, {'success': 'false'})
    try:
        app_id = checked_app_id(values.get('app_id', ''))
    except Invalid:
        raise Invalid('invalid_app_id') from None
    name = values.get('app_name', '').strip()[:LONGEST_NAME]
    return Request(app_name=name, app_id=app_id, success_url=success, reject_url=reject)


class Authorize(BrowserPage):
    """The page on which a person decides."""

    @open_to_all()
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Who asks for what; WordPress' parameters app_name, app_id, success_url, reject_url."""
        view = self.view(req, resp)
        if not self.is_available(view):
            return
        user = user_in(view)
        if user is None:
            send_to_sign_in(view, f'{PATH}?{req.query_string}' if req.query_string else PATH)
            return
        asked = _checked(view, {name: _last(text) for name, text in req.params.items()})
        if asked is not None:
            _show(view, user, asked, 200)

    on_head = on_get

    @open_to_all()
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """His decision."""
        try:
            form = read_form(req)
        except Invalid:
            self.view(req, resp).notice(400, 'refused_title', 'unreadable')
            return
        view = self.view(req, resp, form.get('lang', ''))
        if self.is_available(view):
            _decide(view, form)


def _last(value: str | list[str]) -> str:
    return value if isinstance(value, str) else value[-1]


def _checked(view: View, values: typing.Mapping[str, str]) -> Request | None:
    """The request; None when it was refused, which the page then says."""
    try:
        return request_in(values, view.site)
    except Invalid as refusal:
        view.notice(400, 'refused_title', refusal.message)
        return None


def _decide(view: View, form: dict[str, str]) -> None:
    asked, user = _checked(view, form), user_in(view)
    if asked is None:
        return
    path = f'{PATH}?{urllib.parse.urlencode(asked.fields() | {"lang": view.language})}'
    if user is None:
        send_to_sign_in(view, path)
    elif not sessions.is_nonce(form.get('_wpnonce', ''), view.cookie(SESSION)):
        view.notice(403, 'refused_title', 'stale', path, 'again')
    elif 'approve' in form and 'reject' not in form:
        _approve(view, user, asked, form)
    else:
        view.go(asked.reject_url or f'{view.site.origin}/')


def _approve(view: View, user: User, asked: Request, form: dict[str, str]) -> None:
    choices = choices_of(user)
    chosen = [c for c in choices if len(choices) == 1 or c.company.key == form.get('company')]
    if not chosen:
        view.notice(403, 'refused_title', 'no_company')
        return
    try:
        name = clean_name(asked.app_name)
    except Invalid:
        _show(view, user, asked, 400, 'name_missing')
        return
    password = _password(user, chosen[0].company, NewPassword(name=name, app_id=asked.app_id), view)
    if asked.success_url:
        told = {'site_url': view.site.origin, 'user_login': user.login, 'password': password}
        told['password'] = password.replace(' ', '')
        view.go(with_parameters(asked.success_url, told))
    else:
        body = view.part('shown', app_name=name, password=password, login=user.login)
        view.show(200, view.words['shown_title'], body)


def _password(user: User, company: Company, new: NewPassword, view: View) -> str:
    actor = Actor(
        kind='user',
        id=user.id,
        name=user.login,
        tenant_id=company.tenant_id,
        company_id=company.id,
        place=books_of(company),
        ip=client_ip(view.req),
    )
    member = member_of(company.tenant_id, user.id)
    _, password = create_password(new, member, company.id, actor=actor)
    return password


def choices_of(user: User) -> list[Choice]:
    """The companies of this person's tenants; suspended tenants take no new credentials."""
    query = (
        Company.select(Company, Tenant.id, Tenant.slug)
        .join(Tenant)
        .join(Membership, on=(Membership.tenant == Tenant.id))
        .where(Membership.user == user, Tenant.status == 'active')
        .order_by(Company.name, Company.id)
    )
    rows = list(query)
    names = [row.name for row in rows]
    return [Choice(row, _label(row, names.count(row.name) > 1)) for row in rows]


def _label(row: typing.Any, is_ambiguous: bool) -> str:
    return f'{row.name} ({row.tenant.slug})' if is_ambiguous else str(row.name)


def _show(view: View, user: User, asked: Request, status: int, problem: str = '') -> None:
    choices = choices_of(user)
    if not choices:
        view.notice(403, 'refused_title', 'no_company')
        return
    body = view.part(
        'authorize',
        **msgspec.structs.asdict(asked),
        shown_name=asked.app_name or view.words['an_application'],
        alert=view.alert(problem),
        described='problem name-hint' if problem else 'name-hint',
        nonce=sessions.nonce_of(view.cookie(SESSION)),
        companies=_companies(view, choices),
        target=_target(view, asked),
        login=user.login,
    )
    places = [place_of(asked.success_url), place_of(asked.reject_url)]
    address = f'{PATH}?{urllib.parse.urlencode(asked.fields())}'
    view.show(status, view.words['authorize_title'], body, address, forms_to=places)


def _target(view: View, asked: Request) -> str:
    if not asked.success_url:
        return view.words['shown_here']
    return view.part('target', place=place_of(asked.success_url))


def _companies(view: View, choices: list[Choice]) -> str:
    if len(choices) == 1:
        return view.part('company', name=choices[0].label)
    options = [
        view.part('option', key=choice.company.key, name=choice.label, selected='')
        for choice in choices
    ]
    return view.part('companies', options=Markup(''.join(options)))


AVATAR = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48" width="48" height="48">
<rect width="48" height="48" fill="#d9dfdb"/><g fill="#4d5b56"><circle cx="24" cy="18" r="8"/>
<path d="M8 44c1-10 8-15 16-15s15 5 16 15z"/></g></svg>
"""


class Avatar(Resource):
    """The one picture that all users have; no other host is asked for theirs."""

    dialect = browser

    @open_to_all()
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A head, whatever size `s` is asked for: it is drawn, not painted."""
        resp.data = AVATAR
        resp.content_type = 'image/svg+xml'
        policy = "default-src 'none'; sandbox"
        resp.set_headers(
            {'Cache-Control': 'public, max-age=86400', 'Content-Security-Policy': policy}
        )

    on_head = on_get


routes: list[tuple[str, Resource]] = [
    (LOGIN, SignIn()),
    (PATH, Authorize()),
    ('/avatar.svg', Avatar()),
]
