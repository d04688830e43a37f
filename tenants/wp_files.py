"""Where a site's rows come from: a MySQL dump (plain or gzip), or CSV of its two tables."""

import csv
import gzip
import pathlib
import typing
from collections.abc import Callable, Iterator

from karvo.kit.errors import Invalid
from tenants.dumps import MOST_VALUE, Row, Truncated, read_rows
from tenants.wp_people import DEFAULTS, Source

GZIP = b'\x1f\x8b'
NULLS = {'NULL', '\\N'}  #: as phpMyAdmin and MySQL write it


def source_of(path: pathlib.Path, usermeta: pathlib.Path | None = None) -> Source:
    """Rows of a dump, of a CSV file and a second one, or of a folder with both; raises Invalid."""
    if path.is_dir():
        path, usermeta = _only(path, 'users'), _only(path, 'usermeta')
    if path.suffix.lower() == '.csv':
        return _of_tables(path, usermeta)
    if usermeta is not None:
        raise Invalid('--usermeta goes with a CSV file: a dump holds both tables')
    return _of_dump(path)


def _only(folder: pathlib.Path, end: str) -> pathlib.Path:
    found = sorted(folder.glob(f'*{end}.csv'))
    if len(found) != 1:
        raise Invalid(f'{folder.name} needs one file *{end}.csv, it has {len(found)}')
    return found[0]


def _of_dump(path: pathlib.Path) -> Source:
    def rows(wanted: Callable[[str], bool]) -> Iterator[Row]:
        with _opened(path) as file:
            try:
                yield from read_rows(file, wanted, DEFAULTS)
            except (Truncated, EOFError, gzip.BadGzipFile) as error:
                raise Invalid(f'{path.name} is not whole: {error}') from None

    return rows


def _opened(path: pathlib.Path) -> typing.BinaryIO:
    with path.open('rb') as file:
        is_packed = file.read(2) == GZIP
    return typing.cast(typing.BinaryIO, gzip.open(path) if is_packed else path.open('rb'))


def _of_tables(users: pathlib.Path, usermeta: pathlib.Path | None) -> Source:
    prefix = users.stem.removesuffix('users') if users.stem.endswith('users') else ''
    files = {f'{prefix}usermeta': usermeta, f'{prefix}users': users}

    def rows(wanted: Callable[[str], bool]) -> Iterator[Row]:
        for table, path in files.items():
            if path is not None and wanted(table):
                yield from _of_table(path, table)

    return rows


def _of_table(path: pathlib.Path, table: str) -> Iterator[Row]:
    """The rows below the header, whose separator is whichever of comma, semicolon, tab it has."""
    csv.field_size_limit(MOST_VALUE)
    needed = {'user_login', 'user_pass', 'ID'}
    if table.endswith('usermeta'):
        needed = {'user_id', 'meta_key', 'meta_value'}
    with path.open(encoding='utf-8-sig', errors='surrogateescape', newline='') as file:
        header = file.readline()
        separator = max(',;\t', key=header.count)
        names = next(csv.reader([header], delimiter=separator), [])
        if not needed <= set(names):
            raise Invalid(f'{path.name} needs a header with {", ".join(sorted(needed))}')
        reader = csv.reader(file, delimiter=separator)
        yield from _records(path, table, names, reader)


def _records(path: pathlib.Path, table: str, names: list[str], reader: typing.Any) -> Iterator[Row]:
    line = 2  # below the header
    try:
        for values in reader:
            if len(values) != len(names):
                problem = f'{len(values)} values for {len(names)} columns'
                yield Row(table, line, {}, problem if values else 'an empty line')
            else:
                yield Row(table, line, dict(zip(names, map(_raw, values), strict=True)))
            line = reader.line_num + 2
    except csv.Error as error:
        raise Invalid(f'{path.name}, line {line}: {error}') from None


def _raw(text: str) -> bytes | None:
    return None if text in NULLS else text.encode('utf-8', 'surrogateescape')
