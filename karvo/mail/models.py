"""Mails of a company."""

import peewee

from karvo.kit.columns import Instant
from karvo.kit.db import Model

STATES = ('queued', 'sent', 'failed', 'not_sent')


class Mail(Model):
    """One mail to one person. `not_sent`: there was no mail server to give it to."""

    uid = peewee.UUIDField(unique=True)
    recipient = peewee.TextField()
    subject = peewee.TextField()
    text = peewee.TextField()
    html = peewee.TextField(null=True)
    language = peewee.TextField()
    kind = peewee.TextField()
    paper_kind = peewee.TextField(null=True)
    paper_id = peewee.BigIntegerField(null=True)
    state = peewee.TextField(default='queued')
    attempts = peewee.IntegerField(default=0)
    due_at = Instant(null=True)  #: of the next attempt, while queued
    error = peewee.TextField(default='')
    created_at = Instant()
    sent_at = Instant(null=True)


Mail.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "mail_due" ON "mail" (due_at, id) WHERE state = \'queued\''
    )
)
Mail.add_index(peewee.SQL('CREATE INDEX IF NOT EXISTS "mail_created_at" ON "mail" (created_at)'))
