"""PHP's serialized values: what is read, and what is refused."""

import math
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.php import MOST_BYTES, MOST_DEPTH, Unreadable, as_list, as_text, unserialize


def serialize(value: object) -> bytes:
    """As PHP writes it; independent of the reader."""
    if value is None:
        return b'N;'
    if isinstance(value, bool):
        return b'b:%d;' % value
    if isinstance(value, int):
        return b'i:%d;' % value
    if isinstance(value, float):
        return b'd:%s;' % repr(value).replace('e', 'E').replace('inf', 'INF').encode()
    if isinstance(value, bytes):
        return b's:%d:"%s";' % (len(value), value)
    assert isinstance(value, dict)
    items = b''.join(serialize(k) + serialize(v) for k, v in value.items())
    return b'a:%d:{%s}' % (len(value), items)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.binary(max_size=30)
    | st.floats(min_value=-9984, max_value=9984, width=16)
)
values = st.recursive(
    scalars,
    lambda inner: st.dictionaries(st.integers(0, 99) | st.binary(max_size=9), inner, max_size=4),
    max_leaves=20,
)


class TestRead:
    @pytest.mark.parametrize(
        'raw, value',
        [
            (b'N;', None),
            (b'b:1;', True),
            (b'i:-12;', -12),
            (b'd:0.5;', 0.5),
            (b'd:1.0E+25;', 1e25),
            (b'd:-INF;', -math.inf),
            (b's:0:"";', b''),
            (b's:6:"it\'s";";', b'it\'s";'),
            ('s:6:"éàô";'.encode(), 'éàô'.encode()),
            (b'a:1:{s:6:"editor";b:1;}', {b'editor': True}),
            (b'a:2:{i:0;a:0:{}i:1;N;}', {0: {}, 1: None}),
        ],
    )
    def test_what_php_writes(self, raw, value):
        found = unserialize(raw)
        assert (found, type(found)) == (value, type(value))

    @given(values)
    def test_every_value_comes_back(self, value):
        try:
            assert unserialize(serialize(value)) == value
        except Unreadable as error:
            assert 'nested' in str(error)

    def test_order_of_an_array_is_kept(self):
        raw = serialize({b'z': 1, b'a': 2, 5: 3})
        assert list(unserialize(raw)) == [b'z', b'a', 5]

    def test_members_and_texts(self):
        assert as_list(unserialize(b'a:2:{i:7;s:1:"a";s:1:"k";i:2;}')) == [b'a', 2]
        assert (as_list(b'text'), as_text(3), as_text('é'.encode())) == ([], '', 'é')
        with pytest.raises(Unreadable, match='UTF-8'):
            as_text(b'\xe9')


class TestRefused:
    @pytest.mark.parametrize(
        'raw, why',
        [
            (b'O:8:"stdClass":0:{}', 'an object'),
            (b'C:3:"Foo":2:{ab}', 'an object'),
            (b'a:1:{i:0;O:8:"stdClass":0:{}}', 'an object'),
            (b'E:7:"Suit:Ok";', 'an enum'),
            (b'a:2:{i:0;i:1;i:1;R:2;}', 'a reference'),
            (b'a:2:{i:0;i:1;i:1;r:2;}', 'a reference'),
            (b'S:1:"\\41";', 'escaped'),
            (b's:3:"ab";', 'not as long'),
            (b's:1:"ab";', 'not as long'),
            (b's:9999999:"ab";', 'not as long'),
            (b's:-1:"ab";', 'broken string'),
            (b's:99999999999:"ab";', 'broken string'),
            (b'a:2:{i:0;i:1;}', 'no value'),
            (b'a:0:{i:0;i:1;}', 'not as long'),
            (b'a:9999999:{}', 'no value'),
            (b'a:-1:{}', 'broken array'),
            (b'a:1:{b:1;i:1;}', 'key'),
            (b'a:1:{N;i:1;}', 'key'),
            (b'a:1:{d:1.5;i:1;}', 'key'),
            (b'a:1:{a:0:{}i:1;}', 'nested'),
            (b'a:2:{i:0;i:1;i:0;i:2;}', 'repeated'),
            (b'i:1;i:2;', 'follows'),
            (b'N;\n', 'follows'),
            (b'b:2;', 'no value'),
            (b'i:99999999999999999999;', 'no value'),
            (b'i:1_0;', 'no value'),
            ('i:٣;'.encode(), 'no value'),
            (b'd:nan;', 'no value'),
            (b'', 'no value'),
            (b'editor', 'no value'),
        ],
    )
    def test_named(self, raw, why):
        with pytest.raises(Unreadable, match=why):
            unserialize(raw)

    def test_deeper_than_it_may_be(self):
        inner = b'N;'
        for _ in range(MOST_DEPTH):
            inner = b'a:1:{i:0;' + inner + b'}'
        unserialize(inner)
        with pytest.raises(Unreadable, match='nested'):
            unserialize(b'a:1:{i:0;' + inner + b'}')
        with pytest.raises(Unreadable, match='nested'):
            unserialize(b'a:1:{i:0;' * 100_000)

    def test_longer_than_it_may_be(self):
        room = MOST_BYTES - len(b's:1048000:"";')
        assert unserialize(serialize(b'x' * (room - 1000)))
        with pytest.raises(Unreadable, match='longer'):
            unserialize(serialize(b'x' * MOST_BYTES))

    @given(values, st.data())
    def test_cut_off_anywhere(self, value, data):
        raw = serialize(value)
        with pytest.raises(Unreadable):
            unserialize(raw[: data.draw(st.integers(0, len(raw) - 1))])

    @given(st.binary(max_size=60) | st.text('abdiNsO:;{}"0123456789', max_size=60).map(str.encode))
    def test_anything_is_read_or_refused(self, raw):
        try:
            unserialize(raw)
        except Unreadable as error:
            assert set(str(error)) <= set(string.printable)
