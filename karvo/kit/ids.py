"""The names of a row besides its id: `uid` (UUID v7) and `key` (12 base62); names of requests.

They are drawn from the system's generator a thousand bytes at a time; what credentials are made of
one by one. Names of requests only tell one from the other: anybody may guess them.
"""

import io
import os
import random
import string
import threading
import time
import uuid
from collections.abc import Callable

BASE62 = string.digits + string.ascii_letters
#: Of 256 values those from 248 = 4 × 62 up are cast, so that every character is equally likely.
_LETTERS = bytes(ord(BASE62[value % 62]) for value in range(256))
_CAST = bytes(range(248, 256))
LAST_ID = 2**63 - 1  #: the largest bigint
DRAWN = 1024  #: bytes


class _Drawn(threading.local):
    """Random bytes that this thread has not used yet."""

    rest = io.BytesIO()


_drawn = _Drawn()
os.register_at_fork(after_in_child=lambda: setattr(_drawn, 'rest', io.BytesIO()))


def _random(count: int) -> bytes:
    """So many bytes. Asking the system each time lets other threads run, and costs their turn."""
    found = _drawn.rest.read(count)
    if len(found) < count:
        _drawn.rest = io.BytesIO(os.urandom(DRAWN))
        return _drawn.rest.read(count)
    return found


_GIVEN = (0xF << 76) | (0x3 << 62)  #: where the version and the variant of a UUID are
_VERSION_7 = (0x7 << 76) | (0x2 << 62)


def _uuid7() -> int:
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | int.from_bytes(_random(10), 'big')
    return value & ~_GIVEN | _VERSION_7


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562 §5.7): 48 bits of milliseconds, then random bits."""
    return uuid.UUID(int=_uuid7())


def uid() -> str:
    """The text of one."""
    text = f'{_uuid7():032x}'
    return f'{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}'


def random_key() -> str:
    """The key of a row: 12 base62 characters."""
    return _base62(12, _random)


def secret_key(length: int) -> str:
    """Base62 characters that nothing else in this process has ever held."""
    return _base62(length, os.urandom)


def _base62(length: int, draw: Callable[[int], bytes]) -> str:
    text = b''
    while len(text) < length:
        text += draw(length + 4).translate(_LETTERS, _CAST)
    return text[:length].decode()


def random_id() -> int:
    """A number of 63 bits that nothing else holds, larger than any id that is given out."""
    return int.from_bytes(_random(8), 'big') >> 2 | 1 << 62


def request_id() -> str:
    """Names one request in answers and logs."""
    return random.randbytes(8).hex()


def event_id() -> str:
    """`evt_…`, unique, in order of time, of [A-Za-z0-9_] only."""
    return f'evt_{_uuid7():032x}'
