"""Pages for signing in and authorizing: HTML without any script, in French and English."""

import base64
import datetime as dt
import hashlib
import pathlib
import typing
import urllib.parse
from collections.abc import Iterable

import falcon

from karvo.kit.dialects import Dialect
from karvo.kit.errors import Invalid, KarvoError
from karvo.kit.http import Resource
from karvo.kit.origin import Site, site_of
from karvo.kit.pages import HTML, Markup, fill
from karvo.se_erp import STATUS
from tenants.middleware import preferred_language
from tenants.wordpress.words import WORDS

TEMPLATES = pathlib.Path(__file__).parent / 'templates'
STYLE = (TEMPLATES / 'pages.css').read_text(encoding='utf-8')
STYLE_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
LARGEST_FORM = 64_000  #: bytes
MOST_FIELDS = 50
LOGIN = '/wp-login.php'
LONG_AGO = dt.datetime(1984, 1, 11, 5, tzinfo=dt.UTC)


def _error(problem: KarvoError, fields: dict[str, str]) -> tuple[int, dict[str, str]]:
    return STATUS[type(problem)], {'error': problem.message}


browser = Dialect(name='browser', prefix='', title='KARVO', error=_error, credentials=())


class View(typing.NamedTuple):
    """One request of a browser: where, in which language, with which cookies."""

    req: falcon.Request
    resp: falcon.Response
    site: Site
    language: str

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    def cookie(self, name: str) -> str:
        values = self.req.get_cookie_values(self._cookie_name(name)) or ['']
        return values[0]

    def set_cookie(
        self,
        name: str,
        value: str,
        max_age: int | None = None,
        expires: dt.datetime | None = None,
    ) -> None:
        """HttpOnly, only of this host, over https only where that is how KARVO is reached."""
        self.resp.set_cookie(
            self._cookie_name(name),
            value,
            max_age=max_age,
            expires=expires,
            path='/',
            secure=self._is_https,
            http_only=True,
            same_site='Lax',
        )

    def drop_cookie(self, name: str) -> None:
        # Falcon leaves out a Max-Age of 0, and its `unset_cookie` the Secure that `__Host-` needs.
        self.set_cookie(name, '', expires=LONG_AGO)

    @property
    def _is_https(self) -> bool:
        return self.site.origin.startswith('https://')

    def _cookie_name(self, name: str) -> str:
        # With this prefix a browser takes the cookie from no neighbour in the same domain.
        return f'__Host-karvo_{name}' if self._is_https else f'karvo_{name}'

    def show(
        self,
        status: int,
        title: str,
        body: Markup,
        switch: str = '',
        forms_to: Iterable[str] = (),
    ) -> None:
        """Answer with a page; `switch` is its own address, `forms_to` where its forms may end."""
        self.resp.status = status
        self.resp.content_type = HTML
        self.resp.text = fill(
            TEMPLATES / 'layout.html',
            self.words
            | {
                'language': self.language,
                'title': title,
                'style': Markup(STYLE),
                'switch': self._switch(switch),
                'body': body,
            },
        )
        self.resp.set_headers(_headers(self.language, forms_to))

    def _switch(self, address: str) -> Markup:
        if not address:
            return Markup()
        other = 'en' if self.language == 'fr' else 'fr'
        path, _, query = address.partition('?')
        kept = [pair for pair in urllib.parse.parse_qsl(query, True) if pair[0] != 'lang']
        href = f'{path}?{urllib.parse.urlencode([*kept, ("lang", other)])}'
        return self.part('switch', href=href, other=other)

    def part(self, template: str, **values: str) -> Markup:
        """A filled template; the words of the language are there already."""
        known = self.words | {'language': self.language}
        return fill(TEMPLATES / f'{template}.html', known | values)

    def alert(self, problem: str) -> Markup:
        """What is wrong, for a form; fields name it in `aria-describedby`."""
        return self.part('alert', problem=self.words[problem]) if problem else Markup()

    def notice(
        self, status: int, heading: str, text: str, href: str = '/', onwards: str = ''
    ) -> None:
        """A page that only says something."""
        title = self.words[heading]
        told = {'text': self.words[text], 'onwards': self.words[onwards or 'start']}
        self.show(status, title, self.part('notice', heading=title, href=href, **told))

    def go(self, address: str) -> None:
        """Send the browser elsewhere; who calls has checked that it may go there."""
        self.resp.status = 302
        self.resp.set_headers({'Location': address, 'Referrer-Policy': 'no-referrer'})


def _headers(language: str, forms_to: Iterable[str]) -> dict[str, str]:
    # Chromium holds redirects after a form to `form-action` as well.
    targets = ' '.join(sorted({"'self'", *forms_to} - {''}))
    policy = (
        f"default-src 'none'; style-src 'sha256-{STYLE_DIGEST}'; base-uri 'none'; "
        f"form-action {targets}; frame-ancestors 'none'"
    )
    return {
        'Content-Security-Policy': policy,
        'X-Frame-Options': 'DENY',
        'Referrer-Policy': 'same-origin',
        'Content-Language': language,
        'Vary': 'Accept-Language, Cookie',
    }


class BrowserPage(Resource):
    """A page for people; without https it shows itself only on the machine that KARVO runs on."""

    dialect = browser

    def view(self, req: falcon.Request, resp: falcon.Response, lang: str = '') -> View:
        """`?lang=` wins over Accept-Language; English for all others."""
        asked = lang or req.get_param('lang') or ''
        header = preferred_language(req.get_header('Accept-Language') or '')
        language = next((name for name in (asked, header) if name in WORDS), 'en')
        return View(req, resp, site_of(req), language)

    def is_available(self, view: View) -> bool:
        """Whether passwords may be typed here; if not, the page says so (501)."""
        if not view.site.is_private:
            view.notice(501, 'unavailable_title', 'unavailable_text')
        return view.site.is_private


def read_form(req: falcon.Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Raises Invalid when it is none, or too large."""
    mime = (req.content_type or '').partition(';')[0].strip().lower()
    body = req.bounded_stream.read(LARGEST_FORM + 1)
    if mime != 'application/x-www-form-urlencoded' or len(body) > LARGEST_FORM:
        raise Invalid('unreadable')
    try:
        pairs = urllib.parse.parse_qsl(
            body.decode('utf-8', 'replace'), keep_blank_values=True, max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Invalid('unreadable') from None
    return {name: text.replace('\0', '') for name, text in pairs}
