"""Conversations, their messages, saved queries, and what the model read questions as."""

import typing

import peewee

from karvo.kit.columns import Instant, Json
from karvo.kit.db import Model


class Conversation(Model):
    """Turns of one asker: a user, or a key that stands for itself. What the next turn leans on."""

    uid = peewee.UUIDField(unique=True)
    owner_kind = peewee.TextField()  # user, key
    owner_id = peewee.BigIntegerField()
    title = peewee.TextField(default='')
    language = peewee.TextField(null=True)  # of the last answer
    query: typing.Any = Json(null=True)  # last answered
    pending: typing.Any = Json(null=True)  # what the last answer left open
    message_count = peewee.IntegerField(default=0)
    created_at = Instant()
    updated_at = Instant()

    class Meta:
        table_name = 'ai_conversation'


# Holds what the list filters by, so that its total is counted from the index alone.
Conversation.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "ai_conversation_listed" ON "ai_conversation" '
        '(owner_kind, owner_id, updated_at, id) INCLUDE (title)'
    )
)


class Message(Model):
    """A question or its answer; the first 200 rows of a result are kept with it."""

    conversation = peewee.ForeignKeyField(Conversation, on_delete='CASCADE', index=False)
    role = peewee.TextField()  # user, assistant
    content = peewee.TextField()
    #: of an answer: kind, language, rows, columns, query, chart, suggestions, read_by
    answer: typing.Any = Json(null=True)
    created_at = Instant()

    class Meta:
        table_name = 'ai_message'
        indexes = ((('conversation', 'id'), False),)


class SavedQuery(Model):
    """A question, or a semantic query, to be run again: on demand, or on a schedule."""

    uid = peewee.UUIDField(unique=True)
    owner_kind = peewee.TextField()
    owner_id = peewee.BigIntegerField()
    owner_name = peewee.TextField(default='')
    name = peewee.TextField()
    question = peewee.TextField(null=True)  # its periods move with the day
    query: typing.Any = Json(null=True)  # its days stand still
    language = peewee.TextField(null=True)
    visibility = peewee.TextField(default='private')  # private, company
    schedule = peewee.TextField(null=True)  # daily, weekly, monthly
    next_run_on = peewee.DateField(null=True, index=True)
    last_run_at = Instant(null=True)
    last_status = peewee.TextField(null=True)  # ran, refused, no_owner, no_scope
    last_row_count = peewee.IntegerField(null=True)
    last_result: typing.Any = Json(null=True)  # as its owner may see it
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()

    class Meta:
        table_name = 'ai_saved_query'
        constraints = [
            peewee.Check('(question IS NULL) <> (query IS NULL)', 'ai_saved_query_one'),
        ]


SavedQuery.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "ai_saved_query_name" ON "ai_saved_query" '
        '(owner_kind, owner_id, lower(name))'
    )
)
SavedQuery.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "ai_saved_query_listed" ON "ai_saved_query" '
        '(owner_kind, owner_id, id) INCLUDE (name, visibility, schedule, updated_at)'
    )
)
SavedQuery.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "ai_saved_query_shared" ON "ai_saved_query" (id) '
        "INCLUDE (owner_kind, owner_id, name, schedule, updated_at) WHERE visibility = 'company'"
    )
)


class Reading(Model):
    """What the external model read a question as; asked the same again, it is not asked."""

    digest = peewee.TextField(unique=True)  # of the whole request to the model
    query: typing.Any = Json(null=True)  # null: it made nothing of it
    created_at = Instant(index=True)

    class Meta:
        table_name = 'ai_reading'
