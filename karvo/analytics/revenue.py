"""Revenue month by month, as the semantic layer defines it (facts on AI, §3; ANA-1)."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.analytics.compiler import Compiled, compile_query
from karvo.analytics.months import month_label, month_start
from karvo.analytics.parts import PARTS, model_of
from karvo.analytics.schemas import (
    Filter,
    Grouping,
    Order,
    Period,
    RevenueGroup,
    RevenueMonth,
    RevenueReport,
    SemanticQuery,
)
from karvo.kit.db import database
from karvo.kit.reading import reading
from karvo.settings.reads import business_date, read_settings

MOST_TIME = 10_000  #: milliseconds a statement may take; margins go through every line
MOST_GROUPS = 200
#: By lines (a category) nobody knows how many invoices there are.
OF_LINES = ('revenue', 'gross_sales', 'credits')
OF_DOCUMENTS = (*OF_LINES, 'invoice_count', 'active_customers', 'avg_invoice')
_NAMES = {'customer': 'name'}
_MODEL = model_of(PARTS)
_ZERO = Decimal(0)

_parts = msgspec.json.Decoder(list[list[dict[str, typing.Any]]], float_hook=Decimal).decode
Rows = dict[str, dict[str, typing.Any]]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Which revenue, over how many months; `with_margin`: for who may see costs."""

    months: int
    customer_code: str | None = None
    category: str | None = None
    group_by: Grouping | None = None
    with_margin: bool = False
    language: str = 'en'


def read_revenue(asked: Asked) -> RevenueReport:
    """The months up to the running one, oldest first; one statement besides the settings."""
    with reading(MOST_TIME):
        settings = read_settings()
        today = business_date(settings)
        queries = _queries(asked, today)
        found = _together([compile_query(one, _MODEL, today, asked.language) for one in queries])
    by_month: list[Rows] = [{row['month']: row for row in rows} for rows in found[:2]]
    margins = by_month[1] if asked.with_margin else None
    all_months = _months(by_month[0], margins, today, asked)
    shown = all_months[-asked.months :]
    return RevenueReport(
        currency=settings.currency,
        months=asked.months,
        data=shown,
        total=(total := sum((one.revenue for one in shown), _ZERO)),
        total_revenue=total,
        change_pct=_change(all_months[:-1], asked.months),
        group_by=asked.group_by or UNSET,
        groups=_groups(found[-1], asked.group_by, total) if asked.group_by else UNSET,
    )


def read_history(today: dt.date, months: int) -> list[Decimal]:
    """Revenue of so many complete months and of the running one up to today, oldest first.

    [] before the first sale. Inside `reading`, in one statement.
    """
    span = _span(today, -months)
    query = SemanticQuery(metrics=['revenue'], grain='month', time=span)
    rows = {row['month']: row for row in _together([compile_query(query, _MODEL, today)])[0]}
    labels = [month_label(month_start(today, n)) for n in range(-months, 1)]
    first = next((n for n, label in enumerate(labels) if label in rows), len(labels))
    return [_amount(rows.get(label, {}), 'revenue') for label in labels[first:]]


def _span(today: dt.date, first: int) -> Period:
    return Period(start=month_start(today, first), end=today)


def _queries(asked: Asked, today: dt.date) -> list[SemanticQuery]:
    """By month, twice as far back as shown, to compare; then the margin; then the groups."""
    filters = []
    if asked.customer_code:
        filters.append(Filter(field='customer.code', value=asked.customer_code.upper()))
    if asked.category:
        filters.append(Filter(field='product.category', value=asked.category))
    metrics = list(OF_LINES if asked.category else OF_DOCUMENTS)
    span = _span(today, -2 * asked.months)
    found = [SemanticQuery(metrics=metrics, grain='month', time=span, filters=filters)]
    shown = _span(today, 1 - asked.months)
    if asked.with_margin:
        margin = ['gross_margin']
        found.append(SemanticQuery(metrics=margin, grain='month', time=shown, filters=filters))
    if asked.group_by:
        found.append(
            SemanticQuery(
                metrics=list(OF_LINES),
                dimensions=[asked.group_by],
                time=shown,
                filters=filters,
                order=[Order(by='revenue')],
                limit=MOST_GROUPS,
            )
        )
    return found


def _together(queries: list[Compiled]) -> list[list[dict[str, typing.Any]]]:
    """The rows of each, from one statement."""
    texts: list[str] = []
    params: dict[str, typing.Any] = {}
    for n, one in enumerate(queries):
        texts.append(f'({one.sql.replace("%(", f"%(q{n}_")})::json')
        params |= {f'q{n}_{name}': value for name, value in one.params.items()}
    sql = f'SELECT json_build_array({", ".join(texts)})::text'
    return _parts(database.json(sql, params) or b'[]')


def _months(rows: Rows, margins: Rows | None, today: dt.date, asked: Asked) -> list[RevenueMonth]:
    found: list[RevenueMonth] = []
    for n in range(-2 * asked.months, 1):
        label = month_label(month_start(today, n))
        before = found[-1].revenue if found else _ZERO
        one = _month(label, rows.get(label, {}), before, has_counts=not asked.category)
        if margins is not None:
            one.gross_margin = _amount(margins.get(label, {}), 'gross_margin')
        found.append(one)
    found[-1].partial = True
    return found


def _month(
    label: str, row: dict[str, typing.Any], before: Decimal, *, has_counts: bool
) -> RevenueMonth:
    revenue = _amount(row, 'revenue')
    found = RevenueMonth(
        month=label,
        revenue=revenue,
        gross_sales=_amount(row, 'gross_sales'),
        credits=_amount(row, 'credits'),
        growth_pct=_percent(revenue, before),
    )
    if has_counts:
        found.invoice_count = found.invoices = row.get('invoice_count', 0)
        found.customers = row.get('active_customers', 0)
        found.avg_invoice = row.get('avg_invoice')
    return found


def _amount(row: dict[str, typing.Any], name: str) -> Decimal:
    return Decimal(row.get(name) or 0)


def _percent(now: Decimal, before: Decimal) -> Decimal | None:
    return round(100 * (now - before) / abs(before), 2) if before else None


def _change(complete: list[RevenueMonth], months: int) -> Decimal | None:
    """The last complete months against as many before them."""
    now = sum((one.revenue for one in complete[-months:]), _ZERO)
    before = sum((one.revenue for one in complete[:-months]), _ZERO)
    return _percent(now, before)


def _groups(
    rows: list[dict[str, typing.Any]], group_by: Grouping, total: Decimal
) -> list[RevenueGroup]:
    return [
        RevenueGroup(
            name=row[_NAMES.get(group_by, group_by)],
            code=row.get('code', UNSET) if group_by == 'customer' else UNSET,
            revenue=_amount(row, 'revenue'),
            gross_sales=_amount(row, 'gross_sales'),
            credits=_amount(row, 'credits'),
            share_pct=round(100 * _amount(row, 'revenue') / total, 2) if total else None,
        )
        for row in rows
    ]
