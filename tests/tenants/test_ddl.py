"""A new company's tables are those that running every migration makes."""

import re

import peewee
import psycopg
import pytest

from karvo.kit import connections
from karvo.kit.db import company_place, connect, url_of
from karvo.kit.outbox import EventRow
from karvo.ledger.models import JournalLine
from tenants import schema
from tenants.models import TABLES

COLUMNS = """
SELECT table_name, column_name, data_type, numeric_precision, numeric_scale, is_nullable,
  regexp_replace(column_default, '"?c_[0-9]+"?\\.', '') FROM information_schema.columns
WHERE table_schema = %s ORDER BY 1, 2"""
INDEXES = """
SELECT tablename, indexname, regexp_replace(indexdef, 'c_[0-9]+\\.', '', 'g')
FROM pg_catalog.pg_indexes WHERE schemaname = %s ORDER BY 1, 2"""
CONSTRAINTS = """
SELECT r.relname, c.conname, regexp_replace(pg_get_constraintdef(c.oid), 'c_[0-9]+\\.', '', 'g')
FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class r ON r.oid = c.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace
WHERE n.nspname = %s AND c.contype <> 'n' ORDER BY 1, 2"""

MODELS = [model for models in schema.MODULES.values() for model in models]
TEXTS = {
    f'{module}/{path.name}': path.read_text()
    for module in (*schema.MODULES, 'tenants')
    for path in schema.migrations_of(module).glob('[0-9]*.py')
}


@pytest.fixture
def both(server):
    """A schema made at once, and one made by the migrations."""
    at_once, migrated = company_place(900_001), company_place(900_002)
    schema.create_company_schema(at_once)
    with connect(url_of('main')) as connection:
        connection.execute(f'CREATE SCHEMA "{migrated.schema}"')
    schema.migrate_company(migrated)
    yield at_once, migrated
    for place in (at_once, migrated):
        schema.drop_company_schema(place)


@pytest.mark.parametrize(
    'sql', [COLUMNS, INDEXES, CONSTRAINTS], ids=['columns', 'indexes', 'rules']
)
def test_both_ways_make_the_same(both, sql):
    with connect(url_of('main')) as connection:
        first, second = (connection.execute(sql, (p.schema,)).fetchall() for p in both)
    assert first
    assert first == second


def test_a_second_run_changes_nothing(both):
    schema.migrate_company(both[0])
    schema.create_company_schema(both[0])


#: A line's place in its entry, an event's in the sequence (decision 8).
OWN_KEYS = {JournalLine, EventRow}


@pytest.mark.parametrize('model', MODELS + TABLES, ids=lambda model: model.__name__)
def test_keys_and_foreign_keys(model):
    """facts/scale §9.1: bigserial keys, foreign keys within the company, short names."""
    key = model._meta.primary_key
    assert isinstance(key, peewee.BigAutoField) or model in OWN_KEYS
    own = MODELS if model in MODELS else TABLES
    for field in model._meta.sorted_fields:
        if isinstance(field, peewee.ForeignKeyField):
            assert field.rel_model in own
            assert field.deferrable is None
    for name in re.findall(r'INDEX "?(\w+)"?|CONSTRAINT "?(\w+)"?', schema.ddl_of([model])):
        assert len(''.join(name)) <= 50


@pytest.mark.parametrize('name', TEXTS)
def test_what_no_migration_may_say(name):
    """facts/scale §9.2, and no import of the application."""
    text = TEXTS[name]
    for banned in ('CREATE TRIGGER', 'INHERITS', 'RENAME CONSTRAINT', 'AS IDENTITY', 'COLLATE'):
        assert banned not in text.upper()
    assert 'import karvo' not in text
    assert 'from karvo' not in text


def test_errors_are_known_by_their_sqlstate_alone():
    """facts/scale §9.5: a constraint's name may be missing or end in a shard's number."""
    error = peewee.IntegrityError('… "document_number_102047"')
    error.__context__ = type('Violation', (Exception,), {})()
    assert connections.sqlstate(error) == ''
    cause = psycopg.errors.UniqueViolation('… "document_number_102047"')
    error.__cause__ = cause
    assert connections.sqlstate(error) == '23505'


def test_a_company_is_made_in_a_constant_number_of_statements(both):
    assert schema.company_ddl().count('CREATE TABLE') == len(MODELS) + len(schema.MODULES)


class TestControl:
    """The control schema is made by its migrations alone; they must not drift from the models."""

    @pytest.mark.parametrize('model', TABLES, ids=lambda model: model.__name__)
    def test_columns_are_those_of_the_model(self, server, model):
        with connect(url_of('main')) as connection:
            found = connection.execute(CONTROL_COLUMNS, (model._meta.table_name,)).fetchall()
        declared = {
            (field.column_name, 'YES' if field.null else 'NO')
            for field in model._meta.sorted_fields
        }
        assert set(found) == declared

    @pytest.mark.parametrize('model', TABLES, ids=lambda model: model.__name__)
    def test_indexes_are_those_of_the_model(self, server, model):
        with connect(url_of('main')) as connection:
            rows = connection.execute(CONTROL_INDEXES, (model._meta.table_name,)).fetchall()
        declared = re.findall(r'CREATE (UNIQUE )?INDEX "(\w+)"', schema.ddl_of([model]))
        found = {name: 'UNIQUE' in text for name, text in rows if not name.endswith('_pkey')}
        assert found == {name: bool(unique) for unique, name in declared}


CONTROL_COLUMNS = """
SELECT column_name, is_nullable FROM information_schema.columns
WHERE table_schema = 'control' AND table_name = %s"""
CONTROL_INDEXES = """
SELECT indexname, indexdef FROM pg_catalog.pg_indexes
WHERE schemaname = 'control' AND tablename = %s"""
