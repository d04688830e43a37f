"""`karvo import online-retail` with the whole real file, and `karvo check` of what it made."""

import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import typing
from collections.abc import Iterable
from decimal import Decimal

import falcon
import pytest

from karvo.cli import check, online_retail
from karvo.cli.online_retail import Report, RetailDocument, import_file, read_documents
from karvo.kit.actor import system_actor
from karvo.kit.db import company, company_place, database, url_of
from karvo.kit.errors import Invalid
from tenants.operations import Provisioned
from tests.conftest import Api, new_tenant, wide_key
from tests.spellings import Spellings

ROOT = pathlib.Path(__file__).parents[2]
PACKED = ROOT / 'tests/data/online_retail_2010-12.csv.gz'
COUNTED = ('document', 'document_line', 'event', 'journal_entry', 'party', 'product')
pytestmark = pytest.mark.xdist_group('import')


def silent(
    items: Iterable[typing.Any], _title: str, _total: int | None = None
) -> Iterable[typing.Any]:
    return items


def bring_in(tenant: Provisioned, file: pathlib.Path) -> Report:
    place = company_place(int(tenant.schema.removeprefix('c_')))
    with company(place):
        return import_file(file, system_actor('import online-retail', place), silent)


def counts(api: Api) -> dict[str, int]:
    with api.company():
        return {t: database.run(f'SELECT count(*) FROM @{t}').fetchone()[0] for t in COUNTED}


def british(app: falcon.App) -> Api:
    tenant = new_tenant(country='GB')
    return Api(app, tenant, wide_key(tenant))


def karvo(folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {'KARVO_DATABASE_URL': url_of('main'), 'KARVO_DATA_DIR': str(folder)}
    return subprocess.run(
        [sys.executable, '-m', 'karvo', *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope='module')
def retail(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The real file, unpacked."""
    path = tmp_path_factory.mktemp('retail') / 'online_retail.csv'
    with gzip.open(PACKED) as packed, path.open('wb') as file:
        shutil.copyfileobj(packed, file)
    return path


@pytest.fixture(scope='module')
def kept(retail: pathlib.Path) -> list[RetailDocument]:
    """The file's invoices and credit notes."""
    return [d for d in read_documents(retail) if d.kind() in ('invoice', 'credit')]


@pytest.fixture(scope='module')
def books(app: falcon.App) -> Api:
    return british(app)


@pytest.fixture(scope='module')
def first(books: Api, retail: pathlib.Path) -> Report:
    """The report of the first run over the whole file."""
    return bring_in(books.tenant, retail)


def same_figures(report: Report) -> None:
    assert report.documents == 1892
    assert report.lines == report.lines_imported + report.lines_skipped == 39_522
    assert report.invoices_created + report.invoices_known == 1455
    assert report.credits_created + report.credits_known == 299
    assert report.documents_skipped == sum(report.skipped.values()) == 138
    assert report.invoiced == Decimal('755687.43')
    assert report.credited == Decimal('-74188.57')
    assert report.net == Decimal('681498.86')


class TestWholeFile:
    def test_every_line_is_accounted_for(self, first: Report) -> None:
        same_figures(first)
        assert (first.invoices_created, first.credits_created) == (1455, 299)
        assert first.lines_skipped == 138
        assert set(first.skipped) == {
            'stock adjustment: one line with a negative quantity',
            'stock adjustment: one line without a price',
        }

    def test_the_books_say_the_same(self, first: Report, books: Api) -> None:
        assert books.get('/invoices?per_page=1').json['total'] == 1455
        assert books.get('/billing/credits?per_page=1').json['total'] == 299
        totals = 'SELECT type, count(*), sum(total) FROM @document GROUP BY type ORDER BY type'
        with books.company():
            found = database.run(totals).fetchall()
        assert found == [
            ('credit_note', 299, Decimal('74188.57')),
            ('invoice', 1455, Decimal('755687.43')),
        ]

    def test_every_kept_line_is_a_line_of_a_document(self, first: Report, books: Api) -> None:
        assert counts(books)['document_line'] == first.lines_imported == 39_384

    def test_every_customer_is_there_and_one_for_walk_ins(self, first: Report, books: Api) -> None:
        assert first.customers_created == 923
        assert books.get('/customers?per_page=1').json['total'] == 923

    def test_case_twins_are_one_product(
        self, first: Report, books: Api, kept: list[RetailDocument]
    ) -> None:
        codes = {line.code for document in kept for line in document.lines}
        assert first.products_created == len({code.upper() for code in codes}) < len(codes)
        twins = next(c for c in sorted(codes) if c != c.upper() and c.upper() in codes)
        one, other = (books.get(f'/products/sku/{c}').json['id'] for c in (twins, twins.upper()))
        assert one == other

    def test_the_longest_document_is_whole(
        self, first: Report, books: Api, kept: list[RetailDocument]
    ) -> None:
        longest = max(kept, key=lambda d: len(d.lines))
        [found] = books.get(f'/invoices/search?q={longest.number}').json['data']
        shown = books.get(f'/invoices/{found["id"]}').json
        assert len(shown['lines']) == len(longest.lines) == 675
        exact = sum(line.quantity * line.price for line in longest.lines)
        assert abs(Decimal(str(shown['total'])) - exact) < Decimal('0.01') * 675

    def test_trial_balance_and_check_are_clean(self, first: Report, books: Api) -> None:
        assert books.difference() == 0
        with books.company():
            assert check.problems() == []

    def test_a_second_run_changes_nothing(
        self, first: Report, books: Api, retail: pathlib.Path
    ) -> None:
        before = counts(books)
        again = bring_in(books.tenant, retail)
        same_figures(again)
        assert (again.invoices_created, again.credits_created) == (0, 0)
        assert (again.customers_created, again.products_created) == (0, 0)
        assert counts(books) == before


class Interrupted(Exception):
    """As if the machine had gone away."""


class TestInterrupted:
    def test_run_again_it_ends_in_the_same_figures(
        self,
        app: falcon.App,
        retail: pathlib.Path,
        tmp_path: pathlib.Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        part = tmp_path / 'part.csv'
        part.write_text(''.join(retail.read_text().splitlines(keepends=True)[:6000]))
        whole, api, done = british(app), british(app), []
        bring_in(whole.tenant, part)
        create = online_retail.create_invoice

        def create_until_100(*arguments: typing.Any, **options: typing.Any) -> typing.Any:
            if len(done) >= 100:
                raise Interrupted
            done.append(arguments)
            return create(*arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(online_retail, 'create_invoice', create_until_100)
            with pytest.raises(Interrupted):
                bring_in(api.tenant, part)
        assert 100 <= counts(api)['document'] < counts(whole)['document'] - 50
        assert api.difference() == 0
        report = bring_in(api.tenant, part)
        assert report.invoices_known == 100
        assert (report.customers_created, report.products_created) == (0, 0)
        assert counts(api) == counts(whole)
        balances = [each.get('/ledger/trial-balance').json['data'] for each in (api, whole)]
        assert balances[0] == balances[1] != []
        with api.company():
            assert check.problems() == []


class TestRefused:
    def test_a_company_in_another_currency(self, api: Api, retail: pathlib.Path) -> None:
        with pytest.raises(Invalid, match='GBP'):
            bring_in(api.tenant, retail)
        assert counts(api)['document'] == counts(api)['party'] == 0

    def test_a_file_with_other_columns(self, app: falcon.App, tmp_path: pathlib.Path) -> None:
        other = tmp_path / 'other.csv'
        other.write_text('Invoice,Price\n1,2\n')
        with pytest.raises(Invalid, match=r'other\.csv is no Online Retail file: it needs Inv'):
            bring_in(british(app).tenant, other)


class TestCheck:
    def bought(self, api: Api) -> int:
        body = {'customer_code': 'ACME01', 'customer_name': 'Acme', 'subtotal': '100.00'}
        return api.post('/invoices', body | {'invoice_no': 'INV-CHECK-1'}).json['id']

    def test_whole_books_exit_0(self, api: Api, server: pathlib.Path) -> None:
        self.bought(api)
        done = karvo(server, 'check', '--tenant', api.tenant.slug)
        assert (done.returncode, done.stdout) == (0, f'{api.tenant.slug}: ok\n')

    def test_a_changed_balance_is_named(self, api: Api, server: pathlib.Path) -> None:
        number = self.bought(api)
        with api.company():
            database.run('UPDATE @document SET balance = balance - 5 WHERE id = %s', [number])
        done = karvo(server, 'check', '--tenant', api.tenant.slug)
        assert done.returncode == 1
        assert f'{api.tenant.slug}: NOT OK' in done.stdout
        assert 'invoice INV-CHECK-1: balance 109.98, by its allocations 114.98' in done.stdout
        assert 'Traceback' not in done.stderr

    def test_a_lost_line_of_the_journal_is_named(self, api: Api, server: pathlib.Path) -> None:
        self.bought(api)
        with api.company():
            last = '(SELECT max(entry_id) FROM @journal_line)'
            database.run(f'DELETE FROM @journal_line WHERE position = 2 AND entry_id = {last}')
        done = karvo(server, 'check', '--tenant', api.tenant.slug)
        assert done.returncode == 1
        assert 'does not balance' in done.stdout

    def test_a_lost_event_is_named(self, api: Api, server: pathlib.Path) -> None:
        self.bought(api)
        with api.company():
            database.run('DELETE FROM @event WHERE seq = (SELECT min(seq) FROM @event)')
        done = karvo(server, 'check', '--tenant', api.tenant.slug)
        assert done.returncode == 1
        assert '1 event sequence numbers have no event' in done.stdout


class TestOtherDialects:
    def test_tell_the_same_of_every_invoice(self, app: falcon.App, books: Api) -> None:
        assert books.tenant is not None
        scopes = ['read-write', 'settings:write']
        wide = Api(app, books.tenant, wide_key(books.tenant, scopes=scopes))
        assert len(Spellings(wide).agree()) > 1000
