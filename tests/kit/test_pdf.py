"""Templates into PDF: the same bytes everywhere, data that stay data."""

import datetime as dt
import io
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pypdf
import pytest

from karvo.app import document_of
from karvo.kit import pdf
from tests import paper

DATE = dt.date(2026, 11, 20)
TEMPLATE = '#set text(font: "Source Sans 3")\n#let data = json("data.json")\n#data.name'
ONE = """
import datetime, hashlib, pathlib, sys
from karvo.kit import pdf
body = pdf.compile(pathlib.Path(sys.argv[1]), {'name': 'Côté'}, datetime.date(2026, 11, 20))
print(hashlib.sha256(body).hexdigest())
"""
LAZY = """
import sys
import karvo.app
karvo.app.create_app()
heavy = ('typst', 'stripe', 'holidays', 'phonenumbers', 'rapidfuzz', 'requests')
print([name for name in heavy if name in sys.modules])
"""


@pytest.fixture
def template(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / 'one.typ'
    path.write_text(TEMPLATE)
    return path


def run(*arguments: str) -> str:
    command = [sys.executable, '-c', *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class TestCompile:
    def test_equal_data_give_equal_bytes_in_every_process(self, template: pathlib.Path) -> None:
        assert run(ONE, str(template)) == run(ONE, str(template))
        first, second = (pdf.compile(template, {'name': 'Côté'}, DATE) for _ in range(2))
        assert first == second

    def test_the_date_is_the_documents(self, template: pathlib.Path) -> None:
        body = pdf.compile(template, {'name': 'x'}, DATE)
        made = pypdf.PdfReader(io.BytesIO(body)).metadata.creation_date
        assert made.date() == DATE

    @pytest.mark.parametrize(
        'name',
        [
            '#panic("no")',
            '$x^2$ and \\foo',
            '*bold* _slant_ `raw`',
            '"quoted" \'single\'',
            '@label <label> // not a comment /* nor this */',
            '#import "/etc/passwd": *',
            '= no heading - no list',
            '#sys.inputs ${x} {{x}} %s',
        ],
    )
    def test_whatever_a_name_holds_it_prints(self, template: pathlib.Path, name: str) -> None:
        assert paper.text(pdf.compile(template, {'name': name}, DATE)).strip() == name

    @pytest.mark.parametrize(
        'name',
        ['中文公司', 'شركة النور', '😀', '\u202eevil', '\x00\x07\x1b', '\ufffe', 'א', 'x' * 9999],
    )
    def test_no_character_fails(self, template: pathlib.Path, name: str) -> None:
        assert pdf.compile(template, {'name': name}, DATE).startswith(b'%PDF-')

    def test_the_writing_direction_cannot_be_turned(self, template: pathlib.Path) -> None:
        assert paper.text(pdf.compile(template, {'name': 'a\u202eb\x07c'}, DATE)).strip() == 'abc'

    def test_threads_do_not_mix(self, template: pathlib.Path) -> None:
        with ThreadPoolExecutor(8) as pool:
            names = [f'name {n}' for n in range(40)]
            bodies = list(pool.map(lambda name: pdf.compile(template, {'name': name}, DATE), names))
        assert [paper.text(body).strip() for body in bodies] == names

    def test_only_our_fonts_are_used(self, template: pathlib.Path) -> None:
        body = pdf.compile(template, {'name': 'a é œ № ∞ あ'}, DATE)
        page = pypdf.PdfReader(io.BytesIO(body)).pages[0]
        fonts = {
            str(font.get_object()['/BaseFont']) for font in page['/Resources']['/Font'].values()
        }
        assert all('SourceSans3' in name or 'NotoSansArabic' in name for name in fonts)


class TestDescription:
    def test_documents_are_binary_and_of_their_own_type(self) -> None:
        paths = document_of()['paths']
        binary = {'schema': {'type': 'string', 'format': 'binary'}}
        for path in ('/invoices/{id}/pdf', '/billing/credits/{id}/pdf'):
            good = paths[path]['get']['responses']['200']
            assert good['content'] == {'application/pdf': binary}
        good = paths['/customers/{id}/statement']['get']['responses']['200']['content']
        assert good['application/pdf'] == binary
        assert good['application/json']['schema'] == {'$ref': '#/components/schemas/Statement'}


class TestBreakable:
    def test_short_words_stay_as_they_are(self) -> None:
        assert pdf.breakable('CLN-5000 and more', 12) == 'CLN-5000 and more'

    def test_a_long_word_may_break_anywhere(self) -> None:
        assert pdf.breakable('abcdefg', 3) == 'abc\u200bdef\u200bg'
        assert pdf.breakable('中' * 5, 4) == '中中中中\u200b中'


class TestLazy:
    def test_a_started_web_process_has_no_heavy_library(self) -> None:
        assert run(LAZY) == '[]'
