"""/ai of se-erp/v2: conversations, questions, saved queries."""

import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.ai.answers import ask
from karvo.ai.operations.conversations import (
    delete_conversation,
    open_conversation,
    record_turn,
)
from karvo.ai.operations.saved import (
    change_saved_query,
    create_saved_query,
    delete_saved_query,
    run_saved_query,
)
from karvo.ai.reads import (
    CONVERSATIONS,
    SAVED_QUERIES,
    owned,
    read_conversation,
    read_saved_query,
    read_turn,
)
from karvo.ai.schemas import (
    Answer,
    ConversationRead,
    ConversationWhole,
    Kind,
    Language,
    Reader,
    SavedQueryChange,
    SavedQueryRead,
    SavedQueryWhole,
    Schedule,
    Visibility,
)
from karvo.analytics.schemas import Column, SemanticQuery
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.errors import missing
from karvo.kit.fields import Id, Line
from karvo.kit.http import Deleted, Page, Resource, endpoint, found
from karvo.se_erp import se_erp

Question = typing.Annotated[str, Meta(max_length=4000)]
Name = typing.Annotated[str, Meta(min_length=1, max_length=200)]
#: {domain field: wire field} of refusals.
FIELDS = {'asked': 'query'}


class ConversationIn(msgspec.Struct, kw_only=True):
    """A new conversation; without a title it gets its first question's."""

    title: Line = ''


class ConversationQuery(paging.ListQuery, kw_only=True):
    """Filters of the conversations."""


class MessagesQuery(msgspec.Struct, kw_only=True):
    """Messages before this one; the latest hundred when absent."""

    before: Id | None = None


class MessageIn(msgspec.Struct, kw_only=True):
    """A question, in English or French."""

    message: Question


class AnswerOut(msgspec.Struct, kw_only=True):
    """An answer: a sentence, the figures as rows in order, and the query that gave them.

    `answered` is false for a question back (`clarification`) and for a refusal; both have
    `suggestions`. `read_by`: the built-in rules, or the operator's model.
    """

    answer: str
    kind: Kind
    answered: bool
    rows: list[dict[str, typing.Any]]
    row_count: int
    columns: list[Column]
    query: SemanticQuery | None
    chart: str | None
    suggestions: list[str]
    language: Language
    read_by: Reader


class MessageOut(AnswerOut, kw_only=True):
    """The same with where it is kept."""

    conversation_id: int
    message_id: int


class SavedRunOut(AnswerOut, kw_only=True):
    """The same with what was run."""

    saved_query_id: int


class SavedQueryChangeIn(msgspec.Struct, kw_only=True):
    """A change of a saved query: absent = unchanged, null = cleared."""

    name: Name | UnsetType = UNSET
    query: Question | SemanticQuery | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    schedule: Schedule | None | UnsetType = UNSET
    language: Language | None | UnsetType = UNSET


class SavedQueryIn(SavedQueryChangeIn, kw_only=True):
    """A query to keep. `query` is a question, whose periods move with the day, or a query as an
    answer has it, whose days stand still. `schedule`: on its own at 06:00 company time, every day,
    every Monday, or every first of a month.
    """

    name: Name
    query: Question | SemanticQuery


class SavedQueryQuery(paging.ListQuery, kw_only=True):
    """Filters of the saved queries."""

    visibility: Visibility | None = None
    schedule: Schedule | None = None


class Conversations(Resource):
    """The asker's conversations."""

    dialect = se_erp

    @endpoint(scope='ai:read')
    def on_get(self, actor: Actor, query: ConversationQuery) -> Page[ConversationRead]:
        """List user's AI chat conversations."""
        filters = owned(actor) | {
            'search': query.search or None,
            'updated_since': query.updated_since,
        }
        rows, total = CONVERSATIONS.read(ConversationRead, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope='ai:write', status=201)
    def on_post(self, actor: Actor, body: ConversationIn) -> ConversationWhole:
        """Start a new AI conversation."""
        made = open_conversation(body.title, actor=actor)
        return found(read_conversation(made, actor=actor), 'Conversation')


class OneConversation(Resource):
    """One conversation."""

    dialect = se_erp

    @endpoint(scope='ai:read')
    def on_get(self, actor: Actor, id: int, query: MessagesQuery) -> ConversationWhole:
        """Get conversation with full message history."""
        one = read_conversation(id, actor=actor, before=query.before)
        return found(one, 'Conversation')

    @endpoint(scope='ai:write')
    def on_delete(self, actor: Actor, id: int) -> Deleted:
        """Delete a conversation and its messages."""
        delete_conversation(id, actor=actor)
        return Deleted(True, id)


class Messages(Resource):
    """Questions."""

    dialect = se_erp

    @endpoint(scope='ai:read')
    def on_post(self, actor: Actor, id: int, body: MessageIn) -> MessageOut:
        """Send a natural language query and get results."""
        turn = found(read_turn(id, actor=actor), 'Conversation')
        asked = ask(body.message, turn.query, turn.pending, actor=actor, language=turn.language)
        made = record_turn(id, turn, body.message, asked)
        return MessageOut(conversation_id=id, message_id=made, **_wire(asked))


class SavedQueries(Resource):
    """One's own saved queries and those that are shared in the company."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='ai:read')
    def on_get(self, actor: Actor, query: SavedQueryQuery) -> Page[SavedQueryRead]:
        """List saved/bookmarked queries."""
        filters = owned(actor) | {
            'visibility': query.visibility,
            'schedule': query.schedule,
            'search': query.search or None,
            'updated_since': query.updated_since,
        }
        rows, total = SAVED_QUERIES.read(SavedQueryRead, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    # Not framed: a question has a transaction of its own, which is read-only.
    @endpoint(scope='ai:write', status=201, is_framed=False)
    def on_post(self, actor: Actor, body: SavedQueryIn) -> SavedQueryWhole:
        """Save a query for reuse."""
        made = create_saved_query(_change(body), actor=actor)
        return found(read_saved_query(made, actor=actor), 'Saved query')


class OneSavedQuery(Resource):
    """One saved query."""

    dialect = se_erp
    fields = FIELDS

    @endpoint(scope='ai:read')
    def on_get(self, actor: Actor, id: int) -> SavedQueryWhole:
        """Get a saved query and, for its owner, what its last run found."""
        return found(read_saved_query(id, actor=actor), 'Saved query')

    @endpoint(scope='ai:write', is_framed=False)
    def on_put(
        self, actor: Actor, id: int, body: SavedQueryChangeIn, version: int | None
    ) -> SavedQueryWhole:
        """Change a saved query."""
        change_saved_query(id, _change(body), actor=actor, version=version)
        return found(read_saved_query(id, actor=actor), 'Saved query')

    @endpoint(scope='ai:write')
    def on_delete(self, actor: Actor, id: int, version: int | None) -> Deleted:
        """Delete a saved query."""
        delete_saved_query(id, actor=actor, version=version)
        return Deleted(True, id)


class RunSavedQuery(Resource):
    """Running a saved query."""

    dialect = se_erp

    @endpoint(scope='ai:read')
    def on_post(self, actor: Actor, id: int) -> SavedRunOut:
        """Run a saved query now, with the caller's own scopes."""
        return SavedRunOut(saved_query_id=id, **_wire(run_saved_query(id, actor=actor)))


def _wire(answer: Answer) -> dict[str, typing.Any]:
    inner = ('pending', 'why', 'reading')
    values = {n: v for n, v in msgspec.structs.asdict(answer).items() if n not in inner}
    return values | {'answered': answer.kind == 'result', 'row_count': len(answer.rows)}


def _change(body: SavedQueryChangeIn) -> SavedQueryChange:
    if isinstance(body.query, str) and not body.query.strip():
        raise missing('query')
    values = msgspec.structs.asdict(body)
    values['asked'] = values.pop('query')
    return SavedQueryChange(**values)


routes = [
    ('/ai/conversations', Conversations()),
    ('/ai/conversations/{id:int}', OneConversation()),
    ('/ai/conversations/{id:int}/message', Messages()),
    ('/ai/saved-queries', SavedQueries()),
    ('/ai/saved-queries/{id:int}', OneSavedQuery()),
    ('/ai/saved-queries/{id:int}/run', RunSavedQuery()),
]
