"""What the processes of one machine share: rate limits and the generation of the credentials."""

import functools

from karvo.config import config
from tenants.limits import Limits


@functools.cache
def limits() -> Limits:
    """This machine's limits, under the data folder."""
    folder = config.data_dir / 'run'
    folder.mkdir(parents=True, exist_ok=True)
    return Limits(folder / 'limits')


def invalidate() -> None:
    """Every process of this machine forgets the credentials it remembers."""
    limits().bump()
