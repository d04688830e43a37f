"""What the processes of one machine share: rate limits and the generation of the credentials."""

import functools
import threading

from karvo.config import config
from tenants.limits import Limits

_making = threading.Lock()


def limits() -> Limits:
    """This machine's limits, under the data folder."""
    with _making:  # locks of two objects would not keep this process's threads apart
        return _limits()


@functools.cache
def _limits() -> Limits:
    folder = config.data_dir / 'run'
    folder.mkdir(parents=True, exist_ok=True)
    return Limits(folder / 'limits')


def invalidate() -> None:
    """Every process of this machine forgets the credentials it remembers."""
    limits().bump()
