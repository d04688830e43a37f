"""Export and import of a tenant: the books are the same, the credentials are not."""

import os
import pathlib

import pytest

from karvo.cli import check
from karvo.kit.errors import Invalid
from tenants.archive import export_tenant, import_tenant
from tenants.operations import tenant_by_slug
from tests.conftest import INVOICE, Api, wide_key


class TestExportAndImport:
    def test_the_copy_has_the_same_books_and_goes_on_by_itself(self, api, tmp_path):
        api.post('/invoices', INVOICE)
        api.post('/billing/payments', {'invoice_no': 'INV-2026-0042', 'amount': 437.19})
        file = tmp_path / 'books.zip'
        export_tenant(tenant_by_slug(api.tenant.slug), file)
        made = import_tenant(file, f'copy_{os.getpid()}')
        copy = Api(api.client.app, made, wide_key(made))
        before, after = (one.get('/invoices/1').json for one in (api, copy))
        assert after == before
        assert copy.post('/invoices', INVOICE | {'invoice_no': 'X-1'}).json['id'] == 2
        assert (
            copy.post('/invoices', {'customer_code': 'ACME01', 'subtotal': 5}).json['invoice_no']
            == 'INV-2026-0043'
        )
        with copy.company():
            assert check.problems() == []
        assert api.get('/invoices').json['total'] == 1

    def test_the_old_key_does_not_open_the_copy(self, api, tmp_path):
        file = tmp_path / 'books.zip'
        export_tenant(tenant_by_slug(api.tenant.slug), file)
        made = import_tenant(file, f'copy2_{os.getpid()}')
        api.post('/invoices', INVOICE)
        copy = Api(api.client.app, made)
        assert copy.get('/invoices').json['total'] == 0

    def test_another_file_is_refused_and_leaves_no_tenant(self, server, tmp_path: pathlib.Path):
        file = tmp_path / 'nonsense.zip'
        file.write_bytes(b'nonsense')
        with pytest.raises(Invalid, match='is no archive'):
            import_tenant(file, 'never')
