"""One row per setting that differs from its default."""

import peewee

from karvo.kit.columns import Json
from karvo.kit.db import Model


class Setting(Model):
    """A name and its JSON value."""

    key = peewee.TextField(unique=True)
    value = Json()
