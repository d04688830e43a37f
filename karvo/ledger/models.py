"""Accounts, entries and their lines."""

import peewee

from karvo.kit.columns import Cents, Instant
from karvo.kit.db import Keyed, Model


class Account(Model):
    """An account of the chart."""

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    code = peewee.TextField(unique=True)
    name_fr = peewee.TextField()
    name_en = peewee.TextField()
    type = peewee.TextField()
    is_control = peewee.BooleanField(default=False)
    is_active = peewee.BooleanField(default=True)


class JournalEntry(Model):
    """A posted entry is never changed, only reversed (A-4)."""

    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    date = peewee.DateField(index=True)
    state = peewee.TextField()
    journal = peewee.TextField()
    memo = peewee.TextField()
    source_type = peewee.TextField()
    source_id = peewee.BigIntegerField()
    reversal_of = peewee.ForeignKeyField('self', null=True, index=False)
    created_at = Instant()

    class Meta:
        indexes = ((('source_type', 'source_id'), False),)


JournalEntry.add_index(
    peewee.SQL(
        'CREATE UNIQUE INDEX IF NOT EXISTS "journal_entry_reversal_of_id" ON "journal_entry" '
        '(reversal_of_id) WHERE reversal_of_id IS NOT NULL'
    )
)


class JournalLine(Keyed):
    """Debit or credit of one account; `party` names whose receivable or payable it is (A-5)."""

    entry = peewee.ForeignKeyField(JournalEntry, index=False)
    position = peewee.IntegerField()
    account = peewee.ForeignKeyField(Account)
    party_id = peewee.BigIntegerField(null=True)
    debit = Cents()
    credit = Cents()
    tax_code = peewee.TextField(default='')

    class Meta:
        primary_key = peewee.CompositeKey('entry', 'position')
        constraints = [
            peewee.Check('debit >= 0 AND credit >= 0 AND (debit > 0) <> (credit > 0)', 'one_side')
        ]
