"""The shapes in which modules declare what can be measured: facts, metrics, dimensions as data.

A module's `metrics.py` owns a `Part`; `karvo.analytics.model` puts the parts together. SQL texts
name tables as `@table` and hold three marks that the compiler fills: `{when}` in a measure (the
days that it counts, so that two periods come from one pass), `{first}` and `{last}` in a source
(the whole span), all of them bound parameters in the end.
"""

import typing
from collections.abc import Callable, Mapping

import msgspec

Unit = typing.Literal['money', 'count', 'quantity', 'percent']
Words = Mapping[str, tuple[str, str]]


class Label(msgspec.Struct, frozen=True):
    """What it is called in an answer."""

    en: str
    fr: str

    def of(self, language: str) -> str:
        return self.fr if language == 'fr' else self.en


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that are measured: a FROM clause, which of its rows count, the column of their day.

    `day` is '' for a state: rows as they are today, whatever the period (unless the source asks
    for the period itself).
    """

    source: str
    where: str = 'true'
    day: str = ''

    @property
    def is_state(self) -> bool:
        return not self.day and '{first}' not in self.source + self.where


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """A figure. `measures` maps a fact to the aggregate over it; the first that knows every
    dimension asked for is taken, so that header amounts are never joined to lines.

    `words`: what people call it, in English and French, lower case without accents.
    `lists`: the figure of each row says nothing (inactive customers): rows are shown without it.
    `default_days`: the period when none is said, in days back from today; 0 = this year.
    `subject`: the dimension that the figure counts, for "which …" and "list …".
    """

    name: str
    label: Label
    measures: Mapping[str, str]
    unit: Unit
    scope: str
    words: tuple[str, ...]
    lists: bool = False
    default_days: int = 0
    subject: str = ''
    is_comparable: bool = True
    needs: tuple[str, ...] = ()  #: joins of its own


class Dimension(msgspec.Struct, frozen=True, kw_only=True):
    """Something to group and filter by. `columns` maps what a row is called to SQL, the key first.

    `facts` maps each fact that knows it to the joins it needs there, by name in the part's
    `joins`. `field` is its name in filters (customer.city).
    """

    name: str
    field: str
    label: Label
    plural: Label
    columns: Mapping[str, str]
    key: str  #: SQL of what filters compare
    facts: Mapping[str, tuple[str, ...]]
    words: tuple[str, ...]
    order: str = ''  #: SQL to list by, where that is not by size (buckets)


class Computed(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that no SQL gives (a forecast, a score). `run(query)` returns rows.

    `others`: the figures beside it in a row, what they are called and their units.
    """

    name: str
    label: Label
    dimensions: tuple[str, ...]
    unit: Unit
    scope: str
    words: tuple[str, ...]
    run: Callable[[typing.Any], list[dict[str, typing.Any]]]
    lists: bool = False
    default_days: int = 0
    subject: str = ''
    is_comparable: bool = False
    others: Mapping[str, tuple[Label, Unit]] = {}


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one module adds to the model. `joins` maps names to JOIN clauses, in their order."""

    facts: Mapping[str, Fact] = {}
    metrics: tuple[Metric, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    joins: Mapping[str, str] = {}
    values: Mapping[str, str] = {}  #: dimension → SELECT of (key, name, other name) of its values
