"""The files that the pages load: a fixed table, read and addressed by content at the start.

Nothing is ever looked up on the disk by a name that a caller sent.
"""

import functools
import gzip
import hashlib
import pathlib

import msgspec

STATIC = pathlib.Path(__file__).parent / 'static'
#: file under `static/` → media type; the whole of what is served
FILES = {
    'site.css': 'text/css; charset=UTF-8',
    'reference.css': 'text/css; charset=UTF-8',
    'reference.js': 'text/javascript; charset=UTF-8',
    'outline.js': 'text/javascript; charset=UTF-8',
    'logo.svg': 'image/svg+xml',
    'swagger_ui/swagger-ui.css': 'text/css; charset=UTF-8',
    'swagger_ui/swagger-ui-bundle.js': 'text/javascript; charset=UTF-8',
}


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file in memory; `digest` is of its content, so an address never changes its meaning."""

    path: str
    media: str
    body: bytes
    digest: str

    @property
    def name(self) -> str:
        return self.path.rsplit('/', 1)[-1]

    @property
    def url(self) -> str:
        return f'/docs/assets/{self.digest}/{self.name}'


def digest_of(body: bytes) -> str:
    """Enough of a hash to name a content."""
    return hashlib.sha256(body).hexdigest()[:16]


def _asset(path: str, media: str) -> Asset:
    body = (STATIC / path).read_bytes()
    return Asset(path=path, media=media, body=body, digest=digest_of(body))


@functools.cache
def assets() -> dict[str, Asset]:
    """By path under `static/`."""
    return {path: _asset(path, media) for path, media in FILES.items()}


@functools.cache
def _by_address() -> dict[tuple[str, str], Asset]:
    return {(asset.digest, asset.name): asset for asset in assets().values()}


def find_asset(digest: str, name: str) -> Asset | None:
    """The file at an address; None when it is not in the table, or was another version."""
    return _by_address().get((digest, name))


@functools.cache
def compressed(digest: str) -> bytes:
    """gzip of the asset with this digest, made once in a process."""
    body = next(asset.body for asset in assets().values() if asset.digest == digest)
    return gzip.compress(body, 9, mtime=0)


def urls() -> dict[str, str]:
    """{'site_css': address, …} for templates."""
    return {
        asset.name.replace('.', '_').replace('-', '_'): asset.url for asset in assets().values()
    }
