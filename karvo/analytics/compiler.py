"""A semantic query to one SELECT. Identifiers come from the model, values are parameters."""

import datetime as dt
import typing

import msgspec

from karvo.analytics.parts import Model
from karvo.analytics.schemas import MOST_ROWS, Column, SemanticQuery, Span
from karvo.analytics.validation import dimensions_of
from karvo.kit.semantics import Dimension, Fact, Metric

#: The label of each grain, `{0}` being the day; weeks are ISO weeks, which begin on Monday.
GRAINS = {
    'day': "to_char({0}, 'YYYY-MM-DD')",
    'week': """to_char({0}, 'IYYY-"W"IW')""",
    'month': "to_char({0}, 'YYYY-MM')",
    'quarter': """to_char({0}, 'YYYY-"Q"Q')""",
    'year': "to_char({0}, 'YYYY')",
}
GRAIN_LABELS = {
    'en': {'day': 'day', 'week': 'week', 'month': 'month', 'quarter': 'quarter', 'year': 'year'},
    'fr': {
        'day': 'jour', 'week': 'semaine', 'month': 'mois', 'quarter': 'trimestre', 'year': 'année',
    },
}  # fmt: skip
CHANGE = {
    'en': ('{0} before', 'Change', 'Change %', 'Share'),
    'fr': ('{0} avant', 'Variation', 'Variation %', 'Part'),
}
NAMED = {'customer': 'customer_name', 'product': 'product_name'}


class Compiled(msgspec.Struct, frozen=True):
    """One statement that gives one JSON text: an array of at most limit (or cap + 1) rows."""

    sql: str
    params: dict[str, typing.Any]
    columns: list[Column]


def compile_query(
    query: SemanticQuery, model: Model, today: dt.date, language: str = 'en'
) -> Compiled:
    """Of a query that `check` let pass; figures of a period end today at the latest."""
    return _Compiler(query, model, today, language).statement()


class _Compiler:
    def __init__(self, query: SemanticQuery, model: Model, today: dt.date, language: str):
        self.query, self.model, self.language = query, model, language
        self.name = model.fact_of(query.metrics, dimensions_of(query, model))
        self.fact: Fact = model.facts[self.name]
        self.dimensions = [model.dimensions[name] for name in query.dimensions]
        self.metrics = [typing.cast(Metric, model.metrics[name]) for name in query.metrics]
        self.params: dict[str, typing.Any] = {'today': today}
        self._bind_days(today)

    def _bind_days(self, today: dt.date) -> None:
        spans: list[Span] = [one for one in (self.query.time, self.query.compare) if one]
        first = min((one.start for one in spans), default=dt.date(1, 1, 1))
        last = max((one.end for one in spans), default=today)
        self.params |= {'first': first, 'last': min(last, today)}
        for name, span in (('a', self.query.time), ('b', self.query.compare)):
            if span:
                self.params |= {f'{name}_from': span.start, f'{name}_to': min(span.end, today)}

    def statement(self) -> Compiled:
        grouped, columns = self._keys()
        figures = self._figures()
        groups = ', '.join(str(n) for n in range(1, len(grouped) + 1))
        inner = f"""SELECT {', '.join([*grouped, *figures])}, {self._listed()} AS karvo_order
          FROM {self._source()} WHERE {self._where()}"""
        inner += f' GROUP BY {groups}' if groups else ''
        inner += self._having()
        shown = ', '.join(f'y.{one.name}' for one in [*columns, *self._outer_columns()])
        sql = f"""SELECT coalesce(json_agg(row_to_json(x)), '[]')::text FROM (
          SELECT {shown} FROM (SELECT z.*{self._changes()} FROM ({inner}) z) y
          WHERE {self._outer_where()} ORDER BY {self._order()} LIMIT %(limit)s) x"""
        self.params['limit'] = self.query.limit or MOST_ROWS + 1
        self.params = {name: v for name, v in self.params.items() if f'%({name})s' in sql}
        return Compiled(sql, self.params, [*columns, *self._outer_columns()])

    def _filled(self, sql: str) -> str:
        for mark in ('today', 'first', 'last'):
            sql = sql.replace('{' + mark + '}', f'%({mark})s::date')
        return sql.replace('{language}', 'fr' if self.language == 'fr' else 'en')

    # The parts of the statement -----------------------------------------------------------------

    def _keys(self) -> tuple[list[str], list[Column]]:
        """What is grouped by, as SQL and as columns."""
        sqls, columns = [], []
        if self.query.grain:
            sqls.append(f'{GRAINS[self.query.grain].format(self.fact.day)} AS {self.query.grain}')
            label = GRAIN_LABELS[self.language][self.query.grain]
            columns.append(Column(name=self.query.grain, label=label, unit='text'))
        for one in self.dimensions:
            for name, sql in one.columns.items():
                name = self._column_name(one, name)
                sqls.append(f'{self._filled(sql)} AS {name}')
                columns.append(Column(name=name, label=one.label.of(self.language), unit='text'))
        return sqls, columns

    def _column_name(self, dimension: Dimension, name: str) -> str:
        """Two entities cannot both have a `name`."""
        has_both = {'customer', 'product'} <= set(self.query.dimensions)
        return NAMED[dimension.name] if name == 'name' and has_both else name

    def _figures(self) -> list[str]:
        found = []
        for one in self.metrics:
            found.append(f'{self._measure(one, "a" if self.query.time else "")} AS {one.name}')
            if self.query.compare:
                found.append(f'{self._measure(one, "b")} AS {one.name}_previous')
        if self.query.share:  # what rows are filtered by once the total is known
            found += [f'max({self._filled(d.key)}) AS karvo_{d.name}' for d in self.dimensions]
        return found

    def _measure(self, metric: Metric, period: str) -> str:
        when = 'true'
        if period and self.fact.day:
            when = f'{self.fact.day} >= %({period}_from)s::date'
            when += f' AND {self.fact.day} <= %({period}_to)s::date'
        sql = self._filled(metric.measures[self.name].replace('{when}', when))
        if metric.unit == 'quantity':
            return f'trim_scale({sql}::numeric)'
        return sql if metric.unit == 'count' else f'round({sql}, 2)'

    def _source(self) -> str:
        needed = {join for metric in self.metrics for join in metric.needs}
        for name in dimensions_of(self.query, self.model):
            needed |= set(self.model.dimensions[name].facts[self.name])
        joins = [sql for name, sql in self.model.joins.items() if name in needed]
        return self._filled(' '.join([self.fact.source, *joins]))

    def _where(self) -> str:
        parts = [self.fact.where]
        if self.fact.day:
            day = self.fact.day
            parts.append(f'{day} >= %(first)s::date AND {day} <= %(last)s::date')
        if self.fact.day and self.query.compare:
            parts.append(f'({self._within("a")} OR {self._within("b")})')
        parts += self._filters(is_outer=False)
        return self._filled(' AND '.join(parts))

    def _within(self, period: str) -> str:
        return f'{self.fact.day} BETWEEN %({period}_from)s::date AND %({period}_to)s::date'

    def _filters(self, *, is_outer: bool) -> list[str]:
        """A share is of everything: what is grouped by is filtered only after it is known."""
        found = []
        for n, one in enumerate(self.query.filters):
            dimension = self.model.dimension(one.field)
            if dimension is None or one.field in self.query.metrics:
                continue
            if is_outer != (self.query.share and dimension.name in self.query.dimensions):
                continue
            values = one.value if isinstance(one.value, list) else [one.value]
            self.params[f'f{n}'] = [str(value) for value in values]
            key = f'y.karvo_{dimension.name}' if is_outer else f'({dimension.key})'
            test = f'coalesce({key} = ANY(%(f{n})s::text[]), false)'
            found.append(f'NOT {test}' if one.op == '!=' else test)
        return found

    def _having(self) -> str:
        tests = []
        for n, one in enumerate(self.query.filters):
            for metric in self.metrics:
                if metric.name == one.field:
                    self.params[f'f{n}'] = one.value
                    measure = self._measure(metric, 'a' if self.query.time else '')
                    tests.append(f'{measure} {one.op} %(f{n})s::numeric')
        return f' HAVING {" AND ".join(tests)}' if tests else ''

    def _listed(self) -> str:
        """The dimension's own order, where it has one."""
        orders = [one.order for one in self.dimensions if one.order]
        return self._filled(orders[0]) if orders else '0'

    def _changes(self) -> str:
        first = self.metrics[0].name
        sql = ''
        if self.query.compare:
            before = f'z.{first}_previous'
            sql += f', z.{first} - {before} AS change'
            sql += (
                f', round(100 * (z.{first} - {before}) / nullif(abs({before}), 0), 2) AS change_pct'
            )
        if self.query.share:
            sql += f', round(100.0 * z.{first} / nullif(sum(z.{first}) OVER (), 0), 2) AS share'
        return sql

    def _outer_where(self) -> str:
        return ' AND '.join(self._filters(is_outer=True)) or 'true'

    def _outer_columns(self) -> list[Column]:
        """The figures; a list says who, not how many."""
        words = CHANGE[self.language]
        found = []
        for one in self.metrics:
            if one.subject and one.subject in self.query.dimensions:
                continue
            label = one.label.of(self.language)
            found.append(Column(name=one.name, label=label, unit=one.unit))
            if self.query.compare:
                name = f'{one.name}_previous'
                found.append(Column(name=name, label=words[0].format(label), unit=one.unit))
        if self.query.compare:
            found.append(Column(name='change', label=words[1], unit=self.metrics[0].unit))
            found.append(Column(name='change_pct', label=words[2], unit='percent'))
        if self.query.share:
            found.append(Column(name='share', label=words[3], unit='percent'))
        return found

    def _order(self) -> str:
        """As asked, else by time, else by the dimension's own order; ties by what is grouped by."""
        first = {one.name: next(iter(one.columns)) for one in self.dimensions}
        keys = [f'y.{one.name}' for one in self._keys()[1]]
        asked = []
        for one in self.query.order:
            column = first.get(one.by, one.by)
            asked.append(f'y.{column} {"DESC" if one.dir == "desc" else "ASC"} NULLS LAST')
        # Ties by name rather than by code.
        ties = sorted(keys, key=lambda key: not key.endswith('name'))
        if self.query.grain and not asked:
            ties = [f'y.{self.query.grain}', *ties]
        return ', '.join(dict.fromkeys([*asked, 'y.karvo_order', *ties]))
