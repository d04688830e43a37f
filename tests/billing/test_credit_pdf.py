"""GET /billing/credits/{id}/pdf."""

import pytest

from tests.conftest import Api
from tests.paper import GST, QST, invoice, made, printed, text


@pytest.fixture
def credit(shop: Api) -> int:
    body = {'invoice_id': invoice(shop), 'amount': '50.00', 'reason': 'Marchandise brisée'}
    return made(shop, '/billing/credits', body)['id']


class TestCredit:
    def test_amounts_are_below_zero_and_the_invoice_is_named(self, shop: Api, credit: int) -> None:
        shown = text(printed(shop, f'/billing/credits/{credit}/pdf').content)
        for words in ('Note de crédit', 'CN-2026-0001', 'Facture d’origine INV-2026-0001'):
            assert words in shown
        for words in (f'TPS/GST {GST}', f'TVQ/QST {QST}', 'Marchandise brisée', 'Épicerie Côté'):
            assert words in shown
        for words in ('−50,00 $', '−2,50 $', '−4,99 $', 'Crédit total −57,49 $'):
            assert words in shown
        assert 'Appliqué 57,49 $ Crédit disponible 0,00 $' in shown

    def test_in_both_languages(self, shop: Api, credit: int) -> None:
        answer = printed(shop, f'/billing/credits/{credit}/pdf?lang=en')
        assert answer.headers['content-language'] == 'fr, en'
        assert answer.headers['content-disposition'] == 'inline; filename="CN-2026-0001.pdf"'
        shown = text(answer.content)
        for words in ('Note de crédit', 'Credit note', 'Original invoice', '−57,49 $', '−$57.49'):
            assert words in shown

    def test_one_with_lines_and_no_invoice_stays_open(self, shop: Api) -> None:
        line = {'description': 'Return', 'description_fr': 'Retour', 'qty': 2, 'unit_price': 10}
        body = {'customer_code': 'COTE', 'lines': [line], 'reason': 'Retour autorisé'}
        found = made(shop, '/billing/credits', body)['id']
        shown = text(printed(shop, f'/billing/credits/{found}/pdf').content)
        for words in ('Retour −2 unité 10,00 $ −20,00 $', 'Motif Retour autorisé'):
            assert words in shown
        assert 'Crédit disponible −23,00 $' in shown
        assert 'Facture d’origine' not in shown

    def test_unknown_foreign_bad(self, shop: Api, other: Api, credit: int) -> None:
        path = f'/billing/credits/{credit}/pdf'
        assert other.get(path).status_code == 404
        assert shop.get('/billing/credits/999999/pdf').status_code == 404
        assert shop.get(f'{path}?lang=xx').status_code == 422
        number = invoice(shop)
        assert shop.get(f'/billing/credits/{number}/pdf').status_code == 404
