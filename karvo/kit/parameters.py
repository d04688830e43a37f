"""Parameters as PHP clients write them: bracketed names, form bodies, lists as `a,b`.

Everything here is for requests that were not JSON of the right types to begin with; those never
come this way.
"""

import io
import re
import typing
import urllib.parse
from collections.abc import Iterable, Mapping

import falcon
import msgspec
from falcon.media.multipart import MultipartFormHandler

from karvo.kit import hints
from karvo.kit.errors import Malformed

FORM = 'application/x-www-form-urlencoded'
MULTIPART = 'multipart/form-data'
DEEPEST = 16  #: levels of brackets; PHP drops what is nested deeper than its own limit, 64
BRACKETS = re.compile(r'\[([^\[\]]*)\]')

Members = dict[str, typing.Any]


def form_as_json(body: bytes) -> bytes:
    """A form body as the JSON object that it stands for; every value is still text."""
    text = body.decode('utf-8', 'replace')
    return msgspec.json.encode(nested(urllib.parse.parse_qsl(text, keep_blank_values=True)))


def parts_as_json(body: bytes, content_type: str) -> bytes:
    """The same of a multipart form: its texts; files are left out. Raises Malformed."""
    try:
        form = MultipartFormHandler().deserialize(io.BytesIO(body), content_type, len(body))
        pairs = [(part.name or '', part.get_text() or '') for part in form if not part.filename]
        return msgspec.json.encode(nested(pairs))
    except (falcon.HTTPError, UnicodeError) as error:
        # Names that are no UTF-8, and halves of characters, which some charsets can say.
        raise Malformed('The form cannot be read.') from error


def query_members(query: str) -> Members:
    """`a[]=1&a[]=2&b[c]=3` as {'a': ['1', '2'], 'b': {'c': '3'}}."""
    return nested(urllib.parse.parse_qsl(query, keep_blank_values=True))


def nested(pairs: Iterable[tuple[str, str]]) -> Members:
    """PHP's reading of names: `tags[]`, `lines[0][sku]`; the last of several wins."""
    found: Members = {}
    for name, value in pairs:
        head, _, rest = name.partition('[')
        parts = BRACKETS.findall('[' + rest) if rest else []
        if head and len(parts) < DEEPEST:
            _put(found, [head, *parts], value)
    return {name: _listed(value) for name, value in found.items()}


def _put(members: Members, path: list[str], value: str) -> None:
    for part in path[:-1]:
        part = part or _next(members)
        inner = members.get(part)
        if not isinstance(inner, dict):
            inner = members[part] = {}
        members = inner
    members[path[-1] or _next(members)] = value


def _next(members: Members) -> str:
    """What `[]` stands for: the number that follows the last one, as far as that is simple."""
    number = len(members)
    while str(number) in members:
        number += 1
    return str(number)


def _listed(value: typing.Any) -> typing.Any:
    """Members counted from 0 without a gap are a list, as where PHP writes JSON."""
    if not isinstance(value, dict):
        return value
    members = {name: _listed(inner) for name, inner in value.items()}
    is_list = all(name == str(n) for n, name in enumerate(members))
    return list(members.values()) if is_list else members


def coerced(values: Mapping[str, typing.Any], shape: type) -> Members:
    """The values with lists where the struct wants lists, as WordPress would read them.

    `"a,b"` → two items; numbered members (`{"0": …, "2": …}`) → a list. Nothing else changes:
    numbers and booleans in texts are read without help.
    """
    wanted = typing.get_type_hints(shape, include_extras=True)
    names = zip(shape.__struct_fields__, shape.__struct_encode_fields__, strict=True)  # type: ignore[attr-defined]
    known = {wire: wanted[field] for field, wire in names}
    return {name: _fit(v, known[name]) if name in known else v for name, v in values.items()}


def _fit(value: typing.Any, hint: typing.Any) -> typing.Any:
    item = hints.item_of(hint)
    if item is not None:
        return _fit_list(value, hint, item)
    struct = hints.struct_in(hint)
    if value == [] and (struct or any(hints.plain(part) is dict for part in hints.parts(hint))):
        return {}  # PHP has one empty array for both; a client sends back so what it was given
    if struct is not None:
        return coerced(value, struct) if isinstance(value, dict) else value
    return value


def _fit_list(value: typing.Any, hint: typing.Any, item: typing.Any) -> typing.Any:
    may_be_text = any(hints.plain(part) is str for part in hints.parts(hint))
    if isinstance(value, str) and not may_be_text and hints.struct_in(item) is None:
        value = [part.strip() for part in value.split(',')] if value.strip() else []
    value = _numbered(value)
    return [_fit(one, item) for one in value] if isinstance(value, list) else value


def joined(values: Mapping[str, typing.Any], shape: type) -> Members:
    """Of a query: several values for what is one text become `a,b`, as filters are written."""
    wanted = typing.get_type_hints(shape, include_extras=True)
    return {
        name: _join(value) if name in wanted and _is_text(wanted[name]) else value
        for name, value in values.items()
    }


def _join(value: typing.Any) -> typing.Any:
    items = _numbered(value)
    return ','.join(map(str, items)) if isinstance(items, list) else value


def _numbered(value: typing.Any) -> typing.Any:
    """Members that only have numbers are a list, gaps or not."""
    is_numbered = isinstance(value, dict) and all(name.isdigit() for name in value)
    return list(value.values()) if is_numbered else value


def _is_text(hint: typing.Any) -> bool:
    kinds = [hints.plain(part) for part in hints.parts(hint)]
    return str in kinds and list not in kinds
