"""`_links` of records and `_embedded`: what a record is linked with, and that itself.

Links are given when asked for (`_embed`, `_links`, or `_fields` that names `_links`): records of
hot reads are written by PostgreSQL and pass through unread otherwise. What is embedded is fetched
for a whole page at once, so a list of 100 costs as many statements as a list of 1.
"""

import string
import typing
import urllib.parse
from collections.abc import Callable

import msgspec

from karvo.kit import selection
from karvo.kit.selection import Members

MOST_PAGES = 10  #: of what is embedded in one answer: 1,000 records

#: path below the namespace, with its query → a page's rows and how many pages there are; None when
#: the caller may not read it
Fetch = Callable[[str], tuple[list[bytes], int] | None]
Row = dict[str, typing.Any]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """What a record points at. Paths are below the namespace, `{name}` is a member of it."""

    rel: str
    href: str
    is_many: bool = False  #: the href answers a list
    #: the record may hold the linked rows itself; a list does when its `include` says so
    member: str = ''
    #: the list that answers for many records at once; `{ids}` are their `key`s. '' = not embedded
    batch: str = ''
    key: str = 'id'
    match: str = 'id'  #: where a row of that list holds the key: `id`, `allocations.invoice_id`


class Links(msgspec.Struct, frozen=True, kw_only=True):
    """Links of one kind of record, which lies at `{collection}/{id}`."""

    collection: str
    links: tuple[Link, ...] = ()

    def sections(self, rels: set[str]) -> list[str]:
        """Members that a list must include for what is to be embedded."""
        return [link.member for link in self.links if link.member and _is_asked(link, rels)]


class Linker(msgspec.Struct, frozen=True, kw_only=True):
    """Adds links to the records of one answer."""

    links: Links
    base: str  #: `https://erp.example/wp-json/se-erp/v2`
    allow: list[str]  #: what the caller may do with such a record
    fetch: Fetch

    def linked(self, body: bytes, rels: set[str] | None, borrowed: list[str]) -> bytes:
        """The answer with `_links`, and with `_embedded` for these rels (empty: all; None: none).

        `borrowed` are members that were read for the embedding only.
        """
        body = body.lstrip()
        if body[:1] == b'[':
            return _list(self._rows(selection.items(body), rels, borrowed))
        if body[:1] != b'{':
            return body
        if not selection.is_envelope(body):
            return self._rows([msgspec.Raw(body)], rels, borrowed)[0]
        envelope = selection.members(body)
        rows = self._rows(selection.items(envelope['data']), rels, borrowed)
        return selection.encode({**envelope, 'data': msgspec.Raw(_list(rows))})

    def _rows(
        self, rows: list[msgspec.Raw], rels: set[str] | None, borrowed: list[str]
    ) -> list[bytes]:
        records = [selection.members(row) for row in rows]
        for record in records:
            if 'id' in record:
                record['_links'] = msgspec.Raw(selection.encode(self._links_of(record)))
        if rels is not None:
            self._embed(records, rels)
        for record in records:
            for name in borrowed:
                record.pop(name, None)
        return [selection.encode(record) for record in records]

    def _links_of(self, record: Members) -> dict[str, typing.Any]:
        collection = self.base + self.links.collection
        found: dict[str, typing.Any] = {
            'self': [
                {
                    'href': f'{collection}/{_value(record["id"])}',
                    'targetHints': {'allow': self.allow},
                }
            ],
            'collection': [{'href': collection}],
        }
        for link in self.links.links:
            href = _filled(link.href, record)
            if href is None:
                continue
            is_embeddable = bool(link.batch) or link.member in record
            shown = {'embeddable': True} if is_embeddable else {}
            found[link.rel] = [{**shown, 'href': self.base + href}]
        return found

    def _embed(self, records: list[Members], rels: set[str]) -> None:
        embedded: list[dict[str, typing.Any]] = [{} for _ in records]
        for link in self.links.links:
            if not _is_asked(link, rels):
                continue
            for holder, record, rows in zip(
                embedded, records, self._linked_rows(link, records), strict=True
            ):
                if rows is None or _filled(link.href, record) is None:
                    continue
                if link.is_many:
                    holder[link.rel] = [msgspec.Raw(_list(rows))]
                elif rows:
                    holder[link.rel] = [msgspec.Raw(rows[0])]
        for holder, record in zip(embedded, records, strict=True):
            if holder:
                record['_embedded'] = msgspec.Raw(selection.encode(holder))

    def _linked_rows(self, link: Link, records: list[Members]) -> list[list[bytes] | None]:
        """For each record what it is linked with; None where that cannot be had."""
        if link.member:
            held = (record.get(link.member) for record in records)
            return [[bytes(i) for i in selection.items(raw)] if raw else None for raw in held]
        keys = [_value(record[link.key]) if link.key in record else None for record in records]
        asked = list(dict.fromkeys(key for key in keys if key is not None))
        rows = self._batch(link, asked) if link.batch and asked else None
        if rows is None:
            return [None] * len(records)
        found: dict[typing.Any, list[bytes]] = {}
        for row in rows:
            for key in _values_at(msgspec.json.decode(row), link.match.split('.')):
                found.setdefault(key, []).append(row)
        return [None if key is None else found.get(key, []) for key in keys]

    def _batch(self, link: Link, keys: list[typing.Any]) -> list[bytes] | None:
        path = link.batch.replace('{ids}', urllib.parse.quote(','.join(map(str, keys))))
        rows: list[bytes] = []
        for page in range(1, MOST_PAGES + 1):
            answer = self.fetch(f'{path}&per_page=100&page={page}')
            if answer is None:
                return None
            rows += answer[0]
            if page >= answer[1]:
                break
        return rows


def rels_asked(given: typing.Any) -> set[str]:
    """The rels of `_embed`; empty for all of them (`_embed`, `_embed=1`, `_embed=true`)."""
    names = set(selection.names_in(given))
    return set() if names <= {'1', 'true'} else names


def _is_asked(link: Link, rels: set[str]) -> bool:
    return (not rels or link.rel in rels) and bool(link.batch or link.member)


def _value(raw: msgspec.Raw) -> typing.Any:
    return msgspec.json.decode(raw)


def _filled(template: str, record: Members) -> str | None:
    """The path with the record's members in it; None when it lacks one."""
    names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    values = {name: _value(record[name]) for name in names if name in record}
    if any(values.get(name) is None for name in names):
        return None
    return template.format_map({n: urllib.parse.quote(str(v), safe='') for n, v in values.items()})


def _values_at(row: typing.Any, path: list[str]) -> set[typing.Any]:
    if isinstance(row, list):
        return {value for item in row for value in _values_at(item, path)}
    if not path:
        return {row}
    return _values_at(row.get(path[0]), path[1:]) if isinstance(row, dict) else set()


def _list(rows: list[bytes]) -> bytes:
    return b'[%b]' % b','.join(rows)
