"""What is announced when books do not hold together."""

from karvo.kit.events import Event


class IntegrityFailed(Event, frozen=True):
    """The nightly check found problems: `object` is {"problems": [text, …], "count": n}."""

    name = 'integrity.failed'
    resource = 'integrity'
