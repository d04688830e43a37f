"""Writing documents: header, lines and taxes in one statement, however many lines there are."""

import functools
import typing

from karvo.invoices.schemas import Line
from karvo.kit.db import database
from karvo.kit.outbox import as_json
from karvo.taxes.schemas import TaxLine

JSON_COLUMNS = {'customer', 'ship_to', 'metadata'}

_LINES = """
lines AS (
  INSERT INTO @document_line (document_id, position, product_id, sku, description, description_fr,
    kind, qty, uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost)
  SELECT doc.id, x.position, x.product_id, x.sku, x.description, x.description_fr, x.kind, x.qty,
    x.uom, x.unit_price, x.discount_pct, x.line_total, x.tax_code, x.pst_exempt, x.account, x.cost
  FROM doc, ROWS FROM (json_to_recordset(%(lines)s::json) AS (product_id bigint, sku text,
    description text, description_fr text, kind text, qty numeric, uom text, unit_price numeric,
    discount_pct numeric, line_total numeric, tax_code text, pst_exempt boolean, account text,
    cost numeric)) WITH ORDINALITY AS x(product_id, sku, description, description_fr, kind, qty,
    uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost, position)
  RETURNING id),
taxes AS (
  INSERT INTO @document_tax (document_id, position, code, family, regime, label_fr, label_en, rate,
    base, amount, account, registration_number)
  SELECT doc.id, x.position, x.code, x.family, x.regime, x.label_fr, x.label_en, x.rate, x.base,
    x.amount, x.account, x.registration_number
  FROM doc, ROWS FROM (json_to_recordset(%(taxes)s::json) AS (code text, family text,
    regime text, label_fr text, label_en text, rate numeric, base numeric, amount numeric,
    account text, registration_number text)) WITH ORDINALITY AS x(code, family, regime, label_fr,
    label_en, rate, base, amount, account, registration_number, position)
  RETURNING id)
SELECT id FROM doc"""

_REPLACED = f"""
WITH doc AS (SELECT %(id)s::bigint AS id),
{_LINES.strip()}"""


@functools.cache
def _insert(columns: tuple[str, ...]) -> str:
    marks = (f'%({name})s{"::jsonb" if name in JSON_COLUMNS else ""}' for name in columns)
    return f"""
WITH doc AS (
  INSERT INTO @document ({', '.join(columns)}) VALUES ({', '.join(marks)}) RETURNING id),
{_LINES.strip()}"""


def insert_document(values: dict[str, typing.Any], lines: list[Line], taxes: list[TaxLine]) -> int:
    """The new document's id; jsonb values come as JSON text."""
    params = values | _as_parameters(lines, taxes)
    row = database.run(_insert(tuple(values)), params).fetchone()
    return typing.cast(int, row[0] if row else 0)


def replace_lines(document_id: int, lines: list[Line], taxes: list[TaxLine]) -> None:
    """New lines and taxes of a draft."""
    named = {'id': document_id}
    database.run('DELETE FROM @document_line WHERE document_id = %(id)s', named)
    database.run('DELETE FROM @document_tax WHERE document_id = %(id)s', named)
    database.run(_REPLACED, named | _as_parameters(lines, taxes))


def _as_parameters(lines: list[Line], taxes: list[TaxLine]) -> dict[str, str]:
    """One JSON text each: far cheaper to send than an array a column."""
    return {'lines': as_json(lines), 'taxes': as_json(taxes)}
