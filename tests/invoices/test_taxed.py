"""A document's taxes: kept as they are shown, found again as they were computed."""

import importlib
import json
from decimal import Decimal

import psycopg
import pytest

from karvo.integrity.checks import problems
from karvo.invoices.operations.change import stored_taxes
from karvo.invoices.taxed import TAXES, tax_columns
from karvo.kit.db import connect, url_of
from karvo.taxes.schemas import TaxLine
from tests.invoicing import LINE, created

MIGRATION = importlib.import_module('karvo.invoices.migrations.0009_taxes_in_document')
COLUMNS = 'tps, tvq, tvh, tvp, taxes::jsonb, tax_details::jsonb'
#: The table that there was before.
BEFORE = f"""
CREATE TABLE document_tax (document_id bigint, position int, code text, family text, regime text,
  label_fr text, label_en text, rate numeric(9, 6), base numeric(14, 2), amount numeric(14, 2),
  account text, registration_number text);
INSERT INTO document_tax SELECT d.id, row_number() OVER (PARTITION BY d.id), x.code, x.family,
  x.regime, x.label_fr, x.label_en, x.rate / 100, x.base, x.amount, x.account,
  x.registration_number FROM document d CROSS JOIN {TAXES};
ALTER TABLE document DROP CONSTRAINT document_taxes, DROP COLUMN tps, DROP COLUMN tvq,
  DROP COLUMN tvh, DROP COLUMN tvp, DROP COLUMN taxes, DROP COLUMN tax_details;"""


def tax(code='TPS', family='tps', rate='0.050000', amount='5.00') -> TaxLine:
    return TaxLine(
        code=code,
        family=family,
        regime='gst' if family == 'tps' else 'qst',
        label_fr=f'{code} é',
        label_en=f'{code} "e"',
        rate=Decimal(rate),
        base=Decimal('100.00'),
        amount=Decimal(amount),
        account='2100',
        registration_number='123456789RT0001',
    )


class TestColumns:
    def test_sums_by_family(self) -> None:
        columns = tax_columns([tax(), tax('OWN-7', 'tvp', '0.07', '7.00'), tax('B', 'tvp')])
        assert (columns['tps'], columns['tvq'], columns['tvh'], columns['tvp']) == (5, 0, 0, 12)

    @pytest.mark.parametrize(
        ('rate', 'percent'),
        [
            ('0.050000', '5'),
            ('0.099750', '9.975'),
            ('0.100000', '10'),
            ('1.000000', '100'),
            ('0', '0'),
            ('0.0812345', '8.1235'),  # as precise as rates are kept
        ],
    )
    def test_rates_are_percents_without_zeros_at_the_end(self, rate, percent) -> None:
        assert f'"rate":{percent},' in tax_columns([tax(rate=rate)])['taxes']

    def test_amounts_have_two_decimals_however_they_came(self) -> None:
        columns = tax_columns([tax(amount='5.000')])
        assert '"amount":5.00}' in columns['taxes']
        assert str(columns['tps']) == '5.00'

    def test_none(self) -> None:
        columns = tax_columns([])
        assert (columns['taxes'], columns['tax_details'], columns['tps']) == ('[]', '[]', 0)


class TestStored:
    def test_are_found_as_they_were_computed(self, shop) -> None:
        shown = created(shop, lines=[LINE | {'qty': 3, 'unit_price': '33.33'}])
        with shop.company():
            taxes = stored_taxes(shown['id'])
        found = [(one.code, one.family, one.rate, one.base, one.amount) for one in taxes]
        assert found == [
            ('TPS', 'tps', Decimal('0.05'), Decimal('99.99'), Decimal('5.00')),
            ('TVQ', 'tvq', Decimal('0.09975'), Decimal('99.99'), Decimal('9.97')),
        ]
        columns = tax_columns(taxes)
        assert json.loads(columns['taxes']) == shown['taxes']
        assert (columns['tps'], columns['tvq']) == (Decimal('5.00'), Decimal('9.97'))

    def test_the_database_refuses_sums_that_are_not_the_tax(self, shop) -> None:
        created(shop)
        with connect(url_of('main')) as connection, pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f'UPDATE {shop.tenant.schema}.document SET tps = tps + 0.01')

    @pytest.mark.parametrize('name', ['taxes', 'tax_details'])
    def test_the_check_of_the_books_names_one_that_does_not_hold(self, shop, name) -> None:
        number = created(shop)['invoice_no']
        with connect(url_of('main')) as connection:
            table = f'{shop.tenant.schema}.document'
            kept = connection.execute(f'SELECT {name} FROM {table}').fetchone()
            connection.execute(f"UPDATE {table} SET {name} = '[]'")
            with shop.company():
                found = problems()
            connection.execute(f'UPDATE {table} SET {name} = %s', kept)
        assert found == [f'document {number}: its taxes are not what their sums say']

    def test_a_change_of_another_field_leaves_them_to_the_cent(self, shop) -> None:
        before = created(shop, lines=[LINE | {'qty': 1, 'unit_price': '0.10'}])
        shop.put(f'/invoices/{before["id"]}', {'notes': 'later'})
        after = shop.get(f'/invoices/{before["id"]}')
        assert after.json['notes'] == 'later'
        assert after.json['taxes'] == before['taxes']
        assert '"base":0.10' in after.text


def test_older_books_are_moved(shop) -> None:
    for lines in ([LINE], [LINE | {'tax_code': 'exempt'}], [LINE, LINE | {'unit_price': '0.07'}]):
        created(shop, lines=lines)
    created(shop, status='draft')
    with connect(url_of('main')) as connection, connection.transaction(force_rollback=True):
        connection.execute(f'SET LOCAL search_path = {shop.tenant.schema}, public')
        query = f'SELECT id, {COLUMNS} FROM document ORDER BY id'
        before = connection.execute(query).fetchall()
        connection.execute(BEFORE)
        connection.execute(MIGRATION.SQL)
        after = connection.execute(query).fetchall()
        gone = connection.execute("SELECT to_regclass('document_tax')").fetchone()
    assert before == after
    assert len({row[5] is not None and len(row[5]) for row in after}) == 2  # some have none
    assert gone == (None,)
