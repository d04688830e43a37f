"""What the answers have to be: plain sums over the data set's file, without SQL and without KARVO.

`expected(asked)` takes what tests/ai/questions.json says of a question: a metric, days (`from`,
`to`, inclusive), `by`, `where`, `top`, `bottom`, `over`, `share`.
"""

import collections
import datetime as dt
import json
import pathlib
import typing

DATA = json.loads((pathlib.Path(__file__).parents[1] / 'data/ai_dataset.json').read_text())
TODAY = '2026-08-20'
CUSTOMERS = {c['code']: c for c in DATA['customers']}
PRODUCTS = {p['sku']: p for p in DATA['products']}
INVOICES = {i['invoice_no']: i for i in DATA['invoices']}
POSTED = [i for i in DATA['invoices'] if i['status'] == 'sent' and i['invoice_date'] <= TODAY]
NAMES = {'customer': CUSTOMERS, 'product': PRODUCTS}

Fact = dict[str, typing.Any]
Amounts = dict[tuple[str, ...], float]


def facts(date: str, customer: str = '', sku: str = '', **more: typing.Any) -> Fact:
    month = int(date[5:7] or 1)
    whose = CUSTOMERS.get(customer, {})
    return {
        'date': date,
        'month': date[:7],
        'quarter': f'{date[:4]}-Q{(month + 2) // 3}',
        'customer': customer,
        'city': whose.get('city'),
        'province': whose.get('province'),
        'product': sku,
        'category': PRODUCTS[sku]['category'] if sku else None,
        **more,
    }


def sold() -> list[Fact]:
    """Lines of invoices, and of credit notes with the sign turned."""
    found = []
    for sign, documents, day in ((1, POSTED, 'invoice_date'), (-1, DATA['credits'], 'date')):
        for one in documents:
            for line in one['lines']:
                found.append(
                    facts(
                        one[day],
                        one['customer_code'],
                        line['sku'],
                        value=sign * line['line_total'],
                        qty=sign * line['qty'],
                        cost=sign * line['qty'] * PRODUCTS[line['sku']]['cost'],
                    )
                )
    return found


def heads(field: str, credits: bool = True) -> list[Fact]:
    found = [facts(i['invoice_date'], i['customer_code'], value=i[field]) for i in POSTED]
    if credits:
        found += [facts(c['date'], c['customer_code'], value=-c[field]) for c in DATA['credits']]
    return found


def owed() -> list[Fact]:
    """Invoices with something open, as of today."""
    paid: dict[str, float] = collections.Counter()
    for payment in DATA['payments']:
        paid[payment['invoice_no']] += payment['amount']
    for credit in DATA['credits']:
        paid[credit['invoice_no']] += credit['total']
    found = []
    for one in POSTED:
        left = round(one['total'] - paid[one['invoice_no']], 2)
        days = (dt.date.fromisoformat(TODAY) - dt.date.fromisoformat(one['due_date'])).days
        if left > 0.005:
            found.append(
                facts('', one['customer_code'], value=left, days=days, bucket=bucket(days))
            )
    return found


def bucket(days: int) -> str:
    for most, name in ((0, 'current'), (30, '1-30'), (60, '31-60'), (90, '61-90')):
        if days <= most:
            return name
    return '90+'


def stock() -> list[Fact]:
    return [
        facts(
            '', sku=p['sku'], warehouse=s['warehouse_code'], value=s['qty'], low=s['reorder_point']
        )
        for p in DATA['products']
        for s in p['stock']
    ]


def waiting() -> list[Fact]:
    return [
        facts('', b['customer_code'], b['sku'], value=1, qty=b['qty'])
        for b in DATA['backorders']
        if b['status'] == 'open'
    ]


def firsts() -> list[Fact]:
    first: dict[str, str] = {}
    for one in POSTED:
        day = first.get(one['customer_code'], one['invoice_date'])
        first[one['customer_code']] = min(day, one['invoice_date'])
    return [facts(day, code, value=1) for code, day in first.items()]


def total(rows: list[Fact]) -> float:
    return sum(row['value'] for row in rows)


def of(field: str) -> typing.Callable[[list[Fact]], float]:
    return lambda rows: sum(row[field] for row in rows)


def margin(rows: list[Fact]) -> float:
    return total(rows) - of('cost')(rows)


def share_of_margin(rows: list[Fact]) -> float:
    return round(100 * margin(rows) / total(rows), 2)


def average(rows: list[Fact]) -> float:
    return total(rows) / len(rows)


def buyers(rows: list[Fact]) -> float:
    return len({row['customer'] for row in rows})


METRICS: dict[str, tuple[typing.Callable[[], list[Fact]], typing.Callable[[list[Fact]], float]]] = {
    'revenue': (sold, total),
    'gross_sales': (lambda: heads('subtotal', credits=False), total),
    'credits': (
        lambda: [
            facts(c['date'], c['customer_code'], value=c['subtotal'], reason=c['reason'])
            for c in DATA['credits']
        ],
        total,
    ),
    'units_sold': (sold, of('qty')),
    'gross_margin': (sold, margin),
    'margin_pct': (sold, share_of_margin),
    'tax_tps': (lambda: heads('tps'), total),
    'tax_tvq': (lambda: heads('tvq'), total),
    'invoice_count': (lambda: heads('total', credits=False), len),
    'avg_invoice': (lambda: heads('subtotal', credits=False), average),
    'active_customers': (lambda: heads('total', credits=False), buyers),
    'new_customers': (firsts, total),
    'payments': (
        lambda: [
            facts(p['date'], p['customer_code'], value=p['amount'], method=p['method'])
            for p in DATA['payments']
        ],
        total,
    ),
    'ar_balance': (owed, total),
    'overdue': (lambda: [row for row in owed() if row['days'] > 0], total),
    'overdue_count': (lambda: [row for row in owed() if row['days'] > 0], len),
    'customer_count': (lambda: [facts('', code) for code in CUSTOMERS], len),
    'product_count': (lambda: [facts('', sku=sku) for sku in PRODUCTS], len),
    'draft_count': (lambda: [i for i in DATA['invoices'] if i['status'] == 'draft'], len),
    'stock_on_hand': (stock, total),
    'below_reorder': (lambda: [row for row in stock() if row['value'] < row['low']], len),
    'backorders_open': (waiting, total),
    'backorder_units': (waiting, of('qty')),
}


def within(rows: list[Fact], first: str, last: str) -> list[Fact]:
    return [row for row in rows if first <= row['date'] <= min(last, TODAY)]


def matching(rows: list[Fact], where: dict[str, list[str]]) -> list[Fact]:
    return [row for row in rows if all(row[name] in values for name, values in where.items())]


def grouped(rows: list[Fact], by: list[str]) -> dict[tuple[str, ...], list[Fact]]:
    found: dict[tuple[str, ...], list[Fact]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in by), []).append(row)
    return found


def named(key: tuple[str, ...], by: list[str]) -> list[str]:
    """A code is followed by its name."""
    found = []
    for name, value in zip(by, key, strict=True):
        found += [value, NAMES[name][value]['name']] if name in NAMES else [value]
    return found


def months(first: str, last: str) -> list[str]:
    """Every month from one day to another, but none after today's."""
    every = [f'{year}-{month:02}' for year in range(2024, 2027) for month in range(1, 13)]
    return [one for one in every if first[:7] <= one <= min(last, TODAY)[:7]]


def inactive(asked: dict[str, typing.Any]) -> list[list[typing.Any]]:
    active = {row['customer'] for row in within(heads('total', False), asked['from'], asked['to'])}
    return [[code, one['name'], None] for code, one in CUSTOMERS.items() if code not in active]


def amount(asked: dict[str, typing.Any], first: str = '', last: str = '9') -> float:
    make, measure = METRICS[asked['metric']]
    rows = matching(make(), asked.get('where', {}))
    return measure(within(rows, first, last) if first else rows)


def expected(asked: dict[str, typing.Any]) -> list[list[typing.Any]]:
    """The rows of an answer: keys and names, then the figure (None where it may be anything)."""
    if 'rows' in asked:
        return asked['rows']
    if asked['type'] == 'values':
        return [[amount(asked, *asked['a'])], [amount(asked, *asked['b'])]]
    if asked['metric'] == 'inactive_customers':
        return inactive(asked)
    if 'by' not in asked:
        return [[amount(asked, asked.get('from', ''), asked.get('to', '9'))]]
    make, measure = METRICS[asked['metric']]
    rows = matching(make(), asked.get('where', {}))
    if 'from' in asked:
        rows = within(rows, asked['from'], asked['to'])
    groups = {key: measure(of_key) for key, of_key in grouped(rows, asked['by']).items()}
    if asked['by'] == ['month'] and 'top' not in asked:
        groups = {(month,): groups.get((month,), 0) for month in months(asked['from'], asked['to'])}
    return [[*named(key, asked['by']), value] for key, value in _kept(groups, asked)]


def label(key: tuple[str, ...], asked: dict[str, typing.Any]) -> str:
    """Ties are in the order of names."""
    return named(key, asked['by'])[-1]


def _kept(
    groups: Amounts, asked: dict[str, typing.Any]
) -> list[tuple[tuple[str, ...], typing.Any]]:
    pairs: list[tuple[tuple[str, ...], typing.Any]] = sorted(groups.items())
    if asked.get('share'):
        whole = sum(groups.values())
        return [(key, round(100 * value / whole, 2)) for key, value in pairs]
    if asked.get('listed'):
        return [(key, None) for key, _ in pairs]
    if 'over' in asked:
        pairs = [pair for pair in pairs if pair[1] > asked['over']]
    if 'top' in asked:
        return sorted(pairs, key=lambda pair: (-pair[1], label(pair[0], asked)))[: asked['top']]
    return (
        sorted(pairs, key=lambda pair: pair[1])[: asked['bottom']] if 'bottom' in asked else pairs
    )
