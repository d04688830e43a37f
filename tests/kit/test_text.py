"""Text for searching (L-6)."""

import string

from hypothesis import given
from hypothesis import strategies as st

from karvo.kit.text import fold


def test_accents_and_capitals_make_no_difference() -> None:
    assert fold('CÔTÉ', None, 'Straße', '') == fold('cote', 'STRASSE') == 'cote strasse'


@given(text=st.text(string.printable))
def test_plain_text_is_folded_as_it_is_beside_an_accent(text: str) -> None:
    assert fold('é' + text) == 'e' + fold('.' + text)[1:]
