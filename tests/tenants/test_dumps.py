"""Rows out of MySQL dumps, wherever the chunks of the file end."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants import dumps
from tenants.dumps import Truncated, read_rows

DEFAULTS = {'users': ('ID', 'login')}
ESCAPES = {0: b'\\0', 10: b'\\n', 13: b'\\r', 26: b'\\Z', 34: b'\\"', 39: b"\\'", 92: b'\\\\'}


def rows(text, wanted=('wp_users',), defaults=DEFAULTS):
    raw = text.encode() if isinstance(text, str) else text
    return list(read_rows(io.BytesIO(raw), lambda table: table in wanted, defaults))


def values(text):
    return [tuple(row.values.values()) or row.problem for row in rows(text)]


def quoted(value):
    """As mysqldump writes it."""
    if value is None:
        return b'NULL'
    return b"'" + b''.join(ESCAPES.get(byte, bytes([byte])) for byte in value) + b"'"


class TestLiterals:
    @pytest.mark.parametrize(
        'written, value',
        [
            ("'plain'", b'plain'),
            ("''", b''),
            ("'it''s'", b"it's"),
            ("'it\\'s'", b"it's"),
            ('"a ""double"" one"', b'a "double" one'),
            ("'\\0\\b\\n\\r\\t\\Z\\%\\x'", b'\0\b\n\r\t\x1a%x'),
            ("_binary 'raw'", b'raw'),
            ("_utf8mb4'text'", b'text'),
            ('NULL', None),
            ('null', None),
            ('12', b'12'),
            ('-1.5e-3', b'-1.5e-3'),
            ('0x4B41', b'KA'),
            ("X'4b41'", b'KA'),
            ("'-- no comment # no /* none */ ; ( , )'", b'-- no comment # no /* none */ ; ( , )'),
            ("/* before */ 'x' -- behind\n", b'x'),
        ],
    )
    def test_read(self, written, value):
        assert values(f'INSERT INTO `wp_users` VALUES (1,{written});') == [(b'1', value)]

    @pytest.mark.parametrize(
        'written, problem',
        [
            ('NOW()', 'a value that is no literal'),
            ("concat('a','b')", 'a value that is no literal'),
            ('1+1', 'a value that is no literal'),
            ('', 'a value that is no literal'),
            ("'a' 'b'", 'a value that is no literal'),
            ("X'4'", 'a wrong hexadecimal value'),
            ("1,'c'", '3 values for 2 columns'),
            ("'" + 'x' * (dumps.MOST_VALUE + 1) + "'", 'a value longer than 1048576 bytes'),
        ],
    )
    def test_a_broken_row_does_not_disturb_the_next(self, written, problem):
        found = values(f"INSERT INTO `wp_users` VALUES (1,{written}),(2,'next');")
        assert found == [problem, (b'2', b'next')]


class TestStatements:
    @pytest.mark.parametrize(
        'head',
        [
            'INSERT INTO `wp_users` VALUES',
            'insert into wp_users values',
            'INSERT IGNORE INTO `shop`.`wp_users` VALUES',
            'INSERT LOW_PRIORITY INTO shop.wp_users VALUES',
            'REPLACE INTO `wp_users` (`ID`, `login`) VALUES',
            'INSERT INTO `wp_users` (ID,login) VALUE',
            '/* first */ INSERT -- second\n INTO `wp_users` # third\n VALUES',
        ],
    )
    def test_every_way_to_insert(self, head):
        assert values(f"{head} (1,'a'), (2,'b') ;") == [(b'1', b'a'), (b'2', b'b')]

    def test_columns_by_name_by_create_table_by_default(self):
        create = 'CREATE TABLE `wp_users` (\n  `login` text,\n  `ID` int,\n  KEY `k` (`ID`)\n);\n'
        by_name = 'INSERT INTO `wp_users` (`x`, `ID`) VALUES (1,2);'
        plain = 'INSERT INTO `wp_users` VALUES (1,2);'
        names = [list(row.values) for row in rows(plain + create + by_name + plain)]
        assert names == [['ID', 'login'], ['x', 'ID'], ['login', 'ID']]

    def test_what_follows_the_rows_is_passed_over(self):
        text = (
            "INSERT INTO `wp_users` VALUES (1,'a') ON DUPLICATE KEY UPDATE ID=VALUES(ID); SELECT 1;"
        )
        assert values(text) == [(b'1', b'a')]

    def test_inserts_without_values_are_told(self):
        text = 'INSERT INTO wp_users SET ID=1; INSERT INTO wp_users SELECT * FROM x;'
        assert values(text) == ['an INSERT without VALUES'] * 2

    def test_lines(self):
        text = (
            "-- one\n/* two\nthree */\nINSERT INTO `wp_x` VALUES ('five\n\n');\n"
            "INSERT INTO `wp_users` VALUES (1,'a\nb'),\n(2,\n'c');"
        )
        assert [row.line for row in rows(text)] == [7, 9]

    @pytest.mark.parametrize(
        'text',
        [
            "INSERT INTO `wp_users` VALUES (1,'a",
            "INSERT INTO `wp_users` VALUES (1,'a\\",
            "INSERT INTO `wp_users` VALUES (1,'a'",
            "INSERT INTO `wp_users` VALUES (1,'a')",
            'INSERT INTO `wp_x` VALUES (1',
            'CREATE TABLE `wp_x` (`a` int',
            '/* open',
        ],
    )
    def test_cut_off(self, text):
        with pytest.raises(Truncated, match='the file ends inside'):
            rows(text)

    def test_an_empty_file_and_one_of_comments(self):
        assert rows('') == rows('-- nothing') == rows('/* nothing */ ;;') == []


class TestChunks:
    @given(
        st.lists(st.tuples(st.none() | st.binary(max_size=12), st.binary(max_size=12)), max_size=6),
        st.integers(1, 40),
    )
    @settings(deadline=None, max_examples=150)
    def test_every_value_comes_back_wherever_the_chunks_end(self, written, chunk):
        listed = b',\n'.join(b'(' + quoted(a) + b',' + quoted(b) + b')' for a, b in written)
        other = b'INSERT INTO `wp_other` VALUES ' + listed + b';\n' if written else b''
        own = b"-- it's\nINSERT INTO `wp_users` VALUES " + listed + b';\n' if written else b''
        before, dumps.CHUNK = dumps.CHUNK, chunk
        try:
            found = values(other + own + other)
        finally:
            dumps.CHUNK = before
        assert found == [(a, b) for a, b in written]

    @given(st.binary(max_size=80) | st.text('INSERTO`wp_users VALUES(1,\'"\\);-/*#\n', max_size=80))
    @settings(deadline=None, max_examples=300)
    def test_anything_is_read_or_told(self, text):
        raw = text.encode() if isinstance(text, str) else text
        for given_text in (raw, b'INSERT INTO `wp_users` VALUES (' + raw):
            try:
                found = rows(given_text)
            except Truncated:
                continue
            assert all(row.problem or len(row.values) == 2 for row in found)

    def test_memory_stays_small_however_long_a_value_is(self):
        class Long(io.RawIOBase):
            """A statement of 64 MiB that is never in memory as a whole."""

            def __init__(self):
                self.left = [b"'x');"] + [b'y' * 2**20] * 64 + [b"INSERT INTO `wp_users` VALUES ('"]

            def read(self, _size=-1):
                return self.left.pop() if self.left else b''

        reader = dumps.Reader(Long())
        largest = 0
        more = reader.more

        def watched():
            nonlocal largest
            found = more()
            largest = max(largest, len(reader.buffer))
            return found

        reader.more = watched
        kinds = [reader.token().kind for _ in range(6)]
        assert kinds == ['word', 'word', 'name', 'word', '(', 'long']
        assert largest <= 3 * dumps.CHUNK
