"""The pages in a real browser: drawn whole, silent in the console, and asking nobody else."""

from collections.abc import Iterator

import pytest

from tests.conftest import Api
from tests.site.browser import Browser, Page, PageLeft

pytestmark = [pytest.mark.xdist_group('browser'), pytest.mark.usefixtures('closing')]
SHOWN = '[...document.querySelectorAll(".opblock")].map((e) => e.id)'
DRAWN = 'document.querySelectorAll(".opblock-tag").length > 10'
#: relative luminance contrast of each text with the first ground behind it, the lowest first
CONTRASTS = """(() => {
  const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length && c[3] !== 0) return c;
    }
    return [255, 255, 255];
  };
  const own = (e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return [...document.body.querySelectorAll('*')].filter(own).map((e) => {
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.textContent.slice(0, 40)];
  }).sort((a, b) => a[0] - b[0]);
})()"""


def hosts(page: Page) -> set[str]:
    """Scheme, host and port of everything that was asked for over the network."""
    asked = (url for url in page.requests() if not url.startswith('data:'))
    return {'/'.join(url.split('/')[:3]) for url in asked}


@pytest.fixture(scope='module')
def reference(browser: Browser, origin: str) -> Iterator[Page]:
    first, page = len(browser.contexts), browser.page()
    page.open(f'{origin}/docs', until=DRAWN)
    yield page
    browser.close_pages(first)


def unfold_groups(page: Page, *groups: str) -> None:
    """Opens groups of operations, as a reader does: all are closed at first."""
    for group in groups:
        heading = f'#operations-tag-{group}'
        page.run(f"document.querySelector('{heading} button').click()")
        page.wait(f"document.querySelector('{heading} [aria-expanded=true]')")


def unfold(page: Page, operation: str) -> str:
    """Opens an operation and its group; its CSS selector."""
    block = f'[id$="-{operation}"].opblock'
    group = operation.split('_')[1]
    if not page.run(f"Boolean(document.querySelector('{block}'))"):
        unfold_groups(page, group)
    page.wait(f"document.querySelector('{block}')")
    page.run(f"document.querySelector('{block} .opblock-summary-control').click()")
    page.wait(f"document.querySelector('{block} .samples pre')")
    return block


def authorize(page: Page, key: str) -> None:
    """Puts a key in, as a reader does."""
    page.run('document.querySelector(".btn.authorize").click()')
    page.wait('document.querySelector(".auth-container input")')
    page.type('.auth-container input', key)
    page.run('document.querySelector(".auth-btn-wrapper .btn.authorize").click()')
    page.wait('document.querySelector(".auth-container .auth-btn-wrapper").innerText.match(/out/i)')
    page.run('document.querySelector(".close-modal").click()')


def execute(page: Page, operation: str) -> str:
    """The status that Try it out shows."""
    block = unfold(page, operation)
    page.run(f"document.querySelector('{block} .try-out__btn').click()")
    page.wait(f"document.querySelector('{block} .execute')")
    page.run(f"document.querySelector('{block} .execute').click()")
    status = f'{block} .live-responses-table tbody .response-col_status'
    page.wait(f"document.querySelector('{status}')")
    return page.run(f"document.querySelector('{status}').innerText").strip()


class TestReference:
    def test_draws_every_operation_and_complains_of_nothing(
        self, reference: Page, origin: str, api: Api
    ) -> None:
        document = api.get('/openapi.json').json
        described: dict[str, list[str]] = {}
        for operation in (op for path in document['paths'].values() for op in path.values()):
            described.setdefault(operation['tags'][0], []).append(operation['operationId'])
        for group, operations in described.items():
            # One group after the other: of very many rows only those in sight are drawn.
            unfold_groups(reference, group)
            shown = reference.run(SHOWN)
            assert [name.split('-', 2)[2] for name in shown] == operations
            reference.run(f"document.querySelector('#operations-tag-{group} button').click()")
            reference.wait('!document.querySelector(".opblock")')
        assert reference.complaints() == []
        assert hosts(reference) == {origin}

    def test_the_events_are_shown_when_asked_for(
        self, reference: Page, origin: str, api: Api
    ) -> None:
        events = api.get('/openapi.json').json['webhooks']
        toggle = 'document.querySelector(".events-toggle")'
        assert reference.run(f'{toggle}.innerText').startswith(f'Show the {len(events)} events')
        reference.run(f'{toggle}.click()')
        reference.wait('document.querySelector(".webhooks .opblock")')
        assert len(reference.run(SHOWN)) == len(events)
        reference.run(f'{toggle}.click()')
        reference.wait('!document.querySelector(".webhooks")')
        assert reference.complaints() == []
        assert hosts(reference) == {origin}

    def test_shows_samples_in_three_languages(self, reference: Page, origin: str) -> None:
        block = unfold(reference, 'post_invoices')
        tabs = f"[...document.querySelectorAll('{block} .samples [role=tab]')]"
        assert reference.run(f'{tabs}.map((e) => e.innerText)') == ['curl', 'Python', 'JavaScript']
        texts = []
        for i in range(3):
            reference.run(f'{tabs}[{i}].click()')
            reference.wait(f'{tabs}[{i}].getAttribute("aria-selected") === "true"')
            texts.append(reference.run(f"document.querySelector('{block} .samples pre').innerText"))
        for text, sign in zip(texts, ('curl -X POST', 'requests.post(', 'fetch('), strict=True):
            assert sign in text and f'{origin}/wp-json/se-erp/v2/invoices' in text
            assert 'INV-2026-0042' in text
        assert reference.complaints() == []

    def test_further_operations_show_their_samples(self, reference: Page, origin: str) -> None:
        # Two are enough here: the others are tested in the document itself.
        for operation in ('get_products_sku_sku', 'delete_keys_key_id'):
            block = unfold(reference, operation)
            shown = reference.run(f"document.querySelector('{block} .samples pre').innerText")
            assert f'{origin}/wp-json/se-erp/v2/' in shown
        assert reference.complaints() == []

    def test_calls_are_tried(self, browser: Browser, origin: str, api: Api) -> None:
        page = browser.page()
        page.open(f'{origin}/docs', until=DRAWN)
        assert execute(page, 'get_ping') == '200'
        authorize(page, api.key)
        assert execute(page, 'get_invoices') == '200'
        assert execute(page, 'post_invoices') == '201'
        assert api.get('/invoices').json['total'] == 1
        assert page.complaints() == []
        assert hosts(page) == {origin}

    def test_a_call_is_tried_with_an_application_password(self, browser, origin, api) -> None:
        page = browser.page()
        page.open(f'{origin}/docs', until=DRAWN)
        page.run('document.querySelector(".btn.authorize").click()')
        page.wait('document.querySelector(".auth-container [name=password]")')
        page.type('.auth-container [name=username]', api.tenant.username)
        page.type('.auth-container [name=password]', api.tenant.application_password)
        buttons = 'document.querySelectorAll(".auth-btn-wrapper .btn.authorize")'
        page.run(f'{buttons}[{buttons}.length - 1].click()')
        page.run('document.querySelector(".close-modal").click()')
        assert execute(page, 'get_customers') == '200'

    @pytest.mark.wall_clock
    def test_nobody_waits_for_what_is_not_looked_at(self, browser, origin) -> None:
        # Seconds of a processor, not of the clock; they were 27 while all of the document was
        # resolved at the start, and again for each operation, and are two.
        page = browser.page()
        page.ask('Performance.enable', timeDomain='threadTicks')
        page.open(f'{origin}/docs', until=DRAWN)
        unfold(page, 'post_invoices')
        metrics = page.ask('Performance.getMetrics')['metrics']
        assert next(one['value'] for one in metrics if one['name'] == 'TaskDuration') < 6

    def test_an_attackers_address_in_the_query_is_not_loaded(self, browser, origin) -> None:
        page = browser.page()
        page.open(f'{origin}/docs?url=http://evil.example/api.json', until=DRAWN)
        assert hosts(page) == {origin}

    def test_is_dark_where_asked_and_as_wide_as_a_telephone(
        self, reference, browser, origin
    ) -> None:
        page = browser.page(390, 844, prefers_color_scheme='dark')
        page.open(f'{origin}/docs', until=DRAWN)
        assert page.run('document.documentElement.scrollWidth') == 390
        is_dark = 'document.documentElement.classList.contains("dark-mode")'
        assert (page.run(is_dark), reference.run(is_dark)) == (True, False)


class TestWaiting:
    def test_goes_on_where_its_page_is_left_meanwhile(self, browser, origin) -> None:
        page = browser.page()
        page.open(f'{origin}/?lang=en')
        with pytest.raises(PageLeft):
            page.run('new Promise(() => location.assign("/?lang=fr"))')
        page.wait(
            'location.search === "?lang=en" || new Promise(() => location.assign("/?lang=en"))'
        )


class TestLanding:
    @pytest.mark.parametrize('scheme', ['light', 'dark'])
    @pytest.mark.parametrize('width', [1280, 390])
    @pytest.mark.parametrize('language', ['en', 'fr'])
    def test_is_readable(self, browser, origin, language, width, scheme) -> None:
        page = browser.page(width, 900, prefers_color_scheme=scheme)
        page.open(f'{origin}/?lang={language}')
        assert page.run('document.documentElement.lang') == language
        assert page.run('document.documentElement.scrollWidth') == width
        lowest, text = page.run(CONTRASTS)[0]
        assert lowest >= 4.5, text
        assert page.complaints() == []
        assert hosts(page) == {origin}

    def test_leads_to_the_reference_and_to_the_other_language(self, browser, origin) -> None:
        page = browser.page()
        page.open(f'{origin}/?lang=en')
        page.run('document.querySelector(".language").click()')
        page.wait('document.documentElement?.lang === "fr"')
        page.run('document.querySelector(".button").click()')
        page.wait(DRAWN)
        assert page.complaints() == []

    def test_has_landmarks_and_one_heading_of_the_first_rank(self, browser, origin) -> None:
        page = browser.page()
        page.open(f'{origin}/')
        tree = page.ask('Accessibility.getFullAXTree')['nodes']
        roles = [node['role']['value'] for node in tree if not node['ignored']]
        assert {'banner', 'main', 'contentinfo', 'heading', 'link'} <= set(roles)
        assert page.run('document.querySelectorAll("h1").length') == 1
