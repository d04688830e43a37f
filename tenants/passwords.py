"""Which passwords a person may choose (V2-8)."""

import functools
import importlib.resources

from karvo.kit.errors import invalid
from tenants.wp_hashes import PHP_BLANKS

SHORTEST = 10
LIST = 'common_passwords.txt'


def check_password(password: str) -> None:
    """At least ten characters, none of the common ones, letter case aside. Raises Invalid.

    Blanks around it do not count: they are no part of a password (as in WordPress).
    """
    counted = password.strip(PHP_BLANKS)
    if len(counted) < SHORTEST:
        raise invalid(password=f'must have at least {SHORTEST} characters')
    if counted.lower() in common_passwords() or len(set(counted)) == 1:
        raise invalid(password='is one of those that everybody tries first')


@functools.cache
def common_passwords() -> frozenset[str]:
    """Those of the list that are long enough to be chosen, in lower case; its source is in it."""
    text = importlib.resources.files('tenants').joinpath(LIST).read_text(encoding='utf-8')
    return frozenset(line for line in text.splitlines() if not line.startswith('# '))
