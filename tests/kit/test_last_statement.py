"""The order in which a unit of work writes: who takes numbers has others wait, for a moment."""

from concurrent import futures

import psycopg
import pytest

from karvo.invoices.context import forget_context
from karvo.kit import db
from karvo.kit.actor import system_actor
from karvo.kit.db import company_place, database
from karvo.kit.last_statement import Part
from karvo.kit.work import atomic
from tenants.models import control
from tests.cli.processes import wait_until
from tests.counters import counters_held, waiting
from tests.invoicing import create, created

#: What an invoice has that carries no number, and whose ids are counted.
EARLY = ('document_line', 'audit_log')
PROBE = """
INSERT INTO @journal_line (entry_id, position, account_id, debit, credit, tax_code)
SELECT last_value, %(position)s, 1, 1, 0, '' FROM @journal_entry_id_seq"""


def last_values(api) -> dict[str, int]:
    """How far the ids of each table are given out, committed or not."""
    with api.company():
        tables = ', '.join(f'(SELECT last_value FROM @{table}_id_seq)' for table in EARLY)
        found = database.values(f'SELECT {tables}')
    return {table: int(value or 0) for table, value in zip(EARLY, found, strict=True)}


def posted_lines(api) -> int:
    """How many lines the newest entry has that is not committed: nobody else may write them."""
    count = 0
    with api.company():
        for position in range(1, 7):
            try:
                with database.transaction():
                    database.run("SET LOCAL lock_timeout = '100ms'")
                    database.run(PROBE, {'position': position})
            except psycopg.errors.LockNotAvailable:
                count += 1
            except psycopg.errors.ForeignKeyViolation:
                pass  # such a line may be written: the entry is not there yet
    return count


def number_of(invoice) -> int:
    return int(invoice['invoice_no'].rpartition('-')[2])


def create_apart(api):
    """By a thread of its own, with its own connections."""
    try:
        return create(api)
    finally:
        db.close_all()
        control.close()


@pytest.mark.parametrize('is_remembered', [False, True])
def test_what_carries_no_number_is_written_before_numbers_are_taken(api, is_remembered) -> None:
    """Of a customer whom this process remembers the statement draws the invoice's id itself."""
    first = created(api)
    if not is_remembered:
        with api.company():
            forget_context('A', None)
    with futures.ThreadPoolExecutor(1) as pool, counters_held(api) as holder:
        before = last_values(api)
        asks = pool.submit(create_apart, api)
        wait_until(lambda: waiting() > 0)
        written, lines = last_values(api), posted_lines(api)
        holder.rollback()
        answer = asks.result(20)
    assert {table: written[table] - before[table] for table in EARLY} == {
        'document_line': 1,
        'audit_log': 2,
    }
    assert lines == 4
    assert answer.status_code == 201
    assert number_of(answer.json) == number_of(first) + 1


def test_ids_are_the_same_wherever_they_stand(api) -> None:
    shown = created(api)
    with api.company():
        named = {'id': shown['id']}
        rows = database.values(
            """SELECT (SELECT count(*) FROM @document_line WHERE document_id = %(id)s),
              (SELECT count(*) FROM @journal_line l JOIN @journal_entry e ON e.id = l.entry_id
                WHERE e.source_type = 'invoice' AND e.source_id = %(id)s),
              (SELECT count(*) FROM @event WHERE resource = 'invoice' AND resource_id = %(id)s
                AND (object->>'id')::bigint = %(id)s),
              (SELECT count(*) FROM @audit_log WHERE entity = 'invoice' AND entity_id = %(id)s)""",
            named,
        )
    assert rows == (b'1', b'4', b'2', b'2')


def test_an_id_that_nobody_asked_for_in_time_is_not_made_up(api) -> None:
    with api.company():
        with atomic() as work:
            write = work.write('', {}, makes='document')
            work.audit('tested', 'document', 1, system_actor('test', company_place(1)))
        with pytest.raises(LookupError):
            write.id  # noqa: B018


def test_what_is_written_before_numbers_cannot_speak_of_them(api) -> None:
    early = Part('early§', 'INSERT INTO @number_skip (number) SELECT %(text)s RETURNING 1')
    with api.company(), pytest.raises(ValueError, match='before the numbers'), atomic() as work:
        number = work.take_number('INV', 2026)
        work.write('', {'text': f'see {number.token}'}, first=(early,))
