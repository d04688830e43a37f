"""The pages' words: the same in both languages, and all of them used."""

import pathlib
import re

from tenants.wordpress import pages
from tenants.wordpress.words import ENGLISH, FRENCH

SOURCES = pathlib.Path(pages.__file__).parent


def test_both_languages_say_the_same():
    assert ENGLISH.keys() == FRENCH.keys()
    same = {name for name in ENGLISH if ENGLISH[name] == FRENCH[name]}
    assert same == set()


def test_every_word_is_said_somewhere():
    files = [*SOURCES.glob('templates/*.html'), *SOURCES.glob('*.py')]
    text = '\n'.join(file.read_text() for file in files if file.name != 'words.py')
    assert {name for name in ENGLISH if not re.search(rf'\b{name}\b', text)} == set()


def test_no_template_runs_a_script_or_loads_anything():
    for file in SOURCES.glob('templates/*'):
        assert not re.search(r'<script|\bon\w+=|url\(|@import|https?:|src=', file.read_text()), file
