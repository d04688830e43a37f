"""Units of work that begin late, statements prepared through libpq (decision 8)."""

import datetime as dt
import time
import uuid
from decimal import Decimal

import peewee
import psycopg
import pytest

from karvo.kit import db
from karvo.kit.db import database
from karvo.kit.errors import Conflict
from karvo.kit.work import atomic
from karvo.ledger.operations import post_entry
from karvo.ledger.schemas import NewEntry, Posting
from karvo.settings.models import Setting

ENTRIES = 'SELECT count(*) FROM @journal_entry'


@pytest.fixture
def sent(api):
    """The statements of a company that is chosen, as they are sent."""
    seen: list[str] = []

    def hook(_path, sql):
        seen.append(sql.split()[0])

    with api.company():
        Setting.get_or_none()  # connects, sets the path
        db.watch(hook)
        try:
            yield seen
        finally:
            db.unwatch(hook)


def entry(account='4000'):
    postings = [Posting('1100', debit=Decimal(5), party_id=1), Posting(account, credit=Decimal(5))]
    return NewEntry(
        date=dt.date(2026, 11, 20), journal='misc', memo='', source=('test', 1), postings=postings
    )


def terminate() -> int:
    """Ends the backend of this thread's connection; its process id."""
    pid = database.connection().info.backend_pid
    with db.connect(db.url_of('main')) as other:
        other.execute('SELECT pg_terminate_backend(%s)', (pid,))
    time.sleep(0.1)
    return pid


def entries() -> int:
    return int(database.values(ENTRIES)[0] or 0)


class TestUnit:
    def test_one_last_statement_needs_no_begin(self, sent):
        with atomic() as work:
            assert entries() == 0
            post_entry(entry(), work=work)
        assert sent == ['SELECT', 'WITH']
        assert entries() == 1

    def test_anything_else_begins(self, sent):
        with atomic() as work:
            Setting.get_or_none()
            post_entry(entry(), work=work)
        assert sent == ['BEGIN', 'SELECT', 'WITH']

    def test_what_fails_leaves_nothing(self, sent):
        with pytest.raises(RuntimeError), atomic() as work:
            Setting.create(key='odd', value=1)
            post_entry(entry(), work=work)
            raise RuntimeError
        assert Setting.get_or_none(Setting.key == 'odd') is None
        assert (entries(), database.in_transaction()) == (0, False)

    @pytest.mark.parametrize('has_begun', [False, True])
    def test_an_unknown_account_is_refused_by_the_last_statement(self, sent, has_begun):
        with pytest.raises(Conflict, match='unknown or inactive'), atomic() as work:
            if has_begun:
                Setting.create(key='odd', value=1)
            post_entry(entry('9999'), work=work)
        assert Setting.get_or_none(Setting.key == 'odd') is None
        assert (entries(), database.in_transaction()) == (0, False)
        # The counter it would have moved stands where it was.
        with atomic() as work:
            post_entry(entry(), work=work)
        assert database.values('SELECT number FROM @journal_entry')[0] == b'JE-2026-0001'


class TestPrepared:
    @pytest.mark.parametrize(
        ('sql', 'value', 'text'),
        [
            ('SELECT %(v)s::text', 'a "b" \\ %s é', 'a "b" \\ %s é'.encode()),
            ('SELECT %(v)s::text', None, None),
            ('SELECT %(v)s::int + 1', 2, b'3'),
            ('SELECT NOT %(v)s::bool', True, b'f'),
            ('SELECT %(v)s::numeric * 2', Decimal('1.005'), b'2.010'),
            ('SELECT %(v)s::date + 1', dt.date(2026, 11, 20), b'2026-11-21'),
            ('SELECT %(v)s::uuid', uuid.UUID(int=7), str(uuid.UUID(int=7)).encode()),
            ("SELECT array_to_string(%(v)s::text[], '|')", ['a,"', '\\', 'NULL'], b'a,"|\\|NULL'),
            ('SELECT cardinality(%(v)s::int[])', [], b'0'),
            ("SELECT '100%%' || %(v)s::text", '%', b'100%%'),
        ],
    )
    def test_parameters(self, sent, sql, value, text):
        assert database.values(sql, {'v': value}) == (text,)

    def test_errors_are_psycopgs_and_harm_nothing(self, sent):
        with pytest.raises(psycopg.errors.DivisionByZero):
            database.values('SELECT 1 / %(v)s::int', {'v': 0})
        with pytest.raises(psycopg.errors.UndefinedTable):
            database.values('SELECT 1 FROM @nothing')
        with pytest.raises(psycopg.DataError):
            database.values('SELECT %(v)s::text', {'v': 'a\0b'})
        assert database.values('SELECT 1') == (b'1',)

    def test_no_row(self, sent):
        assert database.values('SELECT 1 WHERE false') == (None,)

    def test_statements_outlive_a_rollback(self, sent):
        database.values(ENTRIES)
        for _ in range(4):
            Setting.get_or_none()
        with pytest.raises(RuntimeError), atomic():
            Setting.create(key='odd', value=1)
            raise RuntimeError
        Setting.get_or_none()
        names = database.run('SELECT name FROM pg_prepared_statements').fetchall()
        assert any(name.startswith('karvo_') for (name,) in names)
        assert any(name.startswith('_pg3_') for (name,) in names)

    def test_after_discard_they_are_prepared_anew(self, sent):
        database.values(ENTRIES)
        held = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'karvo%'"
        for (name,) in database.run(held).fetchall():
            database.run(f'DEALLOCATE {name}')
        with pytest.raises(psycopg.errors.InvalidSqlStatementName):
            database.values(ENTRIES)
        assert database.values(ENTRIES) == (b'0',)

    @pytest.mark.parametrize('begins', [False, True])
    def test_one_lost_while_nobody_used_it_is_replaced_for_writes_too(
        self, sent, monkeypatch, begins
    ):
        terminate()
        monkeypatch.setattr(db, 'IDLE', -1)
        with atomic() as work:
            if begins:
                Setting.create(key='odd', value=1)
            post_entry(entry(), work=work)
        assert (entries(), database.in_transaction()) == (1, False)

    def test_one_lost_in_a_transaction_loses_it(self, sent, monkeypatch):
        monkeypatch.setattr(db, 'IDLE', -1)
        with pytest.raises((psycopg.OperationalError, peewee.PeeweeException)), atomic() as work:
            Setting.create(key='odd', value=1)
            terminate()
            post_entry(entry(), work=work)
        assert Setting.get_or_none(Setting.key == 'odd') is None
        assert (entries(), database.in_transaction()) == (0, False)

    def test_a_lost_connection_is_replaced_for_reads(self, sent):
        pid = terminate()
        assert database.values(ENTRIES) == (b'0',)
        assert database.connection().info.backend_pid != pid
