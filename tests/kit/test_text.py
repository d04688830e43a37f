"""Text for searching (L-6)."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.kit.db import database
from karvo.kit.text import fold, folded_sql, like, searchable
from tests.conftest import Api


def test_accents_and_capitals_make_no_difference() -> None:
    assert fold('CÔTÉ', None, 'Straße', '') == fold('cote', 'STRASSE') == 'cote strasse'


@given(text=st.text(string.printable))
def test_plain_text_is_folded_as_it_is_beside_an_accent(text: str) -> None:
    assert fold('é' + text) == 'e' + fold('.' + text)[1:]


def test_ligatures_are_kept_and_spelt_out() -> None:
    assert searchable('Sœurs', None, 'Æ') == 'sœurs æ soeurs ae'
    assert searchable('Côté', 'B') == 'cote b'


def test_wildcards_and_blanks_round_it_mean_nothing() -> None:
    assert like(' 5_0 % \\ ') == r'5\_0 \% \\'
    assert like(' \t') == ''


@pytest.mark.parametrize(
    'name', ['Épicerie Côté', 'Co\u0302te\u0301', 'Sœurs Müller', 'Straße', 'ΆΛΦΑ', 'مُحَمَّد', 'ﬁn']
)
def test_names_are_folded_alike_by_the_database(api: Api, name: str) -> None:
    with api.company():
        row = database.run(f'SELECT {folded_sql("%(name)s::text")}', {'name': name}).fetchone()
    assert row is not None
    assert searchable(name).endswith(row[0])
