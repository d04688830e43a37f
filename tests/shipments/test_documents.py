"""Packing and delivery slips: bilingual, without prices, the same bytes each time."""

import pytest

from tests.conftest import Api
from tests.paper import text
from tests.shipping import sell, ship


@pytest.mark.parametrize(
    ('kind', 'words'),
    [
        ('packing-slip', ['Bordereau d’emballage Packing slip', 'À emballer', 'STOCK']),
        ('delivery-slip', ['Bon de livraison / Delivery slip', 'Reliquat', 'Signature', 'ACME']),
    ],
)
def test_says_what_goes_in_both_languages(shop: Api, kind: str, words: list[str]) -> None:
    made = ship(shop, sell(shop, ('A-1', 4), ('B-1', 5)), instructions='Sonner deux fois')
    path = f'/shipments/{made["id"]}/{kind}?lang=fr+en'.replace('+', '%2B')
    answer = shop.get(path)
    assert (answer.status_code, answer.headers['content-type']) == (200, 'application/pdf')
    assert answer.headers['content-language'] == 'fr, en'
    assert made['shipment_no'] in answer.headers['content-disposition']
    said = text(answer.content)
    for word in [*words, made['shipment_no'], 'A-1', 'B-1', 'Sonner deux fois']:
        assert word in said, word
    assert '9.00' not in said and '9,00' not in said  # no prices
    assert shop.get(path).content == answer.content


def test_in_one_language(shop: Api) -> None:
    made = ship(shop, sell(shop, ('A-1', 4)))
    answer = shop.get(f'/shipments/{made["id"]}/delivery-slip?lang=fr')
    assert answer.headers['content-language'] == 'fr'
    assert 'Delivery' not in text(answer.content)
    assert shop.get(f'/shipments/{made["id"]}/delivery-slip?lang=de').status_code == 422
    assert shop.get('/shipments/99/packing-slip').status_code == 404
