"""JSON written as text by PostgreSQL says what row_to_json says."""

import json

import pytest

from karvo.kit.db import connect, url_of
from karvo.kit.json_text import (
    MOST_ARGUMENTS,
    instant,
    json_array,
    json_object,
    quoted,
    raw,
    truth,
    value,
)

ODD = 'a "b" \\ {0} %s § ⟦0⟧ \t\n\x01 é 😀 \'quoted\''


@pytest.fixture(scope='module')
def connection(server):
    with connect(url_of('main')) as connection:
        yield connection


def written(connection, sql, **params):
    [text] = connection.execute(sql, params).fetchone()
    return json.loads(text)


@pytest.mark.parametrize(
    ('sql', 'expected'),
    [
        ('%(odd)s::text', ODD),
        ("''::text", ''),
        ('NULL::text', None),
        ("date '2026-11-21'", '2026-11-21'),
        ('NULL::date', None),
        ('7::bigint', 7),
        ('NULL::bigint', None),
        ("""'{"a": [1, null]}'::jsonb""", {'a': [1, None]}),
        ('NULL::jsonb', None),
    ],
)
def test_any_value(connection, sql, expected):
    row = f'SELECT {json_object([value("x", sql)])}'
    assert written(connection, row, odd=ODD) == {'x': expected}


def test_cents_stay_exact(connection):
    [text] = connection.execute(f'SELECT {json_object([raw("x", "300.00::numeric")])}').fetchone()
    assert text == '{"x":300.00}'


@pytest.mark.parametrize('is_so', [True, False])
def test_truths(connection, is_so):
    assert written(connection, f'SELECT {json_object([truth("x", str(is_so))])}') == {'x': is_so}


@pytest.mark.parametrize('zone', ['UTC', 'America/Toronto', 'Asia/Kolkata'])
def test_instants_are_in_utc_whatever_the_session_says(connection, zone):
    at = "timestamptz '2026-03-08 23:30:00.25-05'"
    members = [instant('at', at), instant('never', 'NULL::timestamptz')]
    with connection.transaction(force_rollback=True):
        connection.execute(f"SET LOCAL timezone = '{zone}'")
        connection.execute("SET LOCAL datestyle = 'German'")
        row = written(connection, f'SELECT {json_object([*members, value("day", "date " + DAY)])}')
    assert row == {'at': '2026-03-09T04:30:00.250000Z', 'never': None, 'day': '2026-03-08'}


DAY = "'2026-03-08'"


def test_objects_of_more_members_than_a_function_takes(connection):
    names = [f'm{n}' for n in range(2 * MOST_ARGUMENTS)]
    row = written(connection, f'SELECT {json_object([raw(name, name[1:]) for name in names])}')
    assert row == {f'm{n}': n for n in range(2 * MOST_ARGUMENTS)}


def test_arrays_of_objects(connection):
    one = json_object([quoted('uid', 'x.uid'), raw('n', 'x.n')])
    rows = "(VALUES (2, 'b'), (1, 'a')) x(n, uid)"
    array = json_array(f"{one}, ',' ORDER BY x.n")
    assert written(connection, f'SELECT {array} FROM {rows}') == [
        {'uid': 'a', 'n': 1},
        {'uid': 'b', 'n': 2},
    ]
    assert written(connection, f'SELECT {array} FROM {rows} WHERE false') == []
