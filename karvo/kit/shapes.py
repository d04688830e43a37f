"""Bytes and query strings into structs; and, when that fails, every reason at once.

The quick path is one msgspec call. It stops at the first error, so a refusal costs a second, slow
pass over the raw body that names every field at fault.
"""

import contextlib
import datetime as dt
import functools
import re
import typing
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

import msgspec
from msgspec import UNSET

from karvo.kit.errors import Invalid, Malformed, Missing
from karvo.kit.fields import Bounds, plainly
from karvo.kit.hints import accepts_none, item_of, literals, parts, plain, struct_in
from karvo.kit.ids import LAST_ID
from karvo.kit.parameters import coerced, joined

T = typing.TypeVar('T')
NUL = b'\\u0000'
Problems = dict[str, str]
REQUIRED = 'is required'
UNREADABLE = 'Invalid JSON body passed.'
LAST_DIGITS = len(str(LAST_ID))


def decode_body(body: bytes, shape: type[T]) -> T:
    """The struct in a JSON body. Raises Malformed, Missing or Invalid.

    JSON that is no object counts as no parameters, as WordPress has it.
    """
    with contextlib.suppress(msgspec.DecodeError, RecursionError, ValueError, InvalidOperation):
        value: T = _decoder(typing.cast(typing.Any, shape)).decode(body or b'{}')
        if NUL not in body and _sound(value):
            return value
    try:
        values = coerced(_readable(body), shape)
        _refuse(values, shape)
        # What the quick path refused for its form alone (no object at all) is as good as empty.
        return _plain(msgspec.convert(values, shape, strict=False))
    except RecursionError as error:
        raise Malformed(UNREADABLE) from error


def decode_query(params: Mapping[str, typing.Any], shape: type[T]) -> T:
    """The struct in a query string; unknown parameters are ignored.

    Raises Missing, Invalid, or (nested too deep) Malformed.
    """
    try:
        return _decoded(params, shape)
    except RecursionError as error:
        raise Malformed(UNREADABLE) from error


def _decoded(params: Mapping[str, typing.Any], shape: type[T]) -> T:
    try:
        value = msgspec.convert(params, shape, strict=False)
    except msgspec.ValidationError:
        params = coerced(joined(params, shape), shape)
        _refuse(params, shape)
        value = msgspec.convert(params, shape, strict=False)
    if '\0' in ''.join(map(str, params.values())) or not _sound(value):
        _refuse(params, shape)
        return _plain(value)
    return value


def _plain(value: T) -> T:
    """Numbers within their bounds that are written too oddly for a column, written out."""
    for name in getattr(value, '__struct_fields__', ()):
        member = getattr(value, name)
        if isinstance(member, Decimal):
            msgspec.structs.force_setattr(typing.cast(typing.Any, value), name, plainly(member))
        for inner in member if isinstance(member, list) else [member]:
            _plain(inner)
    return value


def _sound(value: typing.Any) -> bool:
    return _is_sound(typing.cast(typing.Any, type(value)))(value)


def unknown_members(body: bytes, shape: type) -> list[str]:
    """Names in the body that the shape does not know (X-Ignored-Fields, G-10)."""
    known = set(shape.__struct_encode_fields__)  # type: ignore[attr-defined]
    try:
        names = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [name for name in names if name not in known]


@functools.cache
def _decoder(shape: type) -> msgspec.json.Decoder[typing.Any]:
    return msgspec.json.Decoder(shape, strict=False)


def _exact(number: str) -> int | Decimal | str:
    """One whose exponent no decimal can have stays the text it is, which is no number."""
    try:
        value = Decimal(number)
    except InvalidOperation:
        return number
    is_small = not value or value.adjusted() < LAST_DIGITS and abs(value) <= LAST_ID
    return int(value) if is_small and value == value.to_integral_value() else value


_untyped = msgspec.json.Decoder(float_hook=_exact)


def _readable(body: bytes) -> dict[str, typing.Any]:
    try:
        value = _untyped.decode(body.decode() or '{}')
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise Malformed(UNREADABLE) from error
    return value if isinstance(value, dict) else {}


def check_shape(value: msgspec.Struct) -> None:
    """Hold a struct that no request was decoded into against its own hints.

    Raises Missing or Invalid naming every field at fault: too long, out of bounds, with a NUL.
    """
    values = msgspec.to_builtins(value)
    with contextlib.suppress(msgspec.ValidationError):
        if _sound(msgspec.convert(values, type(value), strict=False)) and not _holds_nul(values):
            return
    _refuse(values, type(value))


def _refuse(values: Mapping[str, typing.Any], shape: type) -> None:
    """Raises the refusal; returns only when nothing is wrong with the values."""
    problems = explain(values, shape)
    absent = {name: why for name, why in problems.items() if why == REQUIRED}
    if absent and len(absent) == len(problems):
        raise Missing(_sentence(absent), fields=absent)
    if problems:
        raise Invalid(_sentence(problems), fields=problems)


def _sentence(problems: Problems) -> str:
    return '; '.join(f'{name} {why}' for name, why in problems.items())


def explain(values: Mapping[str, typing.Any], shape: type) -> Problems:
    """{wire name: what is wrong} for every member, nested ones as `lines[0].qty`."""
    problems: Problems = {}
    hints = typing.get_type_hints(shape, include_extras=True)
    required = {f.encode_name for f in msgspec.structs.fields(shape) if f.required}
    for field, name in zip(shape.__struct_fields__, shape.__struct_encode_fields__, strict=True):  # type: ignore[attr-defined]
        if name in values:
            problems |= _problems(values[name], hints[field], name, name in required)
        elif name in required:
            problems[name] = REQUIRED
    return problems


def _problems(value: typing.Any, hint: typing.Any, path: str, is_required: bool) -> Problems:
    if value is None and is_required and not accepts_none(hint):
        return {path: REQUIRED}
    inner = struct_in(hint)
    if inner and isinstance(value, dict):
        nested = explain(value, inner)
        return {f'{path}.{name}': why for name, why in nested.items()}
    item = item_of(hint)
    if item is not None and isinstance(value, list):
        found = (_problems(v, item, f'{path}[{n}]', True) for n, v in enumerate(value))
        problems = {k: v for problem in found for k, v in problem.items()}
        return problems or _form_problem(value, hint, path)
    return _scalar_problem(value, hint, path)


def _scalar_problem(value: typing.Any, hint: typing.Any, path: str) -> Problems:
    if _holds_nul(value) and not _is_unread(hint):
        return {path: 'must not hold the NUL character'}
    return _form_problem(value, hint, path)


def _form_problem(value: typing.Any, hint: typing.Any, path: str) -> Problems:
    try:
        converted = msgspec.convert(value, hint, strict=False)
    except (msgspec.ValidationError, ValueError, OverflowError) as error:
        return {path: _wording(hint, str(error))}
    bounds = _bounds_in(hint)
    if bounds and isinstance(converted, Decimal) and (why := bounds.problem(converted)):
        return {path: why}
    return {}


def _is_unread(hint: typing.Any) -> bool:
    """Whether it is held against a shape of its own later: `Meta(extra={'unread': True})`."""
    metas = typing.get_args(hint)[1:] if typing.get_origin(hint) is typing.Annotated else ()
    return any(isinstance(m, msgspec.Meta) and (m.extra or {}).get('unread') for m in metas)


def _holds_nul(value: typing.Any) -> bool:
    if isinstance(value, str):
        return '\0' in value
    if isinstance(value, dict):
        return any(_holds_nul(k) or _holds_nul(v) for k, v in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))


_WORDS = {
    Decimal: 'must be a number',
    int: 'must be a whole number',
    bool: 'must be true or false',
    str: 'must be text',
    dt.date: 'must be a date like 2026-11-20',
    dt.datetime: 'must be a time like 2026-11-20T14:03:11Z',
    list: 'must be a list',
    dict: 'must be an object',
}


def _wording(hint: typing.Any, reason: str) -> str:
    if bound := _BOUND.search(reason):
        return _bound_wording(bound['what'], bound['side'], bound['limit'])
    if 'matching regex' in reason:
        return 'has the wrong form'
    if 'enum' in reason:
        allowed = literals(hint)
        return f'must be one of {", ".join(map(str, allowed))}' if allowed else 'is unknown'
    kinds = [plain(part) for part in parts(hint)]
    return next((_WORDS[kind] for kind in kinds if kind in _WORDS), reason)


_BOUND = re.compile(r'`(?P<what>\w+)`( of length)? (?P<side>[<>]=) (?P<limit>-?\d+)')


def _bound_wording(what: str, side: str, limit: str) -> str:
    word = 'at most' if side == '<=' else 'at least'
    unit = {'str': ' characters', 'array': ' items', 'object': ' members'}.get(what)
    return f'must have {word} {limit}{unit}' if unit else f'must be {word} {limit}'


def _bounds_in(hint: typing.Any) -> Bounds | None:
    if typing.get_origin(hint) is typing.Annotated:
        metas = typing.get_args(hint)[1:]
        return next((m.extra['bounds'] for m in metas if _has_bounds(m)), None)
    found = (_bounds_in(arg) for arg in typing.get_args(hint))
    return next((bounds for bounds in found if bounds), None)


def _has_bounds(meta: typing.Any) -> bool:
    return bool(isinstance(meta, msgspec.Meta) and meta.extra and 'bounds' in meta.extra)


Check = Callable[[typing.Any], bool]


@functools.cache
def _is_sound(shape: type) -> Check:
    """A quick test of the decimals in a struct (msgspec cannot bound them itself)."""
    hints = typing.get_type_hints(shape, include_extras=True)
    checks = [(name, check) for name, hint in hints.items() if (check := _check_of(hint))]

    def is_sound(value: typing.Any) -> bool:
        for name, check in checks:
            member = getattr(value, name)
            if member is not None and member is not UNSET and not check(member):
                return False
        return True

    return is_sound


def _check_of(hint: typing.Any) -> Check | None:
    item = item_of(hint)
    if item is not None:
        inner = _check_of(item)
        return (lambda values: all(map(inner, values))) if inner else None
    struct = struct_in(hint)
    if struct is not None:
        sound = _is_sound(struct)
        if len(parts(hint)) == 1:
            return sound
        # A text may stand in its place.
        return lambda value: not isinstance(value, struct) or sound(value)
    bounds = _bounds_in(hint)
    return bounds.holds if bounds else None
