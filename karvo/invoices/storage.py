"""Writing documents: header, lines and taxes in one statement, however many lines there are."""

import functools
import typing

from karvo.invoices.schemas import Line
from karvo.kit.db import database
from karvo.taxes.schemas import TaxLine

JSON_COLUMNS = {'customer', 'ship_to', 'metadata'}

_LINES = """
lines AS (
  INSERT INTO @document_line (document_id, position, product_id, sku, description, description_fr,
    kind, qty, uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost)
  SELECT doc.id, x.position, x.product_id, x.sku, x.description, x.description_fr, x.kind, x.qty,
    x.uom, x.unit_price, x.discount_pct, x.line_total, x.tax_code, x.pst_exempt, x.account, x.cost
  FROM doc, unnest(%(l_product_id)s::bigint[], %(l_sku)s::text[], %(l_description)s::text[],
    %(l_description_fr)s::text[], %(l_kind)s::text[], %(l_qty)s::numeric[], %(l_uom)s::text[],
    %(l_unit_price)s::numeric[], %(l_discount_pct)s::numeric[], %(l_line_total)s::numeric[],
    %(l_tax_code)s::text[], %(l_pst_exempt)s::boolean[], %(l_account)s::text[],
    %(l_cost)s::numeric[]) WITH ORDINALITY AS x(product_id, sku, description, description_fr, kind,
    qty, uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost, position)
  RETURNING id),
taxes AS (
  INSERT INTO @document_tax (document_id, position, code, family, regime, label_fr, label_en, rate,
    base, amount, account, registration_number)
  SELECT doc.id, x.position, x.code, x.family, x.regime, x.label_fr, x.label_en, x.rate, x.base,
    x.amount, x.account, x.registration_number
  FROM doc, unnest(%(t_code)s::text[], %(t_family)s::text[], %(t_regime)s::text[],
    %(t_label_fr)s::text[], %(t_label_en)s::text[], %(t_rate)s::numeric[], %(t_base)s::numeric[],
    %(t_amount)s::numeric[], %(t_account)s::text[], %(t_registration_number)s::text[])
    WITH ORDINALITY AS x(code, family, regime, label_fr, label_en, rate, base, amount, account,
    registration_number, position)
  RETURNING id)
SELECT id FROM doc"""

_REPLACED = f"""
WITH doc AS (SELECT %(id)s::bigint AS id),
{_LINES.strip()}"""

_LINE_FIELDS = tuple(Line.__struct_fields__)
_TAX_FIELDS = (
    ('code', 'family', 'regime', 'label_fr', 'label_en', 'rate', 'base', 'amount', 'account')
    + ('registration_number',)
)


@functools.cache
def _insert(columns: tuple[str, ...]) -> str:
    marks = (f'%({name})s{"::jsonb" if name in JSON_COLUMNS else ""}' for name in columns)
    return f"""
WITH doc AS (
  INSERT INTO @document ({', '.join(columns)}) VALUES ({', '.join(marks)}) RETURNING id),
{_LINES.strip()}"""


def insert_document(
    values: dict[str, typing.Any], lines: list[Line], taxes: list[TaxLine]
) -> int:
    """The new document's id; jsonb values come as JSON text."""
    params = values | _unzipped(lines, taxes)
    row = database.run(_insert(tuple(values)), params).fetchone()
    return typing.cast(int, row[0] if row else 0)


def replace_lines(document_id: int, lines: list[Line], taxes: list[TaxLine]) -> None:
    """New lines and taxes of a draft."""
    named = {'id': document_id}
    database.run('DELETE FROM @document_line WHERE document_id = %(id)s', named)
    database.run('DELETE FROM @document_tax WHERE document_id = %(id)s', named)
    database.run(_REPLACED, named | _unzipped(lines, taxes))


def _unzipped(lines: list[Line], taxes: list[TaxLine]) -> dict[str, list[typing.Any]]:
    columns = {f'l_{name}': [getattr(line, name) for line in lines] for name in _LINE_FIELDS}
    return columns | {f't_{name}': [getattr(tax, name) for tax in taxes] for name in _TAX_FIELDS}
