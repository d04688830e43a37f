"""Conversations: begun, carried on by a turn, deleted. A question itself writes nothing."""

import typing

import msgspec

from karvo.ai.models import Conversation
from karvo.ai.operations.readings import keep_reading
from karvo.ai.reads import kept
from karvo.ai.schemas import Answer, Turn
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import not_found
from karvo.kit.last_statement import Write
from karvo.kit.outbox import as_json
from karvo.kit.work import atomic

LONGEST_TITLE = 80
#: The turn and what it leans on next; nothing at all where the conversation is gone meanwhile.
TURN = """
carried§ AS (
  UPDATE @ai_conversation SET message_count = message_count + 2, updated_at = %(at)s::timestamptz,
    language = %(language)s, query = %(query)s::jsonb, pending = %(pending)s::jsonb,
    title = CASE WHEN title = '' THEN %(title)s ELSE title END
  WHERE id = %(conversation)s::bigint RETURNING id),
said§ AS (
  INSERT INTO @ai_message (conversation_id, role, content, answer, created_at)
  SELECT c.id, m.role, m.content, nullif(m.answer, 'null'), %(at)s::timestamptz
  FROM carried§ c, ROWS FROM (json_to_recordset(%(messages)s::json)
    AS (role text, content text, answer jsonb)) WITH ORDINALITY AS m(role, content, answer, ord)
  ORDER BY m.ord RETURNING id)"""
SAID = '(SELECT max(id) FROM said§)::text'


def open_conversation(title: str, *, actor: Actor) -> int:
    """The new conversation's id."""
    with atomic() as work:
        row = Conversation.create(
            uid=ids.uuid7(),
            owner_kind=actor.kind,
            owner_id=actor.id,
            title=title,
            created_at=work.at,
            updated_at=work.at,
        )
    return int(row.id)


def record_turn(conversation_id: int, before: Turn, message: str, answer: Answer) -> int:
    """Question and answer, in one statement; the answer's id. Raises NotFound when it is gone."""
    with atomic() as work:
        named = {
            'conversation': conversation_id,
            'at': work.at,
            'language': answer.language,
            'query': _json(answer.query or before.query),
            'pending': _json(answer.pending),
            'title': ' '.join(message.split())[:LONGEST_TITLE],
            'messages': as_json(
                [
                    {'role': 'user', 'content': message, 'answer': None},
                    {'role': 'assistant', 'content': answer.answer, 'answer': kept(answer)},
                ]
            ),
        }
        write: Write = work.write(TURN, named, returning=SAID)
        keep_reading(answer.reading, work)
    if not write.answer:
        raise not_found('Conversation')
    return int(write.answer)


def _json(value: msgspec.Struct | None) -> str | None:
    return as_json(value) if value is not None else None


def delete_conversation(conversation_id: int, *, actor: Actor) -> None:
    """With its messages. Raises NotFound, also for somebody else's."""
    with atomic():
        mine = (Conversation.owner_kind == actor.kind) & (Conversation.owner_id == actor.id)
        same: typing.Any = (Conversation.id == conversation_id) & mine
        if not Conversation.delete().where(same).execute():
            raise not_found('Conversation')
