"""Which events a webhook wants: patterns of types, conditions on the body. Pure functions."""

import re
import typing
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import msgspec
from msgspec import UNSET

from karvo.kit.errors import Invalid
from karvo.webhooks.schemas import EventFilter

ROOTS = ('object', 'previous_attributes', 'type')
SEGMENT = re.compile(r'[A-Za-z0-9_]{1,64}')
DEEPEST = 10  #: segments of a path
MOST_VALUES = 100  #: of `in`
LONGEST_VALUE = 1000
ABSENT: typing.Any = object()

#: Numbers of a body as they are written, not as floats.
exact = msgspec.json.Decoder(float_hook=Decimal).decode
Body = dict[str, typing.Any]


def families(names: Iterable[str]) -> set[str]:
    """`invoice.*` for each `invoice.…`."""
    return {f'{name.split(".")[0]}.*' for name in names}


def check_patterns(patterns: Sequence[str], names: typing.Collection[str]) -> list[str]:
    """The patterns without doubles; raises Invalid, naming what no event is called."""
    known = {'*', *names, *families(names)}
    unknown = {f'events[{n}]': p for n, p in enumerate(patterns) if p not in known}
    if unknown:
        fields = {field: f'is unknown: {pattern}' for field, pattern in unknown.items()}
        raise Invalid('; '.join(f'{f} {why}' for f, why in fields.items()), fields=fields)
    return list(dict.fromkeys(patterns))


def wants(patterns: Iterable[str], name: str) -> bool:
    """Whether one of the patterns stands for this type of event."""
    family = f'{name.split(".")[0]}.*'
    return any(pattern in ('*', name, family) for pattern in patterns)


def check_filters(filters: Sequence[EventFilter]) -> None:
    """Raises Invalid for a path that leads nowhere or a value that its operator cannot take."""
    problems = {}
    for n, one in enumerate(filters):
        if why := _path_problem(one.path):
            problems[f'filters[{n}].path'] = why
        if why := _value_problem(one):
            problems[f'filters[{n}].value'] = why
    if problems:
        raise Invalid('; '.join(f'{f} {why}' for f, why in problems.items()), fields=problems)


def _path_problem(path: str) -> str:
    root, *rest = path.split('.')
    if root not in ROOTS or (root == 'type') == bool(rest):
        return 'must be type, or begin with object. or previous_attributes.'
    if len(rest) > DEEPEST or not all(SEGMENT.fullmatch(part) for part in rest):
        return f'must be at most {DEEPEST} names of letters, digits and _, with points between'
    return ''


def _value_problem(one: EventFilter) -> str:
    value = one.value
    if one.op == 'exists':
        return '' if value is UNSET or isinstance(value, bool) else 'must be true or false'
    if value is UNSET:
        return 'is required'
    if one.op == 'in':
        if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
            return f'must be a list of 1 to {MOST_VALUES} values'
    elif isinstance(value, list):
        return 'must be a single value'
    if one.op in ('gt', 'gte', 'lt', 'lte') and (value is None or isinstance(value, bool)):
        return 'must be a number or text'
    if one.op == 'starts_with' and not isinstance(value, str):
        return 'must be text'
    values = value if isinstance(value, list) else [value]
    is_long = any(isinstance(v, str) and len(v) > LONGEST_VALUE for v in values)
    return f'must have at most {LONGEST_VALUE} characters' if is_long else ''


def passes(filters: Iterable[EventFilter], body: Body) -> bool:
    """Whether all conditions hold. `body` has the members of ROOTS, read by `exact`."""
    return all(_holds(one, _at(body, one.path)) for one in filters)


def _at(body: Body, path: str) -> typing.Any:
    value: typing.Any = body
    for part in path.split('.'):
        if isinstance(value, dict):
            value = value.get(part, ABSENT)
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            return ABSENT
    return value


def _holds(one: EventFilter, found: typing.Any) -> bool:
    if one.op == 'exists':
        return (found is not ABSENT) == (one.value is UNSET or one.value)
    if one.op == 'ne':
        return found is ABSENT or not _equal(found, one.value)
    return found is not ABSENT and _TESTS[one.op](found, one.value)


def _kind(value: typing.Any) -> tuple[str, typing.Any]:
    """A value with its JSON type: numbers exact and of one kind, true is not 1."""
    if isinstance(value, bool) or value is None:
        return 'constant', value
    if isinstance(value, float):
        return 'number', Decimal(repr(value))  # of a filter: as it was written, to 15 digits
    if isinstance(value, int | Decimal):
        return 'number', value
    return type(value).__name__, value


def _equal(found: typing.Any, wanted: typing.Any) -> bool:
    return _kind(found) == _kind(wanted)


def _ordered(test: Callable[[typing.Any, typing.Any], bool]) -> typing.Any:
    def compare(found: typing.Any, wanted: typing.Any) -> bool:
        (kind, left), (other, right) = _kind(found), _kind(wanted)
        return kind == other and kind in ('number', 'str') and test(left, right)

    return compare


def _contains(found: typing.Any, wanted: typing.Any) -> bool:
    if isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    return isinstance(found, list) and any(_equal(item, wanted) for item in found)


_TESTS: dict[str, Callable[[typing.Any, typing.Any], bool]] = {
    'eq': _equal,
    'in': lambda found, wanted: any(_equal(found, value) for value in wanted),
    'gt': _ordered(lambda left, right: left > right),
    'gte': _ordered(lambda left, right: left >= right),
    'lt': _ordered(lambda left, right: left < right),
    'lte': _ordered(lambda left, right: left <= right),
    'contains': _contains,
    'starts_with': lambda found, wanted: isinstance(found, str) and found.startswith(wanted),
}
