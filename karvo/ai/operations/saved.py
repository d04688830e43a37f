"""Saved queries: kept, changed, deleted by their owner; run by whoever may see them."""

import datetime as dt
import typing

import msgspec
import peewee
from msgspec import UNSET

from karvo.ai.answers import answer_saved, ask
from karvo.ai.compute import next_run
from karvo.ai.models import SavedQuery
from karvo.ai.operations.readings import keep_reading
from karvo.ai.reads import kept, read_saved_query
from karvo.ai.schemas import (
    Answer,
    Language,
    QueryRan,
    RunStatus,
    SavedQueryChange,
    SavedQueryWhole,
)
from karvo.analytics.schemas import SemanticQuery
from karvo.kit import ids
from karvo.kit.actor import Actor
from karvo.kit.errors import Conflict, Forbidden, Invalid, PreconditionFailed, missing, not_found
from karvo.kit.outbox import as_json
from karvo.kit.standing import standing
from karvo.kit.work import atomic
from karvo.settings.reads import business_date, read_settings

MOST = 200  #: of one owner
Asked = str | SemanticQuery


def create_saved_query(new: SavedQueryChange, *, actor: Actor) -> int:
    """The id. What is saved must be answerable now: Invalid says why not; Conflict: the name."""
    if new.asked is UNSET:
        raise missing('query')
    if new.name is UNSET:
        raise missing('name')
    given = _given(new)
    answer = _answered(given['asked'], given.get('language'), actor)
    today = business_date(read_settings())
    with atomic() as work:
        if SavedQuery.select().where(_mine(actor)).count() >= MOST:
            raise Conflict(f'at most {MOST} queries can be saved')
        _check_name(given['name'], actor, 0)
        row = SavedQuery.create(
            uid=ids.uuid7(),
            owner_kind=actor.kind,
            owner_id=actor.id,
            owner_name=actor.name,
            next_run_on=next_run(given.get('schedule'), today),
            created_at=work.at,
            updated_at=work.at,
            **_columns(given),
        )
        keep_reading(answer.reading, work)
    return int(row.id)


def change_saved_query(
    query_id: int, change: SavedQueryChange, *, actor: Actor, version: int | None = None
) -> None:
    """Its owner's only. Raises NotFound, Forbidden, Invalid, Conflict, PreconditionFailed."""
    given = _given(change)
    if 'asked' in given:
        _answered(given['asked'], given.get('language'), actor)
    today = business_date(read_settings())
    with atomic() as work:
        row = _locked(query_id, actor, version)
        values = _columns(given)
        if 'schedule' in values and values['schedule'] != row.schedule:
            values['next_run_on'] = next_run(values['schedule'], today)
        values = {n: v for n, v in values.items() if getattr(row, n) != v}
        if not values:
            return
        if {'question', 'query'} & set(values):  # what the old one found is no result of this one
            values |= {'last_result': None, 'last_row_count': None}
            values |= {'last_run_at': None, 'last_status': None}
        if 'name' in values:
            _check_name(values['name'], actor, query_id)
        for name, value in values.items():
            setattr(row, name, value)
        row.version, row.updated_at = row.version + 1, work.at
        row.save()


def delete_saved_query(query_id: int, *, actor: Actor, version: int | None = None) -> None:
    """Its owner's only. Raises NotFound, Forbidden, PreconditionFailed."""
    with atomic():
        _locked(query_id, actor, version).delete_instance()


def run_saved_query(query_id: int, *, actor: Actor) -> Answer:
    """Now, with the actor's own scopes; of its owner's runs the result is kept. Raises NotFound."""
    saved = read_saved_query(query_id, actor=actor)
    if saved is None:
        raise not_found('Saved query')
    answer = _answer_of(saved.query, saved.language, actor)
    if saved.is_mine:
        _note(query_id, saved, _status_of(answer), answer, 'demand', actor=actor)
    return answer


def run_due_query(query_id: int, day: dt.date, *, actor: Actor) -> RunStatus:
    """For its owner, with the scopes that he has by now, and put off until its next day.

    Who is gone or may not ask any more gets nothing; that is said, and kept with the query.
    """
    row = SavedQuery.get_or_none(SavedQuery.id == query_id)
    if row is None:
        return 'refused'  # deleted meanwhile
    owner = standing(row.owner_kind, row.owner_id, actor.company_id)
    if owner is None or not owner.may('ai:read'):
        status: RunStatus = 'no_scope' if owner else 'no_owner'
        _put_off(query_id, status, day)
        return status
    saved = read_saved_query(query_id, actor=owner)
    if saved is None or saved.schedule is None:
        return 'refused'  # deleted or no longer on a schedule
    answer = _answer_of(saved.query, saved.language, owner)
    status = _status_of(answer)
    _note(query_id, saved, status, answer, 'schedule', actor=actor, day=day)
    return status


def _answer_of(asked: Asked, language: Language | None, actor: Actor) -> Answer:
    if isinstance(asked, SemanticQuery):
        return answer_saved(asked, actor=actor, language=language)
    return ask(asked, actor=actor, language=language)


def _answered(asked: Asked, language: Language | None, actor: Actor) -> Answer:
    """What cannot be answered is not saved."""
    answer = _answer_of(asked, language, actor)
    if answer.why == 'scope':
        raise Forbidden(answer.answer)
    if answer.kind != 'result':
        raise Invalid(f'query: {answer.answer}', fields={'query': 'cannot be answered'})
    return answer


def _status_of(answer: Answer) -> RunStatus:
    if answer.kind == 'result':
        return 'ran'
    return 'no_scope' if answer.why == 'scope' else 'refused'


def _note(
    query_id: int,
    saved: SavedQueryWhole,
    status: RunStatus,
    answer: Answer,
    trigger: str,
    *,
    actor: Actor,
    day: dt.date | None = None,
) -> None:
    """The result, for the owner; the news without figures. Changes no version: nobody edited it."""
    count = len(answer.rows) if status == 'ran' else None
    with atomic() as work:
        row = SavedQuery.select().where(SavedQuery.id == query_id).for_update().get_or_none()
        if row is None:
            return
        row.last_run_at, row.last_status, row.last_row_count = work.at, status, count
        row.last_result = _plain(answer)
        if day is not None:
            row.next_run_on = next_run(row.schedule, day)
        row.save()
        keep_reading(answer.reading, work)
        if status == 'ran':
            shown = {'id': query_id, 'row_count': count, 'status': status, 'trigger': trigger}
            work.record(QueryRan(id=query_id, uid=saved.uid, object=shown), actor)


def _put_off(query_id: int, status: RunStatus, day: dt.date) -> None:
    """Nothing was run; of an owner who is gone nothing will be."""
    with atomic() as work:
        row = SavedQuery.select().where(SavedQuery.id == query_id).for_update().get_or_none()
        if row is None:
            return
        row.last_run_at, row.last_status, row.last_row_count = work.at, status, None
        row.last_result = None
        row.next_run_on = None if status == 'no_owner' else next_run(row.schedule, day)
        row.save()


def _locked(query_id: int, actor: Actor, version: int | None) -> SavedQuery:
    row = SavedQuery.select().where(SavedQuery.id == query_id).for_update().get_or_none()
    is_mine = row is not None and (row.owner_kind, row.owner_id) == (actor.kind, actor.id)
    if row is None or not (is_mine or row.visibility == 'company'):
        raise not_found('Saved query')
    if not is_mine:
        raise Forbidden('only its owner may change a saved query')
    if version is not None and version != row.version:
        raise PreconditionFailed(f'the saved query is at version {row.version}')
    return row


def _given(change: SavedQueryChange) -> dict[str, typing.Any]:
    return {
        name: getattr(change, name)
        for name in change.__struct_fields__
        if getattr(change, name) is not UNSET
    }


def _columns(given: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """What was asked goes into one of two columns."""
    values = dict(given)
    if 'asked' in values:
        asked = values.pop('asked')
        is_text = isinstance(asked, str)
        values['question'] = asked if is_text else None
        values['query'] = None if is_text else msgspec.to_builtins(asked)
    return values


def _mine(actor: Actor) -> peewee.Expression:
    return (SavedQuery.owner_kind == actor.kind) & (SavedQuery.owner_id == actor.id)


def _check_name(name: str, actor: Actor, query_id: int) -> None:
    """One name, one query of an owner; two at once meet the index."""
    same = (peewee.fn.lower(SavedQuery.name) == name.lower()) & (SavedQuery.id != query_id)
    if SavedQuery.select().where(_mine(actor) & same).exists():
        raise Conflict(f'there is a saved query named {name!r} already', code='erp_duplicate')


def _plain(answer: Answer) -> typing.Any:
    return msgspec.json.decode(as_json(kept(answer)))
