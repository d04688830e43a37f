"""Every question of tests/ai/questions.json, asked of the data set's books."""

import collections
import json
import pathlib
import typing
from collections.abc import Iterator

import pytest

from karvo.ai.answers import ask
from karvo.ai.schemas import Answer
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place, statement_count
from tests.ai.arithmetic import expected
from tests.conftest import Api

QUESTIONS = json.loads(pathlib.Path(__file__).with_name('questions.json').read_text())['questions']
MOST_STATEMENTS = 10
pytestmark = pytest.mark.xdist_group('ai')

Row = list[typing.Any]


class Asked(typing.NamedTuple):
    answer: Answer
    statements: int


@pytest.fixture(scope='module')
def answers(books: Api) -> dict[str, Asked]:
    """By the question's id; turns of a conversation in their order."""
    found: dict[str, Asked] = {}
    with books.company():
        actor = system_actor('test', current_place())
        for turns in conversations():
            query = pending = None
            for one in turns:
                before = statement_count()
                answer = ask(one['message'], query, pending, actor=actor)
                found[one['id']] = Asked(answer, statement_count() - before)
                query, pending = answer.query or query, answer.pending
    return found


def conversations() -> Iterator[list[dict[str, typing.Any]]]:
    groups = collections.defaultdict(list)
    for one in QUESTIONS:
        groups[one['conversation']].append(one)
    for turns in groups.values():
        yield sorted(turns, key=lambda one: one['turn'])


def wrong(one: dict[str, typing.Any], answer: Answer) -> str:
    """What is wrong with an answer; '' when nothing is."""
    asked = one['expect']
    kinds = {'clarify': 'clarification', 'refuse': 'refusal'}
    if asked['type'] == 'refuse_or_rows' and answer.kind == 'refusal':
        return ''
    if answer.kind != kinds.get(asked['type'], 'result'):
        return f'is a {answer.kind}: {answer.answer}'
    if answer.language != one['lang'] and one['turn'] == 1:
        return f'is in {answer.language}'
    if asked['type'] in kinds:
        return '' if not answer.rows and answer.query is None else 'has rows'
    if asked['type'] == 'values':
        values = {figure for row in answer.rows for figure in row.values()}
        missing = [v for v in figures_of(expected(asked)) if not has(values, v)]
        return f'lacks {missing}: {answer.rows}' if missing else ''
    return wrong_rows(expected(asked), answer, bool(asked.get('ordered')))


def figures_of(rows: list[Row]) -> list[float]:
    return [row[-1] for row in rows]


def wrong_rows(rows: list[Row], answer: Answer, is_ordered: bool) -> str:
    if len(rows) != len(answer.rows):
        return f'{len(answer.rows)} rows instead of {len(rows)}: {answer.answer} {answer.rows[:3]}'
    given = [list(row.values()) for row in answer.rows]
    for row in rows:
        candidates = [given[rows.index(row)]] if is_ordered else given
        if not any(is_row(row, one) for one in candidates):
            return f'{row} is not in {candidates[:4]}: {answer.answer}'
    if rows and len(rows[0]) == 1 and len(given[0]) != 1:
        return f'a scalar has {given[0]}'
    return ''


def is_row(row: Row, given: Row) -> bool:
    return all(value is None or has(given, value) for value in row)


def has(values: typing.Iterable[typing.Any], wanted: typing.Any) -> bool:
    if isinstance(wanted, str):
        return wanted in values
    return any(
        not isinstance(v, str) and v is not None and abs(float(v) - wanted) < 0.006 for v in values
    )


class TestAnswers:
    @pytest.mark.parametrize('one', QUESTIONS, ids=lambda one: one['id'])
    def test_is_right(self, answers: dict[str, Asked], one: dict[str, typing.Any]) -> None:
        assert wrong(one, answers[one['id']].answer) == '', one['message']

    def test_takes_few_statements(self, answers: dict[str, Asked]) -> None:
        assert max(one.statements for one in answers.values()) <= MOST_STATEMENTS
