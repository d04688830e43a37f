"""The pages over HTTP: types, headers, caching, languages, and what they must not do."""

import gzip
import hashlib
import json
import pathlib
import re
import socket
import time
import typing

import falcon
import pytest
from falcon import testing

import karvo
from karvo.app import document_of, pages, routes
from karvo.config import config
from karvo.kit import origin
from karvo.kit.db import Database
from karvo.site import landing, words
from karvo.site.assets import FILES, STATIC, assets
from karvo.site.routes import Landing
from tenants.access import BAD_PER_MINUTE
from tests.conftest import BASE, Api

README = pathlib.Path(__file__).parents[2] / 'README.md'
HOST = 'http://falconframework.org'  #: what Falcon's test client calls itself


@pytest.fixture
def client(app: falcon.App) -> testing.TestClient:
    return testing.TestClient(app)


def policy(answer: testing.Result) -> dict[str, str]:
    """{directive: sources}"""
    parts = answer.headers['Content-Security-Policy'].split(';')
    return dict(part.strip().split(' ', 1) for part in parts)


class TestEveryPage:
    @pytest.mark.parametrize('path', ['/', '/docs', '/docs/'])
    def test_is_html_with_strict_headers(self, client: testing.TestClient, path: str) -> None:
        answer = client.simulate_get(path)
        assert answer.status_code == 200
        assert answer.headers['Content-Type'] == 'text/html; charset=UTF-8'
        assert answer.headers['X-Content-Type-Options'] == 'nosniff'
        assert answer.headers['Referrer-Policy'] == 'no-referrer'
        assert answer.headers['Cache-Control'] == 'no-cache'
        assert policy(answer)['default-src'] == "'none'"
        assert policy(answer)['frame-ancestors'] == "'none'"
        assert 'unsafe' not in answer.headers['Content-Security-Policy']

    @pytest.mark.parametrize('path', ['/', '/docs'])
    def test_says_304_to_who_has_it(self, client: testing.TestClient, path: str) -> None:
        tag = client.simulate_get(path).headers['ETag']
        again = client.simulate_get(path, headers={'If-None-Match': f'"other", {tag}'})
        assert (again.status_code, again.content) == (304, b'')
        assert again.headers['ETag'] == tag
        changed = client.simulate_get(path, headers={'If-None-Match': '"other"'})
        assert changed.status_code == 200

    @pytest.mark.parametrize('path', ['/', '/docs'])
    def test_head_is_get_without_a_body(self, client: testing.TestClient, path: str) -> None:
        got, head = client.simulate_get(path), client.simulate_head(path)
        assert (head.status_code, head.content) == (200, b'')
        assert head.headers['ETag'] == got.headers['ETag']

    @pytest.mark.parametrize('path', ['/', '/docs', '/docs/assets/0/site.css'])
    def test_other_methods_are_refused_plainly(self, client: testing.TestClient, path: str) -> None:
        answer = client.simulate_post(path, json={})
        assert (answer.status_code, answer.json) == (404, {'error': 'There is no such page.'})

    @pytest.mark.parametrize(
        'query', ['lang=%ff', 'lang=a&lang=fr', '=', '%00', 'lang=' + 'x' * 5000]
    )
    def test_odd_queries_get_the_page(self, client: testing.TestClient, query: str) -> None:
        assert client.simulate_get('/', query_string=query).status_code == 200

    def test_is_in_no_document_of_the_api(self) -> None:
        assert not {id(page) for _, page in pages} & {id(resource) for _, resource in routes}
        assert {page.dialect.name for _, page in pages} == {'site'}
        assert all(path.startswith('/') for path in document_of()['paths'])
        assert '/docs' not in document_of()['paths']

    def test_asks_for_no_key_and_counts_nothing(self, client: testing.TestClient, api: Api) -> None:
        url = assets()['site.css'].url
        for _ in range(BAD_PER_MINUTE + 10):
            assert client.simulate_get(url).status_code == 200
        assert 'X-RateLimit-Limit' not in client.simulate_get('/').headers
        assert api.get('/invoices').status_code == 200
        # Guessing keys is not made cheaper by it: wrong ones still answer 401.
        assert api.get('/invoices', headers={'X-SE-ERP-Key': 'se_wrong'}).status_code == 401

    def test_the_api_is_as_uncached_as_before(self, api: Api) -> None:
        assert 'no-store' in api.get('/ping').headers['Cache-Control']
        assert 'no-store' in api.get('/invoices').headers['Cache-Control']


class TestAssets:
    @pytest.mark.parametrize('path', FILES)
    def test_is_served_for_good(self, client: testing.TestClient, path: str) -> None:
        answer = client.simulate_get(assets()[path].url)
        assert answer.status_code == 200
        assert answer.content == (STATIC / path).read_bytes()
        assert answer.headers['Content-Type'] == FILES[path]
        assert answer.headers['Cache-Control'] == 'public, max-age=31536000, immutable'
        assert answer.headers['X-Content-Type-Options'] == 'nosniff'
        tag = {'If-None-Match': answer.headers['ETag']}
        assert client.simulate_get(assets()[path].url, headers=tag).status_code == 304

    def test_is_compressed_for_who_takes_it(self, client: testing.TestClient) -> None:
        asset = assets()['swagger_ui/swagger-ui-bundle.js']
        answer = client.simulate_get(asset.url, headers={'Accept-Encoding': 'br, gzip;q=0.8'})
        assert answer.headers['Content-Encoding'] == 'gzip'
        assert answer.headers['Vary'] == 'Accept-Encoding'
        assert len(answer.content) < len(asset.body) / 3
        assert gzip.decompress(answer.content) == asset.body

    @pytest.mark.parametrize('header', ['', 'br', 'gzip;q=0', 'identity, gzip; q=0.0'])
    def test_is_plain_for_who_does_not(self, client: testing.TestClient, header: str) -> None:
        answer = client.simulate_get(assets()['site.css'].url, headers={'Accept-Encoding': header})
        assert 'Content-Encoding' not in answer.headers
        assert answer.content == assets()['site.css'].body

    @pytest.mark.parametrize(
        'path',
        [
            '/docs/assets/0000000000000000/site.css',
            '/docs/assets/{digest}/nothing.css',
            '/docs/assets/{digest}/../../routes.py',
            '/docs/assets/{digest}/..%2f..%2froutes.py',
            '/docs/assets/{digest}/%2e%2e%2froutes.py',
            '/docs/assets/{digest}//etc/passwd',
            '/docs/assets/../../../etc/passwd',
            '/docs/assets/{digest}/site.css%00',
            '/docs/assets/{digest}/README.md',
            '/docs/assets',
        ],
    )
    def test_nothing_else_is_found(self, client: testing.TestClient, path: str) -> None:
        answer = client.simulate_get(path.format(digest=assets()['site.css'].digest))
        assert answer.status_code == 404
        assert 'import' not in answer.text and 'root:' not in answer.text

    def test_swagger_ui_is_the_published_one(self) -> None:
        table = (STATIC / 'swagger_ui' / 'README.md').read_text()
        hashes = dict(re.findall(r'\| `(\S+)` \| `([0-9a-f]{64})` \|', table))
        assert len(hashes) == 2
        for name, known in hashes.items():
            body = (STATIC / 'swagger_ui' / name).read_bytes()
            assert hashlib.sha256(body).hexdigest() == known


class TestReference:
    def test_loads_its_own_files_only(self, client: testing.TestClient) -> None:
        answer = client.simulate_get('/docs')
        found = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
        assert f'{BASE}/openapi.json' in found
        for url in found:
            assert url.startswith('/') and not url.startswith('//')
            assert client.simulate_get(url).status_code == 200, url
        assert policy(answer)['connect-src'] == policy(answer)['script-src'] == "'self'"


class TestLanding:
    @pytest.mark.parametrize(
        ('asked', 'header', 'language'),
        [
            ('', '', 'en'),
            ('', 'fr-CA,fr;q=0.9,en;q=0.8', 'fr'),
            ('', 'de, en-GB, fr', 'en'),
            ('', 'es', 'en'),
            ('fr', 'en', 'fr'),
            ('en', 'fr', 'en'),
            ('xx', 'fr', 'fr'),
        ],
    )
    def test_language(self, client, asked: str, header: str, language: str) -> None:
        query = {'lang': asked} if asked else {}
        answer = client.simulate_get('/', params=query, headers={'Accept-Language': header})
        assert f'<html lang="{language}">' in answer.text
        assert answer.headers['Content-Language'] == language
        assert answer.headers['Vary'] == 'Accept-Language'
        other = 'en' if language == 'fr' else 'fr'
        assert f'href="/?lang={other}"' in answer.text

    def test_both_languages_say_the_same_things(self) -> None:
        assert words.WORDS['en'].keys() == words.WORDS['fr'].keys()

    def test_says_what_runs_here(self, client: testing.TestClient) -> None:
        text = client.simulate_get('/').text
        assert f'KARVO {karvo.__version__}' in text
        assert f'<code>{HOST}{BASE}</code>' in text
        assert 'Answering' in text and 'Not answering' not in text
        for path in ('/docs', f'{BASE}/openapi.json', f'{BASE}/ping'):
            assert f'href="{path}"' in text
            assert client.simulate_get(path).status_code == 200
        assert '<script' not in text

    def test_first_call_is_that_of_the_readme(self) -> None:
        def body(text: str) -> typing.Any:
            return json.loads(re.search(r"-d '(\{.*?\n *\})'", text, re.DOTALL)[1])

        shown = landing.first_call(f'{HOST}{BASE}')
        assert body(shown) == body(README.read_text())
        assert f'BASE={HOST}{BASE}\n' in shown

    def test_tells_nothing_of_tenants(self, client: testing.TestClient, api: Api) -> None:
        secrets = [api.key, api.tenant.slug, api.tenant.schema, str(api.tenant.company_id)]
        text = client.simulate_get('/', headers={'X-SE-ERP-Key': api.key}).text
        assert [secret for secret in secrets if secret in text] == []

    def test_stands_while_the_database_is_down(self) -> None:
        class Broken(Database):
            asked = 0

            @property
            def url(self) -> str:
                self.asked += 1
                raise OSError

        database = Broken()
        pulse = Landing(database).pulse
        assert [pulse.beats() for _ in range(50)] == [False] * 50
        assert database.asked == 1
        assert 'class="down"' in landing.page('en', HOST, False)

    @pytest.mark.wall_clock
    def test_is_there_in_time_while_the_database_hangs(self) -> None:
        """A server that was stopped takes connections, and never says a word."""
        with socket.create_server(('127.0.0.1', 0)) as silent:
            port = silent.getsockname()[1]

            class Hanging(Database):
                url = f'postgresql://karvo@127.0.0.1:{port}/karvo'

            started = time.monotonic()
            assert not Landing(Hanging()).pulse.beats()
            assert time.monotonic() - started < 4


class TestOrigin:
    @pytest.mark.parametrize('host', ['"><script>alert(1)</script>', 'a b', "x'y", ''])
    def test_a_host_that_is_none_is_not_repeated(self, client, host: str) -> None:
        answer = client.simulate_get('/', headers={'Host': host})
        assert answer.status_code == 200
        assert 'alert' not in answer.text
        assert f'{origin.ELSEWHERE}{BASE}' in answer.text or host == ''

    def test_the_samples_ask_who_was_asked(self, client: testing.TestClient) -> None:
        answer = client.simulate_get(f'{BASE}/openapi.json', headers={'Host': '[::1]:8080'})
        [sample, *_] = answer.json['paths']['/ping']['get']['x-codeSamples']
        assert sample['source'] == "curl 'http://[::1]:8080/wp-json/se-erp/v2/ping'"

    def test_forwarded_headers_count_from_trusted_proxies_only(
        self, client: testing.TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = {'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'erp.example, other'}
        assert f'{HOST}{BASE}' in client.simulate_get('/', headers=headers).text
        trusting = type(config)(trusted_proxies=('127.0.0.0/8',))
        monkeypatch.setattr(origin, 'config', trusting)
        assert f'https://erp.example{BASE}' in client.simulate_get('/', headers=headers).text

    def test_the_public_url_wins(
        self, client: testing.TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(origin, 'config', type(config)(public_url='https://books.example/'))
        assert f'https://books.example{BASE}' in client.simulate_get('/').text
