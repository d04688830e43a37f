"""What the processes of one machine share: rate limits and the generation of the credentials."""

import threading

from karvo.config import config
from tenants.limits import Limits

_opening = threading.Lock()
_opened: Limits | None = None


def limits() -> Limits:
    """This machine's limits, under the data folder."""
    return _opened or _open()


def _open() -> Limits:
    global _opened
    with _opening:  # locks of two objects would not keep this process's threads apart
        if _opened is None:
            folder = config.data_dir / 'run'
            folder.mkdir(parents=True, exist_ok=True)
            _opened = Limits(folder / 'limits')
        return _opened


def invalidate() -> None:
    """Every process of this machine forgets the credentials it remembers."""
    limits().bump()
