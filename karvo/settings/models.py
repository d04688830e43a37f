"""One row per setting that differs from its default."""

import peewee

from karvo.kit.db import Model
from karvo.kit.columns import Json


class Setting(Model):
    """A name and its JSON value."""

    key = peewee.TextField(unique=True)
    value = Json()
