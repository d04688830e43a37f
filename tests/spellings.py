"""The same facts as each dialect spells them (the contract test of the dialects)."""

import typing
from decimal import Decimal

import msgspec
from falcon import testing

from tests.conftest import Api

TAXES = ('tps', 'tvq', 'tvh', 'tvp')
EXACT = msgspec.json.Decoder(float_hook=Decimal)
Facts = dict[str, 'Fact']


class Fact(typing.NamedTuple):
    """What an invoice comes to, in dollars."""

    total: Decimal
    net: Decimal
    tax: Decimal
    balance: Decimal


class Book(typing.NamedTuple):
    """A dialect's whole list: facts by the invoice's number, and how many it says there are."""

    facts: Facts
    count: int


def read(answer: testing.Result) -> typing.Any:
    """The JSON of an answer, its numbers exact."""
    assert answer.status_code == 200, answer.text
    return EXACT.decode(answer.content)


class Spellings:
    """One tenant's invoices in four dialects. The key may see what was deleted."""

    def __init__(self, api: Api) -> None:
        self.api, self.client = api, api.client
        self.bearer = {'Authorization': f'Bearer {api.key}'}

    def get(self, path: str, query: str = '') -> testing.Result:
        return self.client.simulate_get(path, query_string=query, headers=self.bearer)

    def se_erp(self) -> tuple[Book, int, int]:
        """The list with what was deleted; how many of it are drafts, and void."""
        facts: Facts = {}
        drafts = voids = page = 0
        while True:
            page += 1
            found = read(self.api.get(f'/invoices?include_deleted=true&per_page=100&page={page}'))
            for row in found['data']:
                drafts += row['status'] == 'draft'
                voids += row['status'] == 'void'
                if row['status'] not in ('draft', 'void'):
                    tax = sum((Decimal(row[name]) for name in TAXES), Decimal(0))
                    facts[row['invoice_no']] = Fact(
                        row['total'], row['subtotal'], tax, row['balance']
                    )
            if page >= found['total_pages']:
                return Book(facts, found['total']), drafts, voids

    def karbon(self) -> Book:
        """Followed link by link; voided ones are counted and not compared."""
        facts: Facts = {}
        path, query = '/v3/Invoices', '$orderby=InvoiceNumber&$top=100'
        while True:
            page = read(self.get(path, query))
            for row in page['value']:
                apart = sum((Decimal(tax['TaxValue']) for tax in row['TaxLineItems']), Decimal(0))
                assert apart == row['InvoiceTaxTotal']
                if row['InvoiceStatus'] != 'Voided':
                    facts[row['InvoiceNumber']] = Fact(
                        row['InvoiceTotal'],
                        row['InvoiceSubTotal'],
                        row['InvoiceTaxTotal'],
                        row['TotalAmountDue'],
                    )
            if '@odata.nextLink' not in page:
                return Book(facts, page['@odata.count'])
            query = page['@odata.nextLink'].partition('?')[2]

    def enapps(self) -> Book:
        """Partner by partner."""
        facts: Facts = {}
        count = 0
        for partner in self._partners():
            page, pages = 0, 1
            while page < pages:
                page += 1
                query = f'partner_id={partner}&page={page}&additional_fields=balance'
                answer = self.get('/api/v1/invoices', query)
                pages = int(answer.headers['x-page-count'])
                for row in read(answer):
                    facts[row['number']] = Fact(
                        row['total_gross'], row['total_net'], row['amount_tax'], row['balance']
                    )
            count += int(answer.headers['x-total-count'])
        return Book(facts, count)

    def _partners(self) -> list[int]:
        found: list[int] = []
        while rows := read(self.get('/api/v1/partners', f'page={len(found) // 1000 + 1}')):
            found += [row['id'] for row in rows]
            if len(rows) < 1000:
                break
        return found

    def billing_v2(self) -> Book:
        facts: Facts = {}
        page = 0
        while True:
            page += 1
            found = read(self.get('/api/v2/invoices', f'limit=100&page={page}'))
            for row in found['data']:
                facts[row['invoice_number']] = Fact(
                    row['amount'], row['subtotal'], row['tax'], row['amount_due']
                )
            if page >= found['meta']['total_pages']:
                return Book(facts, found['meta']['total_records'])

    def agree(self) -> Facts:
        """Asserts that all say the same; what they say."""
        own, drafts, voids = self.se_erp()
        others = {'karbon': self.karbon(), 'enapps': self.enapps(), 'api/v2': self.billing_v2()}
        for name, book in others.items():
            assert book.facts == own.facts, name
        assert others['karbon'].count == own.count - drafts
        assert others['enapps'].count == own.count - drafts - voids
        assert others['api/v2'].count == others['enapps'].count
        for fact in own.facts.values():
            assert fact.total == fact.net + fact.tax
        return own.facts
