"""Parts of a query made from what the planner found: conditions, periods, names of values."""

import datetime as dt
import re

from karvo.ai import spans
from karvo.ai.linking import Candidate, Link
from karvo.ai.parse import Parsed
from karvo.ai.schemas import Context
from karvo.ai.spans import Span
from karvo.analytics.model import the_model
from karvo.analytics.schemas import Filter, Period, SemanticQuery
from karvo.analytics.schemas import Span as Days

USUAL_AHEAD = 6  #: months of a forecast


def labels_of(query: SemanticQuery, context: Context) -> dict[str, str]:
    """What the values of its conditions are called: {'ACME01': 'Acme Distribution Inc.'}."""
    found = {}
    for one in query.filters:
        dimension = the_model().dimension(one.field)
        values = one.value if isinstance(one.value, list) else [one.value]
        for value in values if dimension else []:
            assert dimension is not None
            label = context.names.labels.get((dimension.name, str(value)))
            found[str(value)] = label or str(value)
    return found


def told_by_article(parsed: Parsed, link: Link, those: list[Candidate]) -> list[Candidate]:
    """French tells a city from a province of the same name: à Québec, au Québec."""
    kinds = {one.dimension for one in those}
    if kinds != {'city', 'province'}:
        return those
    before = parsed.word(link.first - 1)
    if before == 'a' and parsed.language == 'fr':
        return [one for one in those if one.dimension == 'city']
    if before in ('au', 'du'):
        return [one for one in those if one.dimension == 'province']
    return those


def filter_of(field: str, op: str, keys: list[str]) -> Filter:
    """One value is compared, several are listed."""
    keys = list(dict.fromkeys(keys))
    if op == 'in' and len(keys) == 1:
        return Filter(field=field, op='=', value=keys[0])
    return Filter(field=field, op=op, value=list(keys))  # type: ignore[arg-type]


def period_of(span: Span) -> Period:
    """As the query has it."""
    return Period(start=span.start, end=span.end, label=span.label)


def days_of(span: Span | None) -> Days | None:
    """As the query has it."""
    return Days(start=span.start, end=span.end, label=span.label) if span else None


def both_of(time: Period | None, compare: Days) -> Period | None:
    """By month, two periods are one longer one."""
    if time is None:
        return None
    start, end = min(time.start, compare.start), max(time.end, compare.end)
    return Period(start=start, end=end, label=f'{start}_{end}')


def number_of(label: str) -> int:
    """The N of "last N months" and "last N years"; 0 for every other period."""
    found = re.fullmatch(r'last_(\d+)_(?:month|year)s', label)
    return int(found[1]) if found else 0


def counterpart_of(span: Span, today: dt.date) -> Span:
    """ "Compared with last year": this year is."""
    for unit in ('day', 'week', 'month', 'quarter', 'half', 'year'):
        if spans.whole(unit, span.start) == (span.start, span.end):
            return Span(*spans.whole(unit, today), f'this_{unit}')
    if span.label == 'same_period_last_year':
        return Span(spans.whole('year', today)[0], today, 'year_to_date')
    length = span.end - span.start
    return Span(today - length, today, 'same_length')


def forecast_query(
    said: list[Span], base: SemanticQuery | None, today: dt.date
) -> SemanticQuery | None:
    """Months to come, six unless said otherwise; None for days that are over."""
    first, last = spans.whole('month', today)[0], spans.moved(today, USUAL_AHEAD - 1)
    if said:
        first, last = max(said[0].start, first), said[0].end
    elif base and base.time:
        first, last = base.time.start, base.time.end
    if last < today:
        return None
    time = Period(start=first, end=spans.whole('month', last)[1], label='future')
    return SemanticQuery(metrics=['forecast'], grain='month', time=time)
