"""Shapes: what the planner is given and makes, answers, conversations, saved queries."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, UnsetType

from karvo.analytics.schemas import Column, Filter, SemanticQuery
from karvo.kit.events import Event

KEPT_ROWS = 200  #: of an answer, with its message
Kind = typing.Literal['result', 'clarification', 'refusal']
Language = typing.Literal['en', 'fr']
Visibility = typing.Literal['private', 'company']
Schedule = typing.Literal['daily', 'weekly', 'monthly']
#: What came of the last run: no_owner: the key or user is gone; no_scope: may not see it any more.
RunStatus = typing.Literal['ran', 'refused', 'no_owner', 'no_scope']
Reader = typing.Literal['rules', 'model']


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
    read_by: Reader = 'rules'
    why: str = ''
    about: str = ''
    labels: dict[str, str] = {}  #: what the values of filters are called
    suggestions: list[str] = []


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What the external model read a request as; `query` None: it made nothing of it."""

    digest: str
    query: SemanticQuery | None = None


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
    why: str = ''  #: of a refusal or clarification, as the plan has it
    read_by: Reader = 'rules'  #: who made the query of the question
    reading: Reading | None = None  #: what the model made of it, to be kept


class KeptAnswer(msgspec.Struct, kw_only=True):
    """An answer as it is kept: its first rows."""

    answer: str
    kind: Kind
    language: Language
    row_count: int = 0
    rows: list[dict[str, typing.Any]] = []
    columns: list[Column] = []
    query: SemanticQuery | None = None
    chart: str | None = None
    suggestions: list[str] = []
    read_by: Reader = 'rules'


class Turn(msgspec.Struct, kw_only=True):
    """What the next turn of a conversation leans on."""

    query: SemanticQuery | None = None
    pending: Pending | None = None
    language: Language | None = None


class ConversationRead(msgspec.Struct, kw_only=True):
    """A conversation without its messages."""

    id: int
    uid: str
    title: str
    language: Language | None
    message_count: int
    created_at: dt.datetime
    updated_at: dt.datetime


class MessageRead(msgspec.Struct, kw_only=True):
    """A question (`answer` null) or an answer."""

    id: int
    role: typing.Literal['user', 'assistant']
    content: str
    answer: KeptAnswer | None
    created_at: dt.datetime


class ConversationWhole(ConversationRead, kw_only=True):
    """With its messages, the oldest first."""

    messages: list[MessageRead]


class SavedQueryChange(msgspec.Struct, kw_only=True):
    """A saved query as sent: absent = unchanged, null = cleared (G-10). `asked`: what it asks."""

    name: str | UnsetType = UNSET
    asked: str | SemanticQuery | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    schedule: Schedule | None | UnsetType = UNSET
    language: Language | None | UnsetType = UNSET


class SavedQueryRead(msgspec.Struct, kw_only=True):
    """A saved query as read; `last_result` only by its owner, whose scopes it was made with."""

    id: int
    uid: str
    name: str
    query: str | SemanticQuery
    visibility: Visibility
    schedule: Schedule | None
    language: Language | None
    owner: str
    is_mine: bool
    next_run_on: dt.date | None
    last_run_at: dt.datetime | None
    last_status: RunStatus | None
    last_row_count: int | None
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class SavedQueryWhole(SavedQueryRead, kw_only=True):
    """With what its last run found."""

    last_result: KeptAnswer | None


class QueryRan(Event, frozen=True):
    """A saved query was run for its owner; no figures, only how many rows there were."""

    name = 'ai.query_ran'
    resource = 'saved_query'
