"""Parameters as PHP reads them, and lists where a struct wants lists."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.kit.errors import Malformed
from karvo.kit.parameters import coerced, form_as_json, parts_as_json, query_members
from karvo.kit.shapes import decode_body, decode_query
from tests.wordpress.conftest import exchange


class Item(msgspec.Struct):
    """A line."""

    sku: str = ''
    codes: list[int] = []


class Shape(msgspec.Struct):
    """One of each."""

    name: str = ''
    tags: list[str] = []
    either: str | list[str] = ''
    items: list[Item] = []
    count: int = 0


class TestNames:
    def test_a_query_is_read_as_was_measured(self) -> None:
        measured = exchange('07_method_override', 'query arrays')
        query = measured['request']['path'].partition('?')[2]
        assert query_members(query) == measured['response']['body']['query']

    @pytest.mark.parametrize(
        ('query', 'members'),
        [
            ('a=1&a=2', {'a': '2'}),
            ('a[]=1&a[]=2', {'a': ['1', '2']}),
            ('a[0][b]=1&a[1][b]=2', {'a': [{'b': '1'}, {'b': '2'}]}),
            ('a[x][]=1&a[x][]=2', {'a': {'x': ['1', '2']}}),
            ('a=1&a[b]=2', {'a': {'b': '2'}}),
            ('a[b]=2&a=1', {'a': '1'}),
            ('a[5]=1', {'a': {'5': '1'}}),
            ('a', {'a': ''}),
            ('[a]=1&=2', {}),
            ('a' + '[b]' * 15 + '=1', None),
            ('a' + '[b]' * 16 + '=1', {}),
        ],
    )
    def test_brackets(self, query: str, members: dict | None) -> None:
        found = query_members(query)
        assert found == members if members is not None else 'a' in found

    @given(st.text(alphabet='a[]=&01%5B', max_size=60))
    def test_any_text_is_read(self, text: str) -> None:
        assert isinstance(query_members(text), dict)
        assert form_as_json(text.encode()).startswith(b'{')


class TestParts:
    def parts(self, disposition: bytes, text: bytes, more: bytes = b'') -> bytes:
        head = b'Content-Disposition: form-data; name=' + disposition + more
        body = b'--Xy7\r\n' + head + b'\r\n\r\n' + text + b'\r\n--Xy7--\r\n'
        return parts_as_json(body, 'multipart/form-data; boundary=Xy7')

    def test_texts_by_their_names(self) -> None:
        assert self.parts(b'"a[b]"', 'é'.encode()) == '{"a":{"b":"é"}}'.encode()

    @pytest.mark.parametrize(
        ('name', 'text', 'charset'),
        [
            (b'"a"', rb'\ud800', b'unicode_escape'),
            (b'"a"', b'\xff', b'utf-8'),
            (b'"a"', b'x', b'no-such'),
            (b'"a"', b'x', b'rot13'),
            (b'"\xff\xfe"', b'x', b'utf-8'),
        ],
    )
    def test_what_is_no_text_is_refused(self, name: bytes, text: bytes, charset: bytes) -> None:
        with pytest.raises(Malformed):
            self.parts(name, text, b'\r\nContent-Type: text/plain; charset=' + charset)


class TestLists:
    @pytest.mark.parametrize(
        ('given', 'read'),
        [
            ({'tags': 'a, b'}, {'tags': ['a', 'b']}),
            ({'tags': ' '}, {'tags': []}),
            ({'tags': {'2': 'a', '7': 'b'}}, {'tags': ['a', 'b']}),
            ({'tags': {'x': 'a'}}, {'tags': {'x': 'a'}}),
            ({'either': 'a,b'}, {'either': 'a,b'}),
            ({'items': {'3': {'codes': '1,2'}}}, {'items': [{'codes': ['1', '2']}]}),
            ({'items': 'a,b'}, {'items': 'a,b'}),
            ({'name': ['a']}, {'name': ['a']}),
            ({'unknown': 'a,b', 'count': '1,2'}, {'unknown': 'a,b', 'count': '1,2'}),
        ],
    )
    def test_only_where_they_are_wanted(self, given: dict, read: dict) -> None:
        assert coerced(given, Shape) == read

    def test_bodies_and_queries_come_out_typed(self) -> None:
        body = decode_body(
            b'{"tags": "a,b", "items": {"0": {"codes": "1,2"}}, "count": "3"}', Shape
        )
        assert (body.tags, body.items[0].codes, body.count) == (['a', 'b'], [1, 2], 3)
        query = decode_query({'name': ['a', 'b'], 'tags': 'a', 'count': '3'}, Shape)
        assert (query.name, query.tags, query.count) == ('a,b', ['a'], 3)
