"""How customers fared when it was last looked at, and how the chance of loss was fitted."""

import peewee

from karvo.customers.models import Party
from karvo.kit.columns import Instant
from karvo.kit.db import Model


class CustomerHealth(Model):
    """One row a customer, refreshed each night; `changed_on`: when label or risk last changed."""

    party = peewee.ForeignKeyField(Party, unique=True)
    score = peewee.IntegerField(null=True)
    label = peewee.TextField()
    risk = peewee.TextField(null=True)
    probability = peewee.DecimalField(max_digits=6, decimal_places=4, null=True)
    as_of = peewee.DateField()
    changed_on = peewee.DateField()
    updated_at = Instant()


class HealthCalibration(Model):
    """A fit of k to `outcomes` customers on days past; the latest counts."""

    fitted_on = peewee.DateField(unique=True)
    k = peewee.DecimalField(max_digits=6, decimal_places=4)
    outcomes = peewee.IntegerField()
    brier = peewee.DecimalField(max_digits=6, decimal_places=4)
    created_at = Instant()
