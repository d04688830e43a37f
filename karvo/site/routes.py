"""`/` and `/docs`: open pages and their files. They are no operations: no dialect of the API holds
them, so no document describes them.
"""

import re

import falcon
import msgspec

from karvo.kit.db import Database
from karvo.kit.dialects import Dialect
from karvo.kit.errors import KarvoError, NoRoute
from karvo.kit.http import Resource
from karvo.kit.origin import api_link, origin_of
from karvo.kit.pages import HTML, open_to_all
from karvo.se_erp import STATUS, se_erp
from karvo.site import landing
from karvo.site.assets import assets, compressed, digest_of, find_asset, urls
from karvo.site.templates import fill

NO_PAGE = 'There is no such page.'
REVALIDATED = 'no-cache'
FOREVER = 'public, max-age=31536000, immutable'
NOTHING_ELSE = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
NOT_AT_ALL = re.compile(r'q *= *0(\.0*)?')  #: of an Accept-Encoding: a weight of zero
#: the landing page has no script at all
LANDING_POLICY = f"default-src 'none'; style-src 'self'; img-src 'self'; {NOTHING_ELSE}"
#: the reference draws its icons from data: addresses inside its style sheet, and asks only us
REFERENCE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    f"connect-src 'self'; {NOTHING_ELSE}"
)


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a page or file answers."""

    body: bytes
    media: str
    digest: str
    keep: str
    headers: dict[str, str] = {}


def _error(problem: KarvoError, fields: dict[str, str]) -> tuple[int, dict[str, str]]:
    return STATUS[type(problem)], {
        'error': NO_PAGE if isinstance(problem, NoRoute) else problem.message
    }


site = Dialect(name='site', prefix='', title='KARVO', error=_error, credentials=())


class Landing(Resource):
    """What runs here and where to go, in French or English."""

    dialect = site

    def __init__(self, database: Database) -> None:
        self.pulse = landing.Pulse(database)

    @open_to_all()
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The landing page; `?lang=fr` or `?lang=en` wins over Accept-Language."""
        language = landing.language(
            req.get_param('lang') or '', req.get_header('Accept-Language') or ''
        )
        origin = origin_of(req)
        body = landing.page(language, origin, self.pulse.beats())
        headers = {
            'Link': api_link(origin),
            'Content-Security-Policy': LANDING_POLICY,
            'Content-Language': language,
            'Vary': 'Accept-Language',
        }
        _answer(req, resp, _page(body, headers))

    on_head = on_get


class Reference(Resource):
    """The API's document, to read and to try."""

    dialect = site

    @open_to_all()
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The page; everything in it is drawn in the browser from the document."""
        body = fill('reference.html', {**urls(), 'document': f'{se_erp.prefix}/openapi.json'})
        headers = {'Content-Security-Policy': REFERENCE_POLICY, 'Link': api_link(origin_of(req))}
        _answer(req, resp, _page(body, headers))

    on_head = on_get


class Assets(Resource):
    """Style sheets, scripts and the logo."""

    dialect = site

    @open_to_all()
    def on_get(self, req: falcon.Request, resp: falcon.Response, digest: str, name: str) -> None:
        """One file of the table; its address holds its digest, so it is kept for good."""
        asset = find_asset(digest, name)
        if asset is None:
            raise NoRoute(NO_PAGE)
        zipped = len(asset.body) > 1000 and _takes_gzip(req.get_header('Accept-Encoding') or '')
        headers = {'Vary': 'Accept-Encoding', **({'Content-Encoding': 'gzip'} if zipped else {})}
        content = Content(
            body=compressed(asset.digest) if zipped else asset.body,
            media=asset.media,
            digest=asset.digest,
            keep=FOREVER,
            headers=headers,
        )
        _answer(req, resp, content)

    on_head = on_get


def _page(text: str, headers: dict[str, str]) -> Content:
    body = text.encode()
    return Content(body=body, media=HTML, digest=digest_of(body), keep=REVALIDATED, headers=headers)


def _takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding names gzip, and not to refuse it."""
    for part in header.lower().split(','):
        name, _, weight = part.partition(';')
        if name.strip() in ('gzip', 'x-gzip'):
            return not NOT_AT_ALL.fullmatch(weight.strip())
    return False


def _answer(req: falcon.Request, resp: falcon.Response, content: Content) -> None:
    """200 with the content, or 304 when the caller has it already."""
    # Weak: the same content goes out compressed and not.
    tag = f'W/"{content.digest}"'
    resp.set_headers({'Cache-Control': content.keep, 'Referrer-Policy': 'no-referrer'})
    resp.set_headers({'ETag': tag, **content.headers})
    known = (part.strip() for part in (req.get_header('If-None-Match') or '').split(','))
    if any(one in ('*', tag, tag[2:]) for one in known):
        resp.status = 304
        return
    resp.content_type = content.media
    resp.data = content.body


def site_routes(database: Database) -> list[tuple[str, Resource]]:
    """Path and resource of every page; `database` is the one whose state the landing page tells."""
    assets()  # a file that is missing from the installation is found at the start
    return [
        ('/', Landing(database)),
        ('/docs', Reference()),
        ('/docs/assets/{digest}/{name}', Assets()),
    ]
