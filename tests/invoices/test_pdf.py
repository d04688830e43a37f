"""GET /invoices/{id}/pdf: what it must print, in which languages, to whom."""

import re
import time

import pytest

from karvo.kit import db
from tests import paper
from tests.conftest import Api, wide_key
from tests.paper import GST, LINE, QST, invoice, made, pages, printed, text

PST = {'regime': 'pst_bc', 'number': 'PST-1234-5678', 'valid_from': '2020-01-01'}
ONTARIO = {'country': 'CA', 'province': 'ON', 'city': 'Toronto', 'address1': '1 Bay Street'}
#: T-7: no rate of a tax, in no way of writing it
RATES = re.compile(r'\b(5|9[.,]97\d*|14[.,]97\d*|13|15)\s*%')


@pytest.fixture
def shop(shop: Api) -> Api:
    return paper.furnished(shop)


@pytest.fixture
def number(shop: Api) -> int:
    """An invoice with everything on it."""
    ship_to = {'attention': 'Quai 3', 'line1': '900, rue des Entrepôts', 'city': 'Lévis'}
    lines = [LINE, LINE | {'sku': 'GLV', 'qty': '2.5', 'unit_price': '0.3525', 'uom': 'box'}]
    lines[1] |= {'description': 'Gloves', 'description_fr': 'Gants', 'discount_pct': 10}
    more = {'ship_to': ship_to, 'po_reference': 'PO-77', 'notes': 'Fragile'}
    found = invoice(shop, lines=lines, **more)
    paid = {'invoice_id': found, 'amount': '500.00', 'method': 'cheque'}
    made(shop, '/billing/payments', paid)
    return found


SELLER = ['Distribution Acme inc.', '1200, boulevard René-Lévesque Ouest', 'Montréal QC H3B 4W8']
SAID = SELLER + ['514 555-0100', 'facturation@acme.example', f'TPS/GST {GST}', f'TVQ/QST {QST}']
SAID += ['INV-2026-0001', 'Épicerie Côté', '45, rue Saint-Jean', 'Québec QC G1R 1N8', 'PO-77']
SAID += ['Quai 3', '900, rue des Entrepôts', 'CLN-5000', 'GLV', 'Fragile', 'TPS/GST', 'TVQ/QST']
FRENCH = ['Facture', 'Facturé à', 'Livré à', '20 novembre 2026', 'Échéance', '20 décembre 2026']
FRENCH += ['Modalités de paiement', 'Net 30 jours', 'Bon de commande', 'Nettoyant 5 L', 'Gants']
FRENCH += ['unité', 'boîte', '25,00 $', '0,3525 $', '10 %', '1 250,00 $', '0,79 $', 'Rabais']
FRENCH += ['−0,09 $', 'Sous-total', '1 250,79 $', '62,54 $', '124,77 $', '1 438,10 $', 'Payé']
FRENCH += ['−500,00 $', 'Solde à payer', '938,10 $', 'Page 1 de 1']
ENGLISH = ['Invoice', 'Bill to', 'Ship to', 'November 20, 2026', 'Due date', 'December 20, 2026']
ENGLISH += ['Payment terms', 'Net 30 days', 'Purchase order', 'Cleaner 5L', 'Gloves', 'unit']
ENGLISH += ['Discount', '−$0.09', 'Subtotal', '$1,250.79', '$62.54', '$124.77', '$1,438.10']
ENGLISH += ['Paid', '−$500.00', 'Balance due', '$938.10', 'Page 1 of 1']
ENGLISH_FIGURES = ['$25.00', '$0.3525', '10%', '$1,250.00', '$0.79']


class TestContent:
    def test_in_french(self, shop: Api, number: int) -> None:
        shown = text(printed(shop, f'/invoices/{number}/pdf?lang=fr').content)
        assert [words for words in SAID + FRENCH if words not in shown] == []
        assert 'Invoice' not in shown and 'Cleaner' not in shown

    def test_in_english(self, shop: Api, number: int) -> None:
        asked = {'language_choice_recorded_ref': 'e-mail of 2026-11-01'}
        assert shop.put(f'/customers/{shop.customer}', asked).status_code == 200
        shown = text(printed(shop, f'/invoices/{number}/pdf?lang=en').content)
        assert [words for words in SAID + ENGLISH + ENGLISH_FIGURES if words not in shown] == []
        assert 'Facture' not in shown and 'Nettoyant' not in shown

    def test_in_both_french_first(self, shop: Api, number: int) -> None:
        shown = text(printed(shop, f'/invoices/{number}/pdf?lang=fr%2Ben').content)
        assert [words for words in SAID + FRENCH + ENGLISH if words not in shown] == []
        pairs = [('Facture', 'Invoice'), ('Nettoyant', 'Cleaner'), ('Échéance', 'Due date')]
        for french, english in [*pairs, ('938,10 $', '$938.10'), ('Net 30 jours', 'Net 30 days')]:
            assert shown.index(french) < shown.index(english)

    @pytest.mark.parametrize('lang', ['fr', 'en', 'fr+en'])
    def test_no_rate_of_a_tax(self, shop: Api, lang: str) -> None:
        made(shop, '/settings/tax-registrations', PST)
        places = [{}, {'ship_to': ONTARIO}, {'ship_to': {'country': 'CA', 'province': 'BC'}}]
        labels = ['TVQ/QST', 'TVH/HST', 'TVP/PST']
        for place, label in zip(places, labels, strict=True):
            number = invoice(shop, **place)
            shown = text(printed(shop, f'/invoices/{number}/pdf?lang={lang}').content)
            assert label in shown
            assert RATES.findall(shown) == []

    def test_a_missing_number_is_said(self, shop: Api) -> None:
        for one in shop.get('/settings/tax-registrations').json['data']:
            shop.put(f'/settings/tax-registrations/{one["id"]}', {'number': ''})
        number = invoice(shop)
        path = f'/invoices/{number}/pdf?lang=fr%2Ben'
        missing = 'numéro d’inscription non fourni / registration number not provided'
        assert text(printed(shop, path).content).count(missing) == 2
        one = shop.get('/settings/tax-registrations').json['data'][0]
        shop.put(f'/settings/tax-registrations/{one["id"]}', {'number': '987654321RT0001'})
        shown = text(printed(shop, path).content)
        assert '987654321RT0001' in shown and shown.count(missing) == 1

    def test_what_the_document_stored_not_what_changed_since(self, shop: Api, number: int) -> None:
        before = printed(shop, f'/invoices/{number}/pdf').content
        shop.put(f'/customers/{shop.customer}', {'name': 'New name', 'address1': 'New street'})
        one = shop.get('/settings/tax-registrations').json['data'][0]
        shop.put(f'/settings/tax-registrations/{one["id"]}', {'number': '987654321RT0001'})
        assert printed(shop, f'/invoices/{number}/pdf').content == before

    def test_interest_only_where_it_was_agreed(self, shop: Api) -> None:
        path = f'/customers/{shop.customer}'
        assert shop.put(path, {'interest_rate_annual': 24}).status_code == 200
        assert 'Intérêt' not in text(printed(shop, f'/invoices/{invoice(shop)}/pdf').content)
        assert shop.put(path, {'interest_agreed_on': '2026-01-01'}).status_code == 200
        shown = text(printed(shop, f'/invoices/{invoice(shop)}/pdf?lang=fr+en').content)
        assert '24 % par an (2 % par mois), selon notre entente du 1er janvier 2026' in shown
        assert '24% per year (2% per month), as agreed on January 1, 2026' in shown

    def test_says_where_prices_hold_the_taxes(self, shop: Api, number: int) -> None:
        path = f'/invoices/{invoice(shop, prices_include_tax=True)}/pdf?lang=fr+en'
        shown = text(printed(shop, path).content)
        assert '25,00 $ 1 087,19 $' in shown
        assert 'Les prix unitaires comprennent les taxes.' in shown
        assert 'Unit prices include the taxes.' in shown
        plain = text(printed(shop, f'/invoices/{number}/pdf?lang=fr+en').content)
        assert 'comprennent' not in plain and 'include' not in plain

    @pytest.mark.parametrize(
        ('terms', 'words'),
        [('NET37', 'Net 37 jours'), ('COD', 'Paiement à la livraison'), ('EOM', 'Fin de mois')],
    )
    def test_terms_of_payment(self, shop: Api, terms: str, words: str) -> None:
        shown = text(printed(shop, f'/invoices/{invoice(shop, payment_terms=terms)}/pdf').content)
        assert f'Modalités de paiement {words}' in shown

    def test_an_amount_without_lines_says_what_it_is_for(self, shop: Api) -> None:
        number = invoice(shop, lines=[], subtotal=100)
        shown = text(printed(shop, f'/invoices/{number}/pdf').content)
        assert 'Biens et services' in shown and '114,98 $' in shown

    def test_written_off_and_credited(self, shop: Api, number: int) -> None:
        credit = {'invoice_id': number, 'amount': '100.00', 'reason': 'damaged'}
        made(shop, '/billing/credits', credit)
        shop.post(f'/invoices/{number}/write-off', {'reason': 'bankrupt'})
        shown = text(printed(shop, f'/invoices/{number}/pdf').content)
        for words in ('Payé −500,00 $', 'Crédité −114,98 $', 'Radié −823,12 $', 'à payer 0,00 $'):
            assert words in shown

    def test_a_products_french_name_where_the_english_one_was_sent(self, shop: Api) -> None:
        made(shop, '/products', {'sku': 'P', 'name_en': 'Mop', 'name_fr': 'Vadrouille'})
        lines = [{'sku': 'P', 'description': 'Mop', 'unit_price': 1}]
        lines.append({'sku': 'P', 'description': 'Mop, blue', 'unit_price': 1})
        shown = text(printed(shop, f'/invoices/{invoice(shop, lines=lines)}/pdf').content)
        assert shown.count('Vadrouille') == shown.count('Mop, blue') == shown.count('Mop') == 1


class TestMarks:
    def test_a_draft(self, shop: Api) -> None:
        number = invoice(shop, status='draft')
        answer = printed(shop, f'/invoices/{number}/pdf?lang=fr+en')
        assert 'Brouillon / Draft' in text(answer.content)
        name = f'inline; filename="draft-{number}.pdf"'
        assert answer.headers['content-disposition'] == name

    def test_a_void_one(self, shop: Api) -> None:
        number = invoice(shop)
        shop.put(f'/invoices/{number}', {'status': 'void', 'void_reason': 'twice'})
        shown = text(printed(shop, f'/invoices/{number}/pdf').content)
        assert 'ANNULÉE' in shown and 'VOID' not in shown and 'INV-2026-0001' in shown

    def test_a_posted_one_has_none(self, shop: Api, number: int) -> None:
        shown = text(printed(shop, f'/invoices/{number}/pdf?lang=fr+en').content)
        assert not {'Brouillon', 'Draft', 'ANNULÉE', 'VOID'} & set(shown.split())


class TestLanguage:
    """L-1."""

    def languages(self, api: Api, number: int, query: str = '') -> str:
        return printed(api, f'/invoices/{number}/pdf{query}').headers['content-language']

    def test_a_document_has_its_own(self, shop: Api, number: int) -> None:
        assert self.languages(shop, number) == 'fr'

    def test_english_alone_is_not_for_quebec(self, shop: Api, number: int) -> None:
        assert self.languages(shop, number, '?lang=en') == 'fr, en'
        english = invoice(shop, language='en')
        assert self.languages(shop, english) == 'fr, en'

    def test_nor_for_a_customer_without_an_address(self, shop: Api) -> None:
        made(shop, '/customers', {'name': 'Nowhere', 'code': 'NOWHERE'})
        number = invoice(shop, customer_code='NOWHERE')
        assert self.languages(shop, number, '?lang=en') == 'fr, en'

    @pytest.mark.parametrize('place', [ONTARIO, {'country': 'US'}, {'province': 'NB'}])
    def test_outside_quebec_it_is(self, shop: Api, place: dict[str, str]) -> None:
        made(shop, '/customers', {'name': 'Far', 'code': 'FAR', 'language': 'en'} | place)
        number = invoice(shop, customer_code='FAR')
        assert self.languages(shop, number) == 'en'
        assert self.languages(shop, number, '?lang=fr') == 'fr'

    def test_with_a_recorded_request_until_it_is_taken_back(self, shop: Api, number: int) -> None:
        path = f'/customers/{shop.customer}'
        chosen = shop.put(path, {'language_choice_recorded_ref': 'letter 12'}).json
        assert chosen['language_choice_recorded_at'].startswith('20')
        assert chosen['language_choice_recorded_by']
        assert self.languages(shop, number, '?lang=en') == 'en'
        again = shop.put(path, {'language_choice_recorded_ref': 'letter 12', 'phone': '1'}).json
        names = ['language_choice_recorded_at', 'language_choice_recorded_by']
        assert [again[name] for name in names] == [chosen[name] for name in names]
        back = shop.put(path, {'language_choice_recorded_ref': None}).json
        assert [back[name] for name in names] == [None, None]
        assert self.languages(shop, number, '?lang=en') == 'fr, en'

    @pytest.mark.parametrize('lang', ['fr+en', 'fr%2Ben', 'fr-en', 'en+fr', 'fr%20en'])
    def test_both_in_every_spelling(self, shop: Api, number: int, lang: str) -> None:
        assert self.languages(shop, number, f'?lang={lang}') == 'fr, en'

    @pytest.mark.parametrize('lang', ['', 'de', 'fr,en', 'english'])
    def test_another_is_refused(self, shop: Api, number: int, lang: str) -> None:
        answer = shop.get(f'/invoices/{number}/pdf?lang={lang}')
        assert answer.status_code == 422
        assert answer.json['data']['params'] == {'lang': 'must be fr, en or fr+en'}


class TestLongAndOdd:
    @pytest.mark.wall_clock
    def test_675_lines_have_a_heading_on_every_page(self, shop: Api) -> None:
        lines = [
            {'sku': f'SKU-{n:04}', 'description': f'Article {n}', 'qty': n % 9 + 1, 'unit_price': n}
            for n in range(675)
        ]
        number = invoice(shop, lines=lines)
        start = time.monotonic()
        found = pages(printed(shop, f'/invoices/{number}/pdf').content)
        assert time.monotonic() - start < 15
        assert len(found) > 10
        for at, page in enumerate(found, 1):
            assert 'Prix unitaire' in page and 'Montant' in page
            assert f'Page {at} de {len(found)}' in page
        assert [n for n in range(675) if f'SKU-{n:04}' not in ' '.join(found)] == []
        assert 'SKU-0674' in found[-1] and 'Solde à payer' in found[-1]

    def test_totals_stay_with_the_last_line(self, shop: Api) -> None:
        counts = []
        for count in range(24, 38):
            lines = [LINE | {'sku': f'SKU-{n:04}'} for n in range(count)]
            found = pages(printed(shop, f'/invoices/{invoice(shop, lines=lines)}/pdf').content)
            assert f'SKU-{count - 1:04}' in found[-1]
            assert 'Sous-total' in found[-1] and 'Solde à payer' in found[-1]
            counts.append(len(found))
        assert set(counts) == {1, 2}  # so the break was met

    def test_names_print_as_they_are(self, shop: Api) -> None:
        name = '#panic("x") $y$ \\z *b* _i_ `r` "q" <l> @r [c] {d} // e'
        made(shop, '/customers', {'name': name, 'code': 'ODD'})
        line = LINE | {'description': name, 'description_fr': name, 'sku': '#1$'}
        shown = text(
            printed(
                shop, f'/invoices/{invoice(shop, customer_code="ODD", lines=[line])}/pdf'
            ).content
        )
        assert shown.count(name) >= 2
        assert '#1$' in shown

    def test_long_and_foreign_texts(self, shop: Api) -> None:
        name = ('Nom très long ' * 20)[:200]
        far = {'name': name, 'code': 'LONG', 'address1': 'X' * 200, 'country': 'AE'}
        made(shop, '/customers', far | {'language': 'en'})
        lines = [
            LINE | {'sku': 'S' * 64, 'description': 'word ' * 200, 'qty': '1234567.8912'},
            LINE | {'description': '中文 شركة النور 😀', 'unit_price': '0.0001', 'uom': 'U' * 64},
            LINE | {'description': 'Y' * 10_000, 'description_fr': 'z ' * 5_000},
        ]
        number = invoice(shop, customer_code='LONG', lines=lines, notes='N\n' * 300)
        for lang in ('en', 'fr+en'):
            found = text(printed(shop, f'/invoices/{number}/pdf?lang={lang}').content)
            assert name.strip() in found
            assert 'S' * 64 in found.replace(' ', '')

    def test_a_long_sender_is_cut_short_at_the_head_of_later_pages(self, shop: Api) -> None:
        name = 'Société générale de distribution de produits ' * 4
        assert shop.put('/settings', {'legal_name': name.strip()}).status_code == 200
        path = f'/invoices/{invoice(shop, lines=[LINE] * 60)}/pdf?lang=fr+en'
        first, second, *_ = pages(printed(shop, path).content)
        assert name.strip() in first
        head, _, _ = second.partition('… Facture / Invoice INV-2026-0001')
        assert len(head) > 70 and name.startswith(head)

    def test_a_long_reference_keeps_off_its_label(self, shop: Api) -> None:
        number = invoice(shop, po_reference='9' * 60, ship_to={'line1': '1 quai', 'city': 'Lévis'})
        found = text(printed(shop, f'/invoices/{number}/pdf?lang=fr+en').content)
        assert '9' * 60 in re.sub(r'[\s\u200b]', '', found)
        assert '9' * 25 not in found.replace('\u200b', '')

    def test_zero_tax_and_nothing_to_pay(self, shop: Api) -> None:
        made(shop, '/customers', {'name': 'Free', 'code': 'FREE', 'tax_exempt': 'all'})
        lines = [LINE | {'unit_price': 0}]
        shown = text(
            printed(
                shop, f'/invoices/{invoice(shop, customer_code="FREE", lines=lines)}/pdf'
            ).content
        )
        assert 'Total 0,00 $' in shown


class TestAnswer:
    def test_equal_documents_are_equal_bytes(self, shop: Api, number: int) -> None:
        bodies = {printed(shop, f'/invoices/{number}/pdf?lang=fr').content for _ in range(3)}
        assert len(bodies) == 1

    def test_its_name_is_safe(self, shop: Api) -> None:
        number = invoice(shop, invoice_no='FAC/é"2026\r\n 1')
        answer = printed(shop, f'/invoices/{number}/pdf')
        assert answer.headers['content-disposition'] == 'inline; filename="FAC-2026-1.pdf"'

    def test_one_statement_reads_it(self, shop: Api, number: int) -> None:
        printed(shop, f'/invoices/{number}/pdf')
        before = db.statement_count()
        printed(shop, f'/invoices/{number}/pdf?lang=fr+en')
        assert db.statement_count() - before == 1

    def test_a_key_that_only_reads_may(self, app, shop: Api, number: int) -> None:
        reader = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['read-only']))
        printed(reader, f'/invoices/{number}/pdf')
        other = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['customers:read']))
        assert other.get(f'/invoices/{number}/pdf').status_code == 403

    def test_unknown_hidden_foreign(self, shop: Api, other: Api, number: int) -> None:
        assert other.get(f'/invoices/{number}/pdf').status_code == 404
        assert shop.get('/invoices/999999/pdf').status_code == 404
        gone = invoice(shop)
        assert shop.delete(f'/invoices/{gone}').status_code == 200
        assert shop.get(f'/invoices/{gone}/pdf').status_code == 404
        credit = made(shop, '/billing/credits', {'invoice_id': number, 'amount': 1, 'reason': 'x'})
        assert shop.get(f'/invoices/{credit["id"]}/pdf').json['code'] == 'erp_not_found'
