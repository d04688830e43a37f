"""Words, amounts and dates of documents (L-1, L-4, L-5)."""

import datetime as dt
from decimal import Decimal as D

import pytest

from karvo.kit import words
from karvo.kit.errors import Invalid
from karvo.kit.words import BOTH, ENGLISH, FRENCH


class TestForm:
    @pytest.mark.parametrize('text', ['fr+en', 'fr en', 'fr-en', 'en+fr', 'en fr', 'FR+EN'])
    def test_both_are_french_first(self, text: str) -> None:
        assert words.form_named(text) == BOTH

    def test_one(self) -> None:
        assert (words.form_named('fr'), words.form_named('en')) == (FRENCH, ENGLISH)

    @pytest.mark.parametrize('text', ['', 'de', 'fr+fr', 'fr+en+de', 'fr,en', 'fr_CA', ' fr', '+'])
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(Invalid, match='lang must be'):
            words.form_named(text)


class TestGlossary:
    """L-5: what documents call things."""

    GLOSSARY = {
        'invoice': ('Facture', 'Invoice'),
        'credit_note': ('Note de crédit', 'Credit note'),
        'delivery_slip': ('Bon de livraison', 'Delivery slip'),
        'po_reference': ('Bon de commande', 'Purchase order'),
        'statement': ('Relevé de compte', 'Statement of account'),
        'due_date': ('Échéance', 'Due date'),
        'balance': ('Solde', 'Balance'),
        'paid': ('Payé', 'Paid'),
        'overdue': ('En souffrance', 'Overdue'),
        'qty_backordered': ('Reliquat', 'Backorder'),
        'warehouse': ('Entrepôt', 'Warehouse'),
    }

    def test_is_kept(self) -> None:
        assert {name: words.WORDS[name] for name in self.GLOSSARY} == self.GLOSSARY

    def test_every_word_is_there_in_both_languages(self) -> None:
        assert [name for name, pair in words.WORDS.items() if not all(pair)] == []
        holes = {name for name, (fr, en) in words.WORDS.items() if fr.count('{') != en.count('{')}
        assert holes == set()


class TestMoney:
    @pytest.mark.parametrize(
        ('amount', 'currency', 'french', 'english'),
        [
            ('1437.19', 'CAD', '1\xa0437,19\xa0$', '$1,437.19'),
            ('-1437.19', 'CAD', '\u22121\xa0437,19\xa0$', '\u2212$1,437.19'),
            ('0', 'CAD', '0,00\xa0$', '$0.00'),
            ('1234567.5', 'USD', '1\xa0234\xa0567,50\xa0$\xa0US', 'US$1,234,567.50'),
            ('25', 'AED', '25,00\xa0AED', 'AED\xa025.00'),
        ],
    )
    def test_amounts(self, amount: str, currency: str, french: str, english: str) -> None:
        assert words.money(D(amount), currency, 'fr') == french
        assert words.money(D(amount), currency, 'en') == english

    def test_prices_have_the_decimals_that_they_need(self) -> None:
        assert words.price(D('0.3525'), 'CAD', 'fr') == '0,3525\xa0$'
        assert words.price(D('0.3500'), 'CAD', 'en') == '$0.35'
        assert words.price(D('1234.505'), 'CAD', 'fr') == '1\xa0234,505\xa0$'

    def test_quantities_and_rates(self) -> None:
        assert words.number(D('2.5000'), 'fr') == '2,5'
        assert words.number(D('1E+3'), 'en') == '1,000'
        assert words.number(D('-50'), 'fr') == '\u221250'
        assert (words.percent(D('24'), 'fr'), words.percent(D('24'), 'en')) == ('24\xa0%', '24%')


class TestDay:
    def test_in_both_languages(self) -> None:
        assert words.day(dt.date(2026, 11, 20), 'fr') == '20 novembre 2026'
        assert words.day(dt.date(2026, 11, 20), 'en') == 'November 20, 2026'

    def test_the_first_of_a_month(self) -> None:
        assert words.day(dt.date(2026, 8, 1), 'fr') == '1er août 2026'
        assert words.day(dt.date(2026, 8, 11), 'fr') == '11 août 2026'


class TestWord:
    def test_equal_words_stand_once(self) -> None:
        assert words.word(BOTH, 'total') == ['Total']
        assert words.word(BOTH, 'due_date') == ['Échéance', 'Due date']

    def test_an_unknown_unit_stays_as_it_is(self) -> None:
        assert words.named(BOTH, 'palette') == ['palette']
        assert words.named(FRENCH, 'Unit') == ['unité']
