"""Answers semantic queries: checked, compiled, run where nothing can be written."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.analytics.compiler import compile_query
from karvo.analytics.model import Model, the_model
from karvo.analytics.schemas import MOST_ROWS, Column, Result, SemanticQuery
from karvo.analytics.validation import check, check_scopes
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.reading import reading
from karvo.kit.semantics import Computed
from karvo.settings.reads import business_date, read_settings

MOST_TIME = 3000  #: milliseconds a statement may take

_rows = msgspec.json.Decoder(list[dict[str, typing.Any]], float_hook=Decimal).decode


def answer_query(query: SemanticQuery, *, actor: Actor, language: str = 'en') -> Result:
    """The figures, in four statements. Raises Invalid, Forbidden or TookTooLong."""
    with reading(MOST_TIME):
        return run_query(query, business_date(read_settings()), actor=actor, language=language)


def run_query(
    query: SemanticQuery, today: dt.date, *, actor: Actor, language: str = 'en'
) -> Result:
    """The same inside a `reading` transaction, in one statement. Raises Invalid or Forbidden."""
    model = the_model()
    check(query, model)
    check_scopes(query, model, actor)
    computed = model.metrics[query.metrics[0]]
    if isinstance(computed, Computed):
        return _computed(computed, query, model, language)
    compiled = compile_query(query, model, today, language)
    rows = _rows(database.json(compiled.sql, compiled.params) or b'[]')
    if _has_gaps(query):
        rows = _with_gaps(query, rows, today)
    is_cut = len(rows) > MOST_ROWS
    return Result(columns=compiled.columns, rows=rows[:MOST_ROWS], is_cut=is_cut)


def _computed(metric: Computed, query: SemanticQuery, model: Model, language: str) -> Result:
    rows = metric.run(query)[:MOST_ROWS]
    names = list(rows[0]) if rows else [metric.name]
    units: dict[str, str] = {metric.name: metric.unit}
    labels = {metric.name: metric.label.of(language)}
    for name, (label, unit) in metric.others.items():
        units[name], labels[name] = unit, label.of(language)
    columns = [
        Column(name=name, label=labels.get(name, name), unit=units.get(name, 'text'))
        for name in names
    ]
    return Result(columns=columns, rows=rows)


def _has_gaps(query: SemanticQuery) -> bool:
    """Whether spans without rows are shown: not those that a condition or limit left out."""
    if query.limit or any(one.field in query.metrics for one in query.filters):
        return False
    return bool(query.grain and query.time and not query.dimensions and not query.order)


def _with_gaps(
    query: SemanticQuery, rows: list[dict[str, typing.Any]], today: dt.date
) -> list[dict[str, typing.Any]]:
    """Spans without anything are rows of zero, from the first day asked for to today."""
    assert query.time is not None and query.grain is not None
    found = {row[query.grain]: row for row in rows}
    if not found:
        return rows
    labels = list(
        dict.fromkeys(labels_between(query.time.start, query.time.end, query.grain, today))
    )
    if len(labels) > MOST_ROWS and query.time.label != 'all_time':
        return rows
    if query.time.label == 'all_time':
        labels = labels[labels.index(min(found)) :]
    empty = {name: 0 if name != query.grain else '' for name in rows[0]}
    return [found.get(label) or empty | {query.grain: label} for label in labels]


def labels_between(
    first: dt.date, last: dt.date, grain: str, today: dt.date
) -> typing.Iterator[str]:
    """What the days of the span are called in that grain, each name possibly often."""
    for n in range((min(last, today) - first).days + 1):
        yield label_of(first + dt.timedelta(n), grain)


def label_of(day: dt.date, grain: str) -> str:
    """As the compiler's SQL writes it: 2026-03-01, 2026-W09, 2026-03, 2026-Q1, 2026."""
    if grain == 'week':
        year, week, _ = day.isocalendar()
        return f'{year}-W{week:02}'
    quarter = f'{day.year}-Q{(day.month + 2) // 3}'
    return {
        'day': day.isoformat(),
        'month': f'{day.year}-{day.month:02}',
        'quarter': quarter,
        'year': str(day.year),
    }[grain]
