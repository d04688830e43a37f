"""Shapes of the planner: what it is given, what it makes of a message, what an answer is."""

import datetime as dt
import typing

import msgspec

from karvo.analytics.schemas import Column, Filter, SemanticQuery

Kind = typing.Literal['result', 'clarification', 'refusal']
Language = typing.Literal['en', 'fr']


class Name(msgspec.Struct, frozen=True, array_like=True):
    """A value that a question may name: its dimension, its key, what it is called."""

    dimension: str
    key: str
    label: str
    other: str = ''


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """A reading of an unclear word; choosing it adds `filter` to the pending query."""

    label: str
    filter: Filter | None = None


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """What a clarification waits for: the query so far, and what it may be completed with."""

    query: SemanticQuery
    options: list[Option]
    has_metric: bool = True


class Context(msgspec.Struct, kw_only=True):
    """All that a plan depends on beside the message. `language`: when a message shows none."""

    today: dt.date
    names: typing.Any  #: karvo.ai.linking.Index
    fiscal_start: int = 1
    language: Language = 'en'


class Plan(msgspec.Struct, kw_only=True):
    """What is to be done. `notes`: assumed_period, as_of_today, guessed:<name>; `why` of a refusal
    or clarification; `about` what it is about; `suggestions` ready to be asked.
    """

    kind: Kind
    language: Language
    query: SemanticQuery | None = None
    pending: Pending | None = None
    notes: list[str] = []
    why: str = ''
    about: str = ''
    labels: dict[str, str] = {}  #: what the values of filters are called
    suggestions: list[str] = []


class Answer(msgspec.Struct, kw_only=True):
    """An answer as the API gives it; `rows` in order, figures as plain numbers.

    `chart`: line, bar, pie, number or table. `pending` is kept by whoever keeps the conversation.
    """

    answer: str
    kind: Kind
    language: Language
    rows: list[dict[str, typing.Any]] = []
    columns: list[Column] = []
    query: SemanticQuery | None = None
    chart: str | None = None
    suggestions: list[str] = []
    pending: Pending | None = None
