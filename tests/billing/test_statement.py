"""GET /customers/{id}/statement: the account over a period, as JSON and as PDF (AR-9)."""

import json
from decimal import Decimal

import pytest

from karvo.kit import db
from tests.conftest import Api, wide_key
from tests.paper import invoice, made, pages, printed, text

KINDS = ('current', 'days_30', 'days_60', 'days_90', 'days_90_plus')


def account(api, query='', customer=0):
    """The statement with exact amounts; it always balances."""
    answer = api.get(f'/customers/{customer or api.customer}/statement{query}')
    assert answer.status_code == 200, answer.text
    shown = json.loads(answer.content, parse_float=Decimal)
    balance = shown['opening_balance']
    for move in shown['movements']:
        balance += move['amount']
        assert move['balance'] == balance
    assert shown['closing_balance'] == balance
    assert balance == shown['opening_balance'] + shown['charges'] - shown['credits']
    aging = shown['aging']
    assert sum(aging[kind] for kind in KINDS) == aging['total']
    assert aging['total'] - aging['unapplied_credits'] == aging['net'] == balance
    return shown


def kinds(shown):
    return [(move['type'], str(move['amount'])) for move in shown['movements']]


def agrees(api, shown):
    """With what the customer's record says of today."""
    record = json.loads(api.get(f'/customers/{api.customer}').content, parse_float=Decimal)
    assert shown['aging']['total'] == record['balance']
    assert shown['closing_balance'] == record['balance'] - record['unapplied_credits']


@pytest.fixture
def busy(shop: Api) -> Api:
    """Two old invoices, one of this month; paid, credited, written off, voided, on account."""
    shop.old = invoice(shop, date='2026-08-01', due_date='2026-08-31')
    lost = invoice(shop, date='2026-09-15', due_date='2026-10-15', lines=[], subtotal=100)
    new = invoice(shop, date='2026-11-02', lines=[], subtotal=200)
    pay = {'invoice_id': shop.old, 'amount': '437.19', 'date': '2026-10-05', 'method': 'cheque'}
    made(shop, '/billing/payments', pay | {'reference': 'no 12'})
    made(shop, '/billing/credits', {'invoice_id': new, 'amount': 50, 'reason': 'late'})
    shop.post(f'/invoices/{lost}/write-off', {'reason': 'bankrupt', 'date': '2026-11-10'})
    made(shop, '/billing/payments', {'customer_code': 'COTE', 'amount': 75, 'method': 'eft'})
    return shop


class TestJson:
    def test_the_month_until_today(self, busy: Api) -> None:
        shown = account(busy)
        assert (shown['from'], shown['to']) == ('2026-11-01', '2026-11-20')
        assert shown['opening_balance'] == Decimal('1114.98')  # 1437.19 − 437.19 + 114.98
        assert kinds(shown) == [
            ('invoice', '229.95'),
            ('write_off', '-114.98'),
            ('credit_note', '-57.49'),
            ('payment', '-75.00'),
        ]
        assert shown['closing_balance'] == Decimal('1097.46')
        assert shown['aging']['days_90'] == Decimal('1000.00')
        assert shown['aging']['current'] == Decimal('172.46')
        assert shown['aging']['unapplied_credits'] == Decimal('75.00')
        agrees(busy, shown)

    def test_another_period_as_it_was_then(self, busy: Api) -> None:
        shown = account(busy, '?from=2026-08-01&to=2026-10-31')
        assert shown['opening_balance'] == 0
        assert [kind for kind, _ in kinds(shown)] == ['invoice', 'invoice', 'payment']
        assert shown['closing_balance'] == Decimal('1114.98')
        assert shown['aging']['days_30'] == Decimal('114.98')
        assert shown['aging']['days_90'] == Decimal('1000.00')
        one = shown['movements'][2]
        assert (one['method'], one['reference'], one['number']) == (
            'cheque',
            'no 12',
            'PAY-2026-0001',
        )

    def test_periods_follow_one_another(self, busy: Api) -> None:
        closings = [Decimal(0)]
        for month, last in ((8, 31), (9, 30), (10, 31), (11, 20)):
            shown = account(busy, f'?from=2026-{month:02}-01&to=2026-{month:02}-{last}')
            assert shown['opening_balance'] == closings[-1]
            closings.append(shown['closing_balance'])
        whole = account(busy, '?from=2026-01-01')
        assert whole['closing_balance'] == closings[-1]
        agrees(busy, whole)

    def test_the_aging_report_says_the_same(self, busy: Api) -> None:
        for date in ('2026-08-31', '2026-10-31', '2026-11-20', '2026-12-31'):
            aged = account(busy, f'?from=2026-08-01&to={date}')['aging']
            report = busy.get(f'/billing/aging?as_of={date}&customer_code=COTE').json['summary']
            names = (*KINDS, 'total', 'unapplied_credits', 'net')
            assert {n: float(aged[n]) for n in names} == {n: report[n] for n in names}

    def test_what_was_voided_within_the_period_never_shows(self, busy: Api) -> None:
        before = account(busy)
        twice = invoice(busy)
        assert busy.delete(f'/invoices/{twice}').status_code == 200
        paid = made(busy, '/billing/payments', {'customer_code': 'COTE', 'amount': 10})['id']
        assert busy.delete(f'/billing/payments/{paid}').status_code == 200
        assert account(busy) == before

    def test_what_was_voided_later_shows_twice(
        self, busy: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The write-off and the payment come back when the old payment is voided.
        paid = busy.get('/billing/payments?customer_code=COTE&method=cheque').json['data'][0]['id']
        assert busy.delete(f'/billing/payments/{paid}').status_code == 200
        shown = account(busy)
        assert ('payment_void', '437.19') in kinds(shown)
        assert shown['opening_balance'] == Decimal('1114.98')
        agrees(busy, shown)
        assert account(busy, '?from=2026-10-01')['opening_balance'] == Decimal('1552.17')

    def test_a_write_off_that_is_paid_after_all(self, shop: Api) -> None:
        number = invoice(shop, date='2026-09-01', lines=[], subtotal=100)
        shop.post(f'/invoices/{number}/write-off', {'reason': 'x', 'date': '2026-10-10'})
        made(shop, '/billing/payments', {'invoice_id': number, 'amount': '14.98'})
        shown = account(shop)
        assert shown['opening_balance'] == 0
        assert kinds(shown) == [('write_off_undone', '114.98'), ('payment', '-14.98')]
        agrees(shop, shown)

    def test_drafts_and_others_are_not_in_it(self, busy: Api) -> None:
        before = account(busy)
        invoice(busy, status='draft')
        made(busy, '/customers', {'name': 'Other', 'code': 'OTHER'})
        invoice(busy, customer_code='OTHER')
        assert account(busy) == before

    def test_no_movement(self, shop: Api) -> None:
        shown = account(shop)
        assert (shown['movements'], shown['closing_balance']) == ([], 0)

    def test_a_payment_before_its_invoice(self, shop: Api) -> None:
        number = invoice(shop, date='2026-11-20', lines=[], subtotal=100)
        pay = {'invoice_id': number, 'amount': '114.98', 'date': '2026-10-01'}
        made(shop, '/billing/payments', pay)
        assert account(shop, '?from=2026-10-01&to=2026-10-31')['closing_balance'] == Decimal(
            '-114.98'
        )
        agrees(shop, account(shop))

    def test_is_in_the_companys_currency_like_all_its_amounts(self, shop: Api) -> None:
        abroad = made(shop, '/customers', {'name': 'Loin', 'code': 'LOIN', 'currency': 'EUR'})['id']
        made(shop, '/billing/payments', {'customer_code': 'LOIN', 'amount': 5})
        shown = account(shop, customer=abroad)
        assert (shown['currency'], shown['closing_balance']) == ('CAD', Decimal('-5.00'))

    def test_words_in_the_language_asked(self, busy: Api) -> None:
        answer = busy.get(f'/customers/{busy.customer}/statement')
        assert answer.headers['content-language'] == 'fr'
        assert answer.json['movements'][0]['description'] == 'Facture'
        busy.put(f'/customers/{busy.customer}', {'province': 'ON', 'language': 'en'})
        answer = busy.get(f'/customers/{busy.customer}/statement')
        assert answer.headers['content-language'] == 'en'
        assert answer.json['movements'][0]['description'] == 'Invoice'


class TestPdf:
    def path(self, api: Api, query: str = '') -> str:
        return f'/customers/{api.customer}/statement?format=pdf{query}'

    def test_in_french(self, busy: Api) -> None:
        answer = printed(busy, self.path(busy))
        name = 'inline; filename="statement-COTE-2026-11-20.pdf"'
        assert answer.headers['content-disposition'] == name
        shown = text(answer.content)
        for words in ('Relevé de compte', 'Distribution Acme inc.', 'Épicerie Côté', 'Du', 'Au'):
            assert words in shown
        for words in ('1er novembre 2026 Solde d’ouverture 1 114,98 $', 'Radiation INV-2026-0002'):
            assert words in shown
        for words in ('Facture INV-2026-0003, échéance le 2 décembre 2026 229,95 $ 1 344,93 $',):
            assert words in shown
        for words in ('virement électronique', 'Solde de clôture 1 097,46 $', '61 à 90 jours'):
            assert words in shown
        assert 'Crédits non appliqués −75,00 $' in shown

    def test_in_both_languages(self, busy: Api) -> None:
        answer = printed(busy, self.path(busy, '&lang=en'))
        assert answer.headers['content-language'] == 'fr, en'
        shown = text(answer.content)
        for words in ('Relevé de compte', 'Statement of account', 'Closing balance', '$1,097.46'):
            assert words in shown
        assert 'Invoice INV-2026-0003, due December 2, 2026' in shown

    def test_no_movement(self, shop: Api) -> None:
        shown = text(printed(shop, self.path(shop)).content)
        assert 'Aucun mouvement pendant la période' in shown

    def test_200_movements_in_two_statements_of_sql(self, shop: Api) -> None:
        for n in range(200):
            day = f'2026-{n % 10 + 1:02}-{n % 28 + 1:02}'
            invoice(shop, lines=[], subtotal=n + 1, date=day)
        path = self.path(shop, '&from=2026-01-01')
        printed(shop, path)
        before = db.statement_count()
        answer = printed(shop, path)
        assert db.statement_count() - before <= 3
        found = pages(answer.content)
        assert len(found) > 3
        assert all('Débits' in page and f'de {len(found)}' in page for page in found)
        assert 'Solde de clôture' in found[-1] and 'Courant' in found[-1]
        assert len(account(shop, '?from=2026-01-01')['movements']) == 200
        assert printed(shop, path).content == answer.content


class TestRefusals:
    @pytest.mark.parametrize(
        ('query', 'field'),
        [
            ('from=2026-11-21&to=2026-11-20', 'from'),
            ('from=yesterday', 'from'),
            ('to=1989-12-31', 'to'),
            ('to=9999-12-31', 'to'),
            ('format=xml', 'format'),
            ('lang=de', 'lang'),
        ],
    )
    def test_bad_parameters(self, shop: Api, query: str, field: str) -> None:
        answer = shop.get(f'/customers/{shop.customer}/statement?{query}')
        assert answer.status_code == 422, answer.text
        assert field in answer.json['data']['params']

    def test_unknown_and_foreign(self, shop: Api, other: Api) -> None:
        assert shop.get('/customers/999999/statement').status_code == 404
        assert other.get(f'/customers/{shop.customer}/statement').status_code == 404

    def test_scopes(self, app, shop: Api) -> None:
        path = f'/customers/{shop.customer}/statement'
        reader = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['read-only']))
        assert reader.get(path).status_code == 200
        narrow = Api(app, shop.tenant, wide_key(shop.tenant, scopes=['customers:read']))
        assert narrow.get(path).status_code == 403
