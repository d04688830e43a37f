"""/wp-login.php: signing in with the log-in password, signing out."""

import urllib.parse

import falcon

from karvo.kit.errors import Invalid, RateLimited, Unauthenticated
from karvo.kit.pages import Markup, open_to_all
from tenants.access import client_ip
from tenants.middleware import preferred_language
from tenants.models import User
from tenants.sign_in import LONGEST_NAME
from tenants.wordpress import sessions
from tenants.wordpress.pages import LOGIN, BrowserPage, View, read_form
from tenants.wordpress.redirects import own_path, with_parameters

SESSION, FORM = 'session', 'form'  #: cookies
DESCRIBED = Markup('aria-invalid="true" aria-describedby="problem"')


def user_in(view: View) -> User | None:
    """Who is signed in in this browser."""
    return sessions.user_of(view.cookie(SESSION))


def send_to_sign_in(view: View, path: str) -> None:
    """As WordPress does: to the log-in page, which leads back to this path."""
    asked = {'redirect_to': f'{view.site.origin}{path}', 'reauth': '1'}
    view.go(f'{view.site.origin}{LOGIN}?{urllib.parse.urlencode(asked)}')


class SignIn(BrowserPage):
    """The log-in page."""

    @open_to_all()
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The form; for who is signed in, the way out."""
        view = self.view(req, resp)
        if not self.is_available(view):
            return
        user = user_in(view)
        if user and not req.get_param('reauth'):
            _show_signed_in(view, user, is_leaving=req.get_param('action') == 'logout')
        else:
            target = own_path(req.get_param('redirect_to') or '', view.site.origin)
            _show_form(view, 200, target)

    on_head = on_get

    @open_to_all()
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Sign in, or out."""
        try:
            form = read_form(req)
        except Invalid:
            self.view(req, resp).notice(400, 'refused_title', 'unreadable', LOGIN, 'again')
            return
        view = self.view(req, resp, form.get('lang', ''))
        if not self.is_available(view):
            return
        if 'logout' in (req.get_param('action'), form.get('action')):
            _sign_out(view, form)
        else:
            _sign_in(view, form)


def _sign_in(view: View, form: dict[str, str]) -> None:
    target = own_path(form.get('redirect_to', ''), view.site.origin)
    login = form.get('log', '')
    if not sessions.is_nonce(form.get('_wpnonce', ''), view.cookie(FORM)):
        _show_form(view, 403, target, login, 'stale')
        return
    try:
        user = sessions.user_with(login, form.get('pwd', ''), client_ip(view.req))
    except RateLimited as refusal:
        view.resp.set_header('Retry-After', str(refusal.retry_after))
        _show_form(view, 429, target, login, 'throttled')
        return
    except Unauthenticated:
        _show_form(view, 401, target, login, 'wrong')
        return
    token = sessions.open_session(user, before=view.cookie(SESSION))
    view.set_cookie(SESSION, token, int(sessions.LASTS.total_seconds()))
    view.drop_cookie(FORM)
    view.go(view.site.origin + _in_language(view, target or LOGIN))


def _in_language(view: View, path: str) -> str:
    """The path, saying the language that was chosen where the browser prefers another."""
    preferred = preferred_language(view.req.get_header('Accept-Language') or '') or 'en'
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
    is_said = view.language == preferred or 'lang' in query
    return path if is_said else with_parameters(path, {'lang': view.language})


def _sign_out(view: View, form: dict[str, str]) -> None:
    token = view.cookie(SESSION)
    if not sessions.is_nonce(form.get('_wpnonce', ''), token):
        view.notice(403, 'sign_out_title', 'stale', f'{LOGIN}?action=logout', 'again')
        return
    sessions.end_session(token)
    view.drop_cookie(SESSION)
    view.notice(200, 'signed_out', 'sign_out_text')


def _show_form(view: View, status: int, target: str, login: str = '', problem: str = '') -> None:
    token = view.cookie(FORM)
    if not token:
        token = sessions.new_token()
        view.set_cookie(FORM, token)
    body = view.part(
        'sign_in',
        alert=view.alert(problem),
        nonce=sessions.nonce_of(token),
        redirect_to=target,
        login=login[:LONGEST_NAME],
        describedby=DESCRIBED if problem else '',
    )
    address = f'{LOGIN}?{urllib.parse.urlencode({"redirect_to": target, "reauth": "1"})}'
    view.show(status, view.words['sign_in_title'], body, address)


def _show_signed_in(view: View, user: User, is_leaving: bool) -> None:
    name = 'sign_out' if is_leaving else 'signed_in'
    nonce = sessions.nonce_of(view.cookie(SESSION))
    body = view.part(name, login=user.login, nonce=nonce)
    address = f'{LOGIN}?action=logout' if is_leaving else LOGIN
    view.show(200, view.words[f'{name}_title'], body, address)
