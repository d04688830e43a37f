"""A message to a plan: a query of the model, a question back, or a polite no. Pure and repeatable.

Follow-ups (facts on AI, §2): a turn without a metric leans on the query before it. A new period
replaces the period, a new condition replaces one on the same field and joins others, "by X"
replaces the groups, "top N" the limit.
"""

import datetime as dt

import msgspec

from karvo.ai import phrases, spans
from karvo.ai.draft import Draft, draft_of
from karvo.ai.linking import ENTITIES, SURE, Candidate, Link
from karvo.ai.parse import Parsed, parse
from karvo.ai.pending import chosen
from karvo.ai.queries import (
    both_of,
    counterpart_of,
    days_of,
    filter_of,
    forecast_query,
    number_of,
    period_of,
    told_by_article,
)
from karvo.ai.schemas import Context, Option, Pending, Plan
from karvo.ai.spans import Span
from karvo.ai.unsayable import refusal, unsayable
from karvo.ai.vocabulary import BEFORE_NOUN
from karvo.analytics.model import Model, the_model
from karvo.analytics.schemas import Filter, Order, Period, SemanticQuery
from karvo.analytics.schemas import Span as Days
from karvo.analytics.validation import check, dimensions_of
from karvo.kit.errors import Invalid
from karvo.kit.semantics import Computed, Metric

MOST_UNKNOWN = 3
#: Who is likeliest to be lost first, who fares worst first.
COMPUTED_ORDER = {'churn_risk': 'desc', 'health': 'asc'}


class _Stop(Exception):
    """A plan that is not a query, found on the way to one."""

    def __init__(self, plan: Plan):
        super().__init__(plan.why)
        self.plan = plan


def plan(
    message: str, previous: SemanticQuery | None, pending: Pending | None, context: Context
) -> Plan:
    """What to do about a message, given the last answered query and an open question back."""
    parsed = parse(message, context)
    if parsed.refused:
        return refusal(parsed, parsed.refused)
    if pending is not None and (filled := _filled(parsed, pending, context)) is not None:
        return filled
    model = the_model()
    try:
        return _Planner(parsed, draft_of(parsed, model), previous, context, model).plan()
    except _Stop as stop:
        return stop.plan


def _filled(parsed: Parsed, pending: Pending, context: Context) -> Plan | None:
    """The pending query with the reading that the turn chooses; None when it chooses none."""
    if not pending.has_metric:
        return None
    option = chosen(parsed, pending.options)
    if option is None or option.filter is None:
        return None
    query = msgspec.structs.replace(pending.query, filters=[*pending.query.filters, option.filter])
    return Plan(kind='result', language=parsed.language, query=query)


class _Planner:
    def __init__(
        self,
        parsed: Parsed,
        draft: Draft,
        previous: SemanticQuery | None,
        context: Context,
        model: Model,
    ):
        self.parsed, self.draft, self.previous = parsed, draft, previous
        self.context, self.model = context, model
        self.notes: list[str] = []
        self.unclear: list[Option] = []

    def plan(self) -> Plan:
        self._check_known()
        leans = self._leans()
        metrics = self._metrics(leans)
        base = self.previous if leans and self.previous else None
        if isinstance(self.model.metrics[metrics[0]], Computed):
            return self._computed(metrics[0], base)
        dims, grain = self._groups(metrics, base)
        filters = self._filters(metrics, base, dims)
        time, compare = self._days(metrics, base)
        if compare and grain:
            time, compare = both_of(time, compare), None
        if time and grain and not compare:
            span = Span(time.start, time.end, time.label, number_of(time.label))
            time = period_of(spans.by_calendar(span, grain, self.context.today))
        query = SemanticQuery(
            metrics=metrics,
            dimensions=dims,
            grain=grain,  # type: ignore[arg-type]
            time=time,
            compare=compare,
            filters=filters,
            order=self._order(metrics, dims, grain, base),
            limit=self._limit(base, dims, grain),
            share=self.draft.share or bool(base and base.share and not self.draft.metrics),
        )
        return self._checked(query)

    def _checked(self, query: SemanticQuery) -> Plan:
        language = self.parsed.language
        if query.share and not query.dimensions:
            query = msgspec.structs.replace(query, share=False)
        try:
            check(query, self.model)
        except Invalid:
            raise _Stop(refusal(self.parsed, 'together', self._about(query))) from None
        if self.unclear:
            pending = Pending(query=query, options=self.unclear)
            return Plan(
                kind='clarification',
                language=language,
                why='value',
                pending=pending,
                suggestions=[one.label for one in self.unclear],
            )
        return Plan(kind='result', language=language, query=query, notes=self.notes)

    def _about(self, query: SemanticQuery) -> str:
        language = self.parsed.language
        metric = self.model.metrics[query.metrics[0]].label.of(language)
        used = [self.model.dimensions[name] for name in dimensions_of(query, self.model)]
        unknown = [d for d in used if not self.model.knows(query.metrics[0], d.name)]
        return f'{metric} / {", ".join(d.label.of(language) for d in unknown or used)}'

    # What was not understood --------------------------------------------------------------------

    def _check_known(self) -> None:
        """An unknown noun where the subject stands, or too many unknown words, is not guessed."""
        unknown = self.parsed.unknown
        words = [self.parsed.words[n] for n in unknown]
        is_subject = any(self.parsed.word(n - 1) in BEFORE_NOUN for n in unknown)
        draft = self.draft
        is_empty = not (draft.metrics or draft.dims or draft.grain or draft.rank)
        if is_subject or len(unknown) >= MOST_UNKNOWN or (unknown and is_empty):
            raise _Stop(refusal(self.parsed, 'unknown', ' '.join(words)))
        self._check_sayable()
        is_forecast = draft.metrics == ['forecast'] or self._forecast_before()
        if any(map(self._is_future, [*draft.spans, draft.compare])) and not is_forecast:
            raise _Stop(refusal(self.parsed, 'future'))

    def _is_future(self, span: Span | None) -> bool:
        return span is not None and (span.label == 'future' or span.start > self.context.today)

    def _check_sayable(self) -> None:
        title = self._title(self.draft.metrics[0]) if self.draft.metrics else ''
        if stop := unsayable(self.parsed, self.draft, title):
            raise _Stop(stop)

    def _forecast_before(self) -> bool:
        was = self.previous.metrics if self.previous and not self.draft.metrics else []
        return was == ['forecast']

    def _computed(self, metric: str, base: SemanticQuery | None) -> Plan:
        """What no SQL gives: the months to come, or customers by their score."""
        if metric == 'forecast':
            made = forecast_query(self.draft.spans, base, self.context.today)
            if made is None or self.draft.links:
                raise _Stop(refusal(self.parsed, 'together', self._title(metric)))
            return self._checked(made)
        filters = self._filters([metric], base, [])
        order = Order(by=metric, dir=self.draft.rank or COMPUTED_ORDER[metric])  # type: ignore[arg-type]
        return self._checked(
            SemanticQuery(
                metrics=[metric],
                dimensions=['customer'],
                filters=filters,
                order=[order],
                limit=self.draft.limit,
            )
        )

    def _title(self, metric: str) -> str:
        return self.model.metrics[metric].label.of(self.parsed.language)

    def _leans(self) -> bool:
        """Whether the turn is understood from the one before."""
        if self.previous is None:
            return False
        return not self.draft.metrics or self.draft.is_follow_up

    def _metrics(self, leans: bool) -> list[str]:
        draft = self.draft
        if draft.metrics:
            return draft.metrics
        if leans and self.previous:
            said = (draft.dims, draft.grain, draft.spans, draft.links, draft.rank, draft.filters)
            if not any(said) and not draft.share and not draft.wants_compare:
                raise _Stop(self._question())
            return self.previous.metrics
        if draft.dims and (draft.rank or draft.share):
            return ['stock_on_hand'] if draft.dims == ['warehouse'] else ['revenue']
        if draft.dims == ['customer'] and draft.wants_list and not draft.spans:
            return ['customer_count']
        if draft.dims == ['product'] and draft.wants_list and not draft.spans:
            return ['product_count']
        if draft.grain and draft.rank:
            return ['revenue']
        raise _Stop(self._question())

    def _question(self) -> Plan:
        """Neither figure nor ranked entity: what is meant?"""
        language = self.parsed.language
        pending = None
        if self.draft.links or self.draft.spans:
            filters = self._filters(['revenue'], None, [])
            time, _ = self._days(['revenue'], None)
            query = SemanticQuery(metrics=['revenue'], filters=filters, time=time)
            pending = Pending(query=query, options=[], has_metric=False)
        return Plan(
            kind='clarification',
            language=language,
            why='metric',
            pending=pending,
            suggestions=phrases.examples(language),
        )

    # Groups -------------------------------------------------------------------------------------

    def _groups(
        self, metrics: list[str], base: SemanticQuery | None
    ) -> tuple[list[str], str | None]:
        draft = self.draft
        dims, grain = list(draft.dims), draft.grain
        if base and not dims and not grain:
            dims, grain = list(base.dimensions), base.grain
            if draft.metrics:  # another figure, which may not have all of it
                dims = [name for name in dims if self._has(metrics, name)]
        if base and dims and not grain and base.grain and draft.dims and not draft.rank:
            grain = None
        metric = self.model.metrics[metrics[0]]
        wants_rows = metric.lists and metric.name != 'new_customers'
        is_counted = self.parsed.has('count')
        if metric.subject and not dims and not grain and not is_counted and not base:
            if wants_rows or draft.wants_list:
                dims = [metric.subject]
        if not dims and not grain and any(not one.field for one in draft.filters):
            first = 'product' if metrics[0] == 'stock_on_hand' else 'customer'
            dims = [first] if self._has(metrics, first) else dims
        return self._with_compared(dims, metrics), grain

    def _with_compared(self, dims: list[str], metrics: list[str]) -> list[str]:
        """Two values of one sort are shown side by side; what is shared is shared among them."""
        found = self._resolved(metrics)
        for name in dict.fromkeys(one.dimension for one in found):
            count = sum(one.dimension == name for one in found)
            wants = (count > 1 and self.draft.rank == '') or self.draft.share
            if wants and not dims and name not in dims and not self.draft.excluded:
                dims = [*dims, name]
        return dims

    def _has(self, metrics: list[str], dimension: str) -> bool:
        return all(self.model.knows(metric, dimension) for metric in metrics)

    # Conditions ---------------------------------------------------------------------------------

    def _filters(
        self, metrics: list[str], base: SemanticQuery | None, dims: list[str]
    ) -> list[Filter]:
        mine: dict[tuple[str, str], list[str]] = {}
        for link in self.draft.links:
            op = '!=' if link.first in self.draft.excluded else 'in'
            one = self._one_of(link, metrics)
            if one is None:
                continue
            field = self.model.dimensions[one.dimension].field
            mine.setdefault((field, op), []).extend(one.keys)
            if one.score < SURE:
                self.notes.append(f'guessed:{one.label}')
        found = [filter_of(field, op, keys) for (field, op), keys in mine.items()]
        for one_filter in self.draft.filters:
            field = one_filter.field or metrics[0]
            found.append(msgspec.structs.replace(one_filter, field=field))
        new = {one.field for one in found} | {
            one.filter.field for one in self.unclear if one.filter
        }
        kept = [one for one in base.filters if one.field not in new] if base else []
        if base and self.draft.metrics:
            kept = [one for one in kept if self._keeps(one, metrics)]
        return [*kept, *found]

    def _keeps(self, one: Filter, metrics: list[str]) -> bool:
        dimension = self.model.dimension(one.field)
        return dimension is not None and self._has(metrics, dimension.name)

    def _resolved(self, metrics: list[str]) -> list[Candidate]:
        """Links that are clear, without asking about the others."""
        found = [self._readings(link, metrics) for link in self.draft.links]
        return [those[0] for those in found if len(those) == 1]

    def _readings(self, link: Link, metrics: list[str]) -> list[Candidate]:
        """What the words may name that the metrics can be asked by."""
        those = [one for one in link.candidates if self._has(metrics, one.dimension)]
        if any(one.is_whole for one in those):
            those = [one for one in those if one.is_whole]
        return told_by_article(self.parsed, link, those)

    def _one_of(self, link: Link, metrics: list[str]) -> Candidate | None:
        """The one reading; None when it has to be asked, which it then is."""
        those = self._readings(link, metrics)
        if not those:
            label = self.model.metrics[metrics[0]].label.of(self.parsed.language)
            raise _Stop(refusal(self.parsed, 'together', f'{label} / {link.candidates[0].label}'))
        if len(those) == 1:
            return those[0]
        same = {one.dimension for one in those}
        for one in those:
            field = self.model.dimensions[one.dimension].field
            label = one.label
            if len(same) > 1 or len({other.label for other in those}) < len(those):
                kind = self.model.dimensions[one.dimension].label.of(self.parsed.language)
                code = one.keys[0] if one.dimension in ENTITIES else ''
                label = f'{phrases.value_label(one.dimension, one.label)} ({code or kind})'
            self.unclear.append(Option(label=label, filter=filter_of(field, 'in', list(one.keys))))
        return None

    # Periods ------------------------------------------------------------------------------------

    def _days(
        self, metrics: list[str], base: SemanticQuery | None
    ) -> tuple[Period | None, Days | None]:
        draft, today = self.draft, self.context.today
        if all(self.model.is_state(name) for name in metrics):
            if draft.spans or draft.compare:
                self.notes.append('as_of_today')
            return None, None
        compare = draft.compare
        if draft.spans:
            time = period_of(draft.spans[0])
        elif base and base.time:
            time = base.time
            compare = compare or self._inherited_compare(base)
        elif compare:
            time = period_of(counterpart_of(compare, today))
        else:
            time = period_of(self._default(metrics))
            if not base:
                self.notes.append('assumed_period')
        if draft.wants_compare and compare is None:
            compare = spans.previous_of(Span(time.start, time.end, time.label))
        return time, days_of(compare)

    def _inherited_compare(self, base: SemanticQuery) -> Span | None:
        days = base.compare
        return Span(days.start, days.end, days.label) if days else None

    def _default(self, metrics: list[str]) -> Span:
        today = self.context.today
        if self.draft.grain == 'year':
            return Span(spans.EVER, today, 'all_time')
        days = self.model.metrics[metrics[0]].default_days
        if days:
            return Span(today - dt.timedelta(days - 1), today, f'last_{days}_days')
        return Span(*spans.whole('year', today), 'this_year')

    # Order --------------------------------------------------------------------------------------

    def _order(
        self, metrics: list[str], dims: list[str], grain: str | None, base: SemanticQuery | None
    ) -> list[Order]:
        rank = self.draft.rank
        if base and not rank and base.order and not self.draft.grain and dims:
            rank = base.order[0].dir
        metric = self.model.metrics[metrics[0]]
        if isinstance(metric, Metric) and metric.subject and metric.subject in dims and not rank:
            return []
        if (dims and not grain and 'bucket' not in dims) or rank:
            by = 'change' if self.draft.is_growth and rank else metrics[0]
            return [Order(by=by, dir=rank or 'desc')]  # type: ignore[arg-type]
        return []

    def _limit(self, base: SemanticQuery | None, dims: list[str], grain: str | None) -> int | None:
        if self.draft.limit and (dims or grain):
            return self.draft.limit
        if base and base.limit and (dims or grain) and not self.draft.grain:
            return base.limit
        if self.draft.limit and not base:
            raise _Stop(self._question())
        return None
