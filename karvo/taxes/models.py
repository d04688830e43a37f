"""Dated rates and registrations, copied into each company so that it can stand alone."""

import peewee

from karvo.kit.columns import Instant, Rate
from karvo.kit.db import Model


class TaxRateRow(Model):
    """One rate while it lasts (T-1)."""

    code = peewee.TextField()
    family = peewee.TextField()
    regime = peewee.TextField()
    country = peewee.TextField()
    province = peewee.TextField()
    label_fr = peewee.TextField()
    label_en = peewee.TextField()
    rate = Rate()
    account = peewee.TextField()
    valid_from = peewee.DateField()
    valid_to = peewee.DateField(null=True)
    source = peewee.TextField()

    class Meta:
        table_name = 'tax_rate'
        indexes = ((('code', 'country', 'province', 'valid_from'), True),)


class TaxRegistration(Model):
    """The company collects a tax only while registered for it (T-3)."""

    regime = peewee.TextField()
    number = peewee.TextField(default='')
    valid_from = peewee.DateField(null=True)
    valid_to = peewee.DateField(null=True)
    is_active = peewee.BooleanField(default=True)
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant()
