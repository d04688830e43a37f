"""`_fields`: an answer cut down to the members asked for; values stay as they were written.

On a single record and on each row of a JSON array the names are members, nested ones with a point
(`title.rendered`, `lines.sku`); where a member is a list, each of its items is cut down.

On our list envelope WordPress knows only the envelope's own members. Its clients, though, think in
rows (`wp.invoices().param('_fields', 'id,invoice_no')`), and node-wpapi and api-fetch read
the totals from headers or from the envelope. So: when every name is one of the envelope, bare or
with what lies below it (`total,page`, `data.id`), it is what WordPress answers. As soon as one name
is not, all names mean members of the rows, and the envelope stays whole.
"""

import typing

import msgspec

DEEPEST = 16  #: levels of a name; what is deeper counts as the level above
ENVELOPE = frozenset({'data', 'total', 'page', 'per_page', 'total_pages'})

#: {member: what is wanted of it}; None is all of it
Wanted = dict[str, typing.Any]
Members = dict[str, msgspec.Raw]

_members = msgspec.json.Decoder(Members)
_items = msgspec.json.Decoder(list[msgspec.Raw])
members = _members.decode
items = _items.decode
encode = msgspec.json.encode


def names_in(given: typing.Any) -> list[str]:
    """The names of a comma list, or of `_fields[]=a&_fields[]=b`."""
    texts = given if isinstance(given, list) else [given]
    parts = [part.strip() for text in texts for part in str(text).split(',')]
    return [part for part in parts if part]


def select(body: bytes, names: list[str]) -> bytes:
    """The JSON with the named members only; as it is when nothing is named."""
    if not names:
        return body
    if is_envelope(body) and any(name.split('.')[0] not in ENVELOPE for name in names):
        rows = {f'data.{name}' for name in names if name.split('.')[0] != 'data'}
        below = {name for name in names if name.startswith('data.')}
        names = [*sorted(ENVELOPE - {'data'}), *rows, *below]
    return _cut(body, _wanted(names))


def is_envelope(body: bytes) -> bool:
    """Whether it is a page of a list in our own form."""
    return body[:1] == b'{' and members(body).keys() >= ENVELOPE


def _wanted(names: list[str]) -> Wanted:
    found: Wanted = {}
    for name in names:
        *above, last = name.split('.', DEEPEST)
        inside: typing.Any = found
        for part in above:
            inside = inside.setdefault(part, {})
            if inside is None:  # all of it is wanted already
                break
        if inside is not None:
            inside[last] = None
    return found


def _cut(body: bytes, wanted: Wanted) -> bytes:
    body = body.lstrip()
    if body[:1] == b'[':
        return b'[%b]' % b','.join(_cut(bytes(item), wanted) for item in items(body))
    if body[:1] != b'{':
        return body
    kept = {name: raw for name, raw in members(body).items() if name in wanted}
    for name, inner in wanted.items():
        if inner is not None and name in kept:
            kept[name] = msgspec.Raw(_cut(bytes(kept[name]), inner))
    return encode(kept)
