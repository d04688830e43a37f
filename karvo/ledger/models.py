"""Accounts, entries and their lines."""

import peewee

from karvo.kit.columns import Cents, Instant
from karvo.kit.db import Model


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

    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    date = peewee.DateField(index=True)
    state = peewee.TextField()
    journal = peewee.TextField()
    memo = peewee.TextField()
    source_type = peewee.TextField()
    source_id = peewee.BigIntegerField()
    reversal_of = peewee.ForeignKeyField('self', null=True, unique=True)
    created_at = Instant()

    class Meta:
        indexes = ((('source_type', 'source_id'), False),)


class JournalLine(Model):
    """Debit or credit of one account; `party` names whose receivable or payable it is (A-5)."""

    entry = peewee.ForeignKeyField(JournalEntry)
    position = peewee.IntegerField()
    account = peewee.ForeignKeyField(Account)
    party_id = peewee.BigIntegerField(null=True)
    debit = Cents()
    credit = Cents()
    tax_code = peewee.TextField(default='')

    class Meta:
        constraints = [
            peewee.Check('debit >= 0 AND credit >= 0 AND (debit > 0) <> (credit > 0)', 'one_side')
        ]
