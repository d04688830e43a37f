"""PHP's serialized values as plain data. A strict reader: nothing is made, called or guessed.

Objects, enums and references are refused, since no value that WordPress keeps of its people needs
them. Depth and length are bounded, every stated length is held to what is there.
"""

import re
import typing

Key = int | bytes
Value = None | bool | int | float | bytes | dict[Key, 'Value']

MOST_BYTES = 1 << 20
MOST_DEPTH = 16
SCALAR = re.compile(
    rb'N;|b:([01]);|i:([+-]?[0-9]{1,19});'
    rb'|d:([+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?(?:E[+-]?[0-9]{1,3})?|INF)|NAN);'
)
STRING = re.compile(rb's:([0-9]{1,7}):"')
ARRAY = re.compile(rb'a:([0-9]{1,7}):\{')


class Unreadable(ValueError):
    """It is no serialized value that may be read."""


def unserialize(raw: bytes) -> Value:
    """The value; strings are bytes, arrays dicts in their order. Raises Unreadable, no other."""
    if len(raw) > MOST_BYTES:
        raise Unreadable(f'longer than {MOST_BYTES} bytes')
    value, end = _value(raw, 0, 0)
    if end != len(raw):
        raise Unreadable(f'something follows the value at byte {end}')
    return value


def _value(raw: bytes, at: int, depth: int) -> tuple[Value, int]:
    """The value that begins there and the byte behind it."""
    if found := SCALAR.match(raw, at):
        return _scalar(found), found.end()
    if raw.startswith(b's:', at):
        return _string(raw, at)
    if found := ARRAY.match(raw, at):
        if depth == MOST_DEPTH:
            raise Unreadable(f'nested deeper than {MOST_DEPTH}')
        return _array(raw, int(found[1]), found.end(), depth + 1)
    what = WORDS.get(raw[at : at + 2], 'no value')
    raise Unreadable(f'{what} at byte {at}')


WORDS = {
    b'O:': 'an object',
    b'C:': 'an object',
    b'E:': 'an enum',
    b'R:': 'a reference',
    b'r:': 'a reference',
    b'a:': 'a broken array',
    b'S:': 'an escaped string',
}


def _scalar(found: re.Match[bytes]) -> Value:
    if found[1]:
        return found[1] == b'1'
    if found[2]:
        return int(found[2])
    return float(found[3]) if found[3] else None


def _string(raw: bytes, at: int) -> tuple[bytes, int]:
    found = STRING.match(raw, at)
    if not found:
        raise Unreadable(f'a broken string at byte {at}')
    end = found.end() + int(found[1])
    if raw[end : end + 2] != b'";':
        raise Unreadable(f'a string at byte {at} that is not as long as it says')
    return raw[found.end() : end], end + 2


def _array(raw: bytes, count: int, at: int, depth: int) -> tuple[dict[Key, Value], int]:
    items: dict[Key, Value] = {}
    for _ in range(count):
        key, at = _value(raw, at, MOST_DEPTH)  # a key holds no array
        if isinstance(key, bool) or not isinstance(key, int | bytes) or key in items:
            raise Unreadable(f'a wrong or repeated key before byte {at}')
        items[key], at = _value(raw, at, depth)
    if raw[at : at + 1] != b'}':
        raise Unreadable(f'an array that is not as long as it says, at byte {at}')
    return items, at + 1


def as_text(value: Value) -> str:
    """A string that PHP stored, '' for anything else. Raises Unreadable unless it is UTF-8."""
    if not isinstance(value, bytes):
        return ''
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unreadable('a text that is not UTF-8') from None


def as_list(value: Value) -> list[typing.Any]:
    """The members of an array, whatever its keys; [] for anything else."""
    return list(value.values()) if isinstance(value, dict) else []
