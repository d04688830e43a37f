"""Writing documents: header and lines in one statement, however many lines there are."""

import functools
import re
import typing

from karvo.invoices.context import CHECKED_PARTY, Context
from karvo.invoices.schemas import Line
from karvo.kit.db import database
from karvo.kit.errors import Conflict
from karvo.kit.last_statement import Part, Write
from karvo.kit.numbering import NumberRequest
from karvo.kit.outbox import as_json
from karvo.kit.work import Work

_LINES = """
  INSERT INTO @document_line (document_id, position, product_id, sku, description, description_fr,
    kind, qty, uom, unit_price, discount_pct, line_total, tax_code, pst_exempt, account, cost,
    tax_rate)
  SELECT made.id, x.position, x.product_id, x.sku, x.description, x.description_fr, x.kind, x.qty,
    x.uom, x.unit_price, x.discount_pct, x.line_total, x.tax_code, x.pst_exempt, x.account, x.cost,
    x.tax_rate
  FROM made§ made, ROWS FROM (json_to_recordset(%(lines)s::json) AS (product_id bigint, sku text,
    description text, description_fr text, kind text, qty numeric, uom text, unit_price numeric,
    discount_pct numeric, line_total numeric, tax_code text, pst_exempt boolean, account text,
    cost numeric, tax_rate numeric)) WITH ORDINALITY AS x(product_id, sku, description,
    description_fr, kind, qty, uom, unit_price, discount_pct, line_total, tax_code, pst_exempt,
    account, cost, tax_rate, position)
  RETURNING {0}"""
#: The document's columns come as one JSON object, read by the table's own types.
_GIVEN = """
  SELECT made.id, {0}
  FROM made§ made, json_populate_record(NULL::@document, %(document)s::json) d"""
_DOCUMENT = """
doc§ AS (INSERT INTO @document (id, {0}) SELECT d.id, {1} FROM given§ d {2})"""
_NUMBERS = {
    'number': 'n.number',
    'number_year': 'n.year',
    'number_value': 'n.value',
    'search_text': "lower(n.number) || ' ' || d.search_text",
}
#: Lines of a document whose id is known, and `{0}` before them.
_AT_ONCE = f"""
WITH made AS (SELECT %(id)s::bigint AS id), {{0}} lines AS ({_LINES.format('id')})
SELECT count(*) FROM lines""".replace('§', '')


class Shown(typing.NamedTuple):
    """How a dialect shows a document that is just being written, as JSON: a scalar expression over
    `given§ d` and `lines§ l`, rows as their tables will have them, and its parameters; `today` is
    given. What the table alone fills in is not there yet."""

    sql: str
    params: dict[str, typing.Any]


def _stale() -> Conflict:
    """What a document was made of has changed; nobody sees it, since it is made anew."""
    return Conflict('the customer or the settings were changed meanwhile')


@functools.cache
def _insert(columns: tuple[str, ...], is_numbered: bool = False, is_checked: bool = False) -> str:
    taken = dict(_NUMBERS) if is_numbered else {}
    if is_checked:
        taken['party_id'] = CHECKED_PARTY
    values = ', '.join(taken.get(name, f'd.{name}') for name in columns)
    source = ', numbered n WHERE n.ord = %(ord)s::int' if is_numbered else ''
    return _DOCUMENT.format(', '.join(columns), values, source)


@functools.cache
def _first(columns: tuple[str, ...], shown: str, token: str) -> tuple[Part, ...]:
    """Whoever waits for numbers does not wait for these. `token`: of the document's own number."""
    given = sorted({*columns, *_used(shown, 'd')} - {'id'})
    read = {name: f'd.{name}' for name in given} | (
        {'number': f'{token} AS number'} if token else {}
    )
    parts = [
        Part('given§', _GIVEN.format(', '.join(read.values()))),
        Part('lines§', _LINES.format(', '.join(sorted({'id', *_used(shown, 'l')})))),
    ]
    return (*parts, *([Part('shown§', f'SELECT {shown} AS body')] if shown else []))


def _used(shown: str, alias: str) -> list[str]:
    """What an expression takes of a part; every column more is made ready at each execution."""
    return re.findall(rf'\b{alias}\.(\w+)', shown)


def insert_document(values: dict[str, typing.Any], lines: list[Line]) -> None:
    """At once, with the id among its values, for what must refer to it in the same transaction; it
    gets its number later."""
    columns = tuple([name for name in values if name != 'id'])
    given, _ = _first(columns, '', '')
    parts = f'given AS ({given.sql}), {_insert(columns)},'
    sql = _AT_ONCE.format(parts.replace('§', ''))
    database.run(sql, {'id': values['id']} | _parameters(values, lines))


def write_document(
    values: dict[str, typing.Any],
    lines: list[Line],
    request: NumberRequest | None,
    shown: Shown | None,
    context: Context,
    work: Work,
) -> Write:
    """Write the document with the last statement, with the number of `request` from the start.

    Its id is the one that `context` drew, or else given by the statement (`Write.id`). The unit
    fails with a Conflict where the basis of `context` holds no more.
    """
    params = _parameters(values, lines)
    if request:
        params['ord'] = request.ord
    if basis := context.basis:
        params |= {'basis_row': basis.row, 'basis_books': basis.books}
    token = ''
    if shown:
        params |= shown.params | {'today': context.today}
        token = f'%(token{request.ord})s::text' if request and request.token else ''
    columns = tuple(values)
    return work.write(
        _insert(columns, request is not None, basis is not None),
        params,
        first=_first(columns, shown.sql if shown else '', token),
        refusals={'party_id': _stale},
        returning='(SELECT body FROM shown§)' if shown else '',
        makes='document',
        made=context.next_id or 0,
    )


def replace_lines(document_id: int, lines: list[Line]) -> None:
    """New lines of a draft."""
    named = {'id': document_id}
    database.run('DELETE FROM @document_line WHERE document_id = %(id)s', named)
    database.run(_AT_ONCE.format(''), named | {'lines': as_json(lines)})


def _parameters(values: dict[str, typing.Any], lines: list[Line]) -> dict[str, typing.Any]:
    """One JSON text each: far cheaper to send than an array a column."""
    return {'document': as_json(values), 'lines': as_json(lines)}
