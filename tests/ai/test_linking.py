"""Names in questions: typing errors, parts, ambiguity, companies with very many of them."""

import pytest

from karvo.ai import reads
from karvo.ai.lexicon import the_lexicon
from karvo.ai.linking import Candidate, exact, index_of, similar
from karvo.ai.reads import read_names
from karvo.ai.schemas import Name
from karvo.ai.text import words_of
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from tests.ai.arithmetic import DATA
from tests.conftest import Api
from tests.invoicing import created

NAMES = [Name('customer', c['code'], c['name']) for c in DATA['customers']]
NAMES += [Name('product', p['sku'], p['name']) for p in DATA['products']]
NAMES += [Name('city', c['city'], c['city']) for c in DATA['customers']]
INDEX = index_of(NAMES)
RIGHT = [
    ('pharmacie moro', 'PMOR01'), ('clinique st-luc', 'CSTL01'), ('hotel belvedere', 'HBEL01'),
    ('Acme', 'ACME01'), ('acme distribution', 'ACME01'), ('obrien and sons', 'OBRI01'),
    ("o'brien", 'OBRI01'), ('ecole les erables', 'ECOL01'), ('epicerie bobien', 'BEAU01'),
    ('universite de lestrie', 'UNSH01'), ('transport rivar', 'TRAN01'), ('garage lemieu', 'GARA01'),
    ('fresh & co', 'FRES01'), ('cln-5000', 'CLN-5000'), ('pap ht12', 'PAP-HT12'),
    ('nitrile glove', 'SAF-GLOV'), ('calgary beef', 'CALB01'), ('boulangerie cote', 'BOUL01'),
    ('aerotech', 'AERO01'), ('masks', 'SAF-MASK'),
]  # fmt: skip


def linked(text: str) -> list[Candidate]:
    words = words_of(text)
    found = exact(words, INDEX, the_lexicon().words)
    if not found:
        found = similar(words, [True] * len(words), INDEX)
    return found[0].candidates if found else []


class TestLinks:
    @pytest.mark.parametrize(('text', 'key'), RIGHT)
    def test_despite_errors(self, text: str, key: str) -> None:
        assert linked(text)[0].keys == (key,)

    def test_a_word_of_two_names_is_both(self) -> None:
        assert {one.keys[0] for one in linked('Nordik')} == {'NORC01', 'NORH01'}

    @pytest.mark.parametrize('text', ['weather', 'zorglub', 'tomorrow', 'president', 'hockey'])
    def test_not_what_is_no_name(self, text: str) -> None:
        assert linked(text) == []

    def test_spellings_that_differ_in_accents_are_one_city(self) -> None:
        index = index_of([Name('city', one, one) for one in ('Montréal', 'Montreal', 'MONTRÉAL')])
        found = exact(['montreal'], index, ())
        assert found[0].candidates[0].keys == ('Montréal', 'Montreal', 'MONTRÉAL')


class TestReadNames:
    def test_of_very_many_only_those_alike_are_read(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for n in range(4):
            created(api, customer_code=f'C{n}', customer_name=f'Client number {n}')
        created(api, customer_code='PMOR01', customer_name='Pharmacie Moreau')
        monkeypatch.setattr(reads, 'MOST', 3)
        with api.company():
            actor = system_actor('test', current_place())
            index = read_names('How much did pharmaci moreau buy?', actor)
            assert ('customer', 'PMOR01') in index.labels
            assert ('customer', 'C1') not in index.labels
            assert ('customer', 'PMOR01') not in read_names('Top customers this year', actor).labels
