"""Answers in words: the figure with what it is of, in the asker's language, from templates."""

import datetime as dt
import typing
from decimal import Decimal

from babel.dates import format_date

from karvo.ai.phrases import value_label
from karvo.ai.schemas import Plan
from karvo.analytics.model import the_model
from karvo.analytics.schemas import Column, Filter, Result, SemanticQuery, Span
from karvo.kit import words

SHOWN = 10  #: rows that the sentence itself names
_TEXTS = {
    'en': {
        'none': 'nothing found',
        'total': '{0} in total',
        'more': '; and {0} more',
        'cut': ' Only the first {0} rows are shown.',
        'assumed_period': ' No period was given, so I took {0}.',
        'as_of_today': ' This is as of today, whatever the period.',
        'guessed': ' I read “{0}”.',
        'as_of': 'as of {0}',
        'against': '{0} against {1} ({2}), a change of {3}{4}',
        'except': 'except {0}',
        'colon': ': ',
        'all_time': 'all time',
    },
    'fr': {
        'none': 'rien trouvé',
        'total': '{0} au total',
        'more': ' ; et {0} de plus',
        'cut': ' Seules les {0} premières lignes sont montrées.',
        'assumed_period': ' Aucune période n’était donnée : j’ai pris {0}.',
        'as_of_today': ' C’est l’état d’aujourd’hui, quelle que soit la période.',
        'guessed': ' J’ai lu « {0} ».',
        'as_of': 'au {0}',
        'against': '{0} contre {1} ({2}), une variation de {3}{4}',
        'except': 'sauf {0}',
        'colon': '\u00a0: ',
        'all_time': 'depuis toujours',
    },
}
_LABELS = {
    'en': {
        'this_year': 'this year',
        'last_90_days': 'the last 90 days',
        'all_time': 'since the beginning',
    },
    'fr': {
        'this_year': 'cette année',
        'last_90_days': 'les 90 derniers jours',
        'all_time': 'depuis le début',
    },
}
BUCKETS = {
    'en': {'current': 'not due', '1-30': '1–30 days', '31-60': '31–60 days', '61-90': '61–90 days',
           '90+': 'over 90 days'},
    'fr': {'current': 'non échu', '1-30': '1–30 jours', '31-60': '31–60 jours',
           '61-90': '61–90 jours', '90+': 'plus de 90 jours'},
}  # fmt: skip


class Teller:
    """One answer's words. `currency` is the company's."""

    def __init__(self, plan: Plan, result: Result, today: dt.date, currency: str):
        assert plan.query is not None
        self.plan, self.query, self.result = plan, plan.query, result
        self.today, self.currency, self.language = today, currency, plan.language
        self.texts = _TEXTS[plan.language]

    def sentence(self) -> str:
        """What is asked, its days and conditions, and the figures."""
        head = ', '.join([self._title(), *self._scope()])
        text = f'{head}{self.texts["colon"]}{self._body()}.'
        return text + ''.join(self._notes())

    def _title(self) -> str:
        model = the_model()
        labels = [model.metrics[name].label.of(self.language) for name in self.query.metrics]
        title = (' & ' if len(labels) > 1 else '').join(labels)
        if self.query.limit and self.query.dimensions:
            dimension = model.dimensions[self.query.dimensions[0]]
            named = dimension.label if len(self.result.rows) == 1 else dimension.plural
            return f'{title} ({len(self.result.rows)} {named.of(self.language)})'
        return title

    def _scope(self) -> list[str]:
        """The days meant and the conditions, so that a wrong reading shows."""
        if self.query.time and not self.query.compare:
            days = [span_text(self.query.time, self.language)]
        elif self.query.time is None:
            today = day_text(self.today, self.language)
            days = [self.texts['as_of'].format(today)]
        else:
            days = []
        return days + [self._condition(one) for one in self.query.filters]

    def _condition(self, one: Filter) -> str:
        values = one.value if isinstance(one.value, list) else [one.value]
        dimension = the_model().dimension(one.field)
        if dimension is None:
            return f'{one.op} {words.number(Decimal(str(values[0])), self.language)}'
        said = ', '.join(self._value_text(dimension.name, str(value)) for value in values)
        return self.texts['except'].format(said) if one.op == '!=' else said

    def _value_text(self, dimension: str, value: str) -> str:
        if dimension == 'bucket':
            return BUCKETS[self.language].get(value, value)
        return value_label(dimension, self.plan.labels.get(value, value))

    def _body(self) -> str:
        rows = self.result.rows
        if not rows:
            return self.texts['none']
        figures = [one for one in self.result.columns if one.unit != 'text']
        keys = [one for one in self.result.columns if one.unit == 'text']
        if not keys:
            return self._figures(rows[0], figures)
        shown = [self._row(row, keys, figures) for row in rows[:SHOWN]]
        rest = len(rows) - len(shown)
        return '; '.join(shown) + (self.texts['more'].format(rest) if rest else '')

    def _row(self, row: dict[str, typing.Any], keys: list[Column], figures: list[Column]) -> str:
        names = [one.name for one in keys if one.name.endswith('name') or one.name == 'name']
        shown: list[str] = [self.query.grain] if self.query.grain and names else []
        shown += names or [one.name for one in keys]
        texts = [self._value_text(name, str(row[name] or '—')) for name in shown]
        said = self._figures(row, figures)
        return f'{", ".join(texts)} {said}'.strip()

    def _figures(self, row: dict[str, typing.Any], figures: list[Column]) -> str:
        if self.query.compare:
            return self._change(row, figures)
        said = [self.figure(row[one.name], one.unit) for one in figures]
        if self.query.share and len(said) > 1:
            return f'{said[0]} ({said[1]})'
        if len(figures) > 1 and not self.query.share:
            said = [f'{one.label} {text}' for one, text in zip(figures, said, strict=True)]
        return ', '.join(said)

    def _change(self, row: dict[str, typing.Any], figures: list[Column]) -> str:
        name, unit = self.query.metrics[0], figures[0].unit
        assert self.query.compare is not None and self.query.time is not None
        percent = self.figure(row['change_pct'], 'percent')
        now = self.figure(row[name], unit)
        return self.texts['against'].format(
            f'{now} ({span_text(self.query.time, self.language)})',
            self.figure(row[f'{name}_previous'], unit),
            span_text(self.query.compare, self.language),
            self.figure(row['change'], unit),
            f' ({percent})' if row['change_pct'] is not None else '',
        )

    def figure(self, value: typing.Any, unit: str) -> str:
        """1 234,56 $ or $1,234.56; — where there is nothing to divide by."""
        if value is None:
            return '—'
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        if unit == 'money':
            return words.money(exact, self.currency, self.language)
        if unit == 'percent':
            return words.percent(exact, self.language)
        return words.number(exact, self.language)

    def _notes(self) -> typing.Iterator[str]:
        for note in self.plan.notes:
            kind, _, about = note.partition(':')
            if kind == 'assumed_period' and self.query.time:
                label = self.query.time.label
                about = _LABELS[self.language].get(label, label)
            yield self.texts[kind].format(about)
        if self.result.is_cut:
            yield self.texts['cut'].format(len(self.result.rows))


def span_text(span: Span, language: str) -> str:
    """`1 Jul – 30 Sep 2026`, `1 juill. – 30 sept. 2026`; one day is one day."""
    if span.label == 'all_time':
        return _TEXTS[language]['all_time']
    if span.start == span.end:
        return day_text(span.end, language)
    has_year = span.start.year != span.end.year
    first = day_text(span.start, language) if has_year else _short(span.start, language)
    return f'{first} – {day_text(span.end, language)}'


def day_text(day: dt.date, language: str) -> str:
    """`30 Sep 2026`, `30 sept. 2026`, `1er août 2026`."""
    return f'{_short(day, language)} {day.year}'


def _short(day: dt.date, language: str) -> str:
    locale = {'fr': 'fr_CA', 'en': 'en'}[language]
    number = '1er' if language == 'fr' and day.day == 1 else str(day.day)
    return f'{number} {format_date(day, "MMM", locale=locale)}'


def chart_of(query: SemanticQuery, result: Result) -> str:
    """What the rows are best drawn as: number, line, bar, pie or table."""
    figures = [one for one in result.columns if one.unit != 'text']
    if not figures:
        return 'table'
    if query.grain and not query.dimensions:
        return 'line'
    if not query.dimensions:
        return 'bar' if query.compare else 'number'
    if query.share:
        return 'pie'
    return 'table' if query.grain or len(query.dimensions) > 1 else 'bar'
