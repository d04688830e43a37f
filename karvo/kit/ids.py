"""The names of a row besides its id: `uid` (UUID v7) and `key` (12 base62); names of requests.

They are drawn from the system's generator a thousand bytes at a time; what credentials are made of
one by one. Names of requests only tell one from the other: anybody may guess them.
"""

import os
import random
import string
import threading
import time
import uuid
from collections.abc import Callable

BASE62 = string.digits + string.ascii_letters
LAST_ID = 2**63 - 1  #: the largest bigint
DRAWN = 1024  #: bytes


class _Drawn(threading.local):
    """Random bytes that this thread has not used yet."""

    rest = b''


_drawn = _Drawn()
os.register_at_fork(after_in_child=lambda: setattr(_drawn, 'rest', b''))


def _random(count: int) -> bytes:
    """So many bytes. Asking the system each time lets other threads run, and costs their turn."""
    if len(_drawn.rest) < count:
        _drawn.rest = os.urandom(DRAWN)
    found, _drawn.rest = _drawn.rest[:count], _drawn.rest[count:]
    return found


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562 §5.7): 48 bits of milliseconds, then random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(_random(10), 'big')
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def random_key() -> str:
    """The key of a row: 12 base62 characters."""
    return _base62(12, _random)


def secret_key(length: int) -> str:
    """Base62 characters that nothing else in this process has ever held."""
    return _base62(length, os.urandom)


def _base62(length: int, draw: Callable[[int], bytes]) -> str:
    """Every character equally likely: of 256 values, those from 248 = 4 × 62 up are cast."""
    text = ''
    while len(text) < length:
        text += ''.join([BASE62[value % 62] for value in draw(length + 4) if value < 248])
    return text[:length]


def random_id() -> int:
    """A number of 63 bits that nothing else holds, larger than any id that is given out."""
    return int.from_bytes(_random(8), 'big') >> 2 | 1 << 62


def request_id() -> str:
    """Names one request in answers and logs."""
    return f'{random.getrandbits(64):016x}'


def event_id() -> str:
    """`evt_…`, unique, in order of time, of [A-Za-z0-9_] only."""
    return f'evt_{uuid7().hex}'
