"""Making quotes, changing them, throwing drafts away."""

import datetime as dt
import typing
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karvo.invoices.audit import audit_numbers
from karvo.invoices.operations.create import create_invoice
from karvo.invoices.reads import read_document
from karvo.invoices.schemas import NewInvoice, NewLine
from karvo.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed
from plugins.sales.operations.drafting import change_quote, create_quote, delete_quote
from plugins.sales.schemas import NewQuote, NewQuoteLine, QuoteChange
from tests.conftest import Api
from tests.plugins.sales.desk import LINE, OTHER, TODAY, Desk

lines = st.lists(
    st.builds(
        NewLine,
        description=st.just('x'),
        quantity=st.decimals('0.0001', '999', places=4),
        unit_price=st.decimals('0', '999', places=4),
        discount_pct=st.decimals('0', '100', places=4),
        tax_code=st.sampled_from(['taxable', 'exempt', 'zero_rated', None]),
        tax_rate=st.sampled_from([None, None, *map(Decimal, ['0', '0.05', '0.07', '0.14975'])]),
    ),
    min_size=1,
    max_size=5,
)


def refused(desk: Desk, **values: typing.Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        desk.quote(**values)
    return caught.value.fields


class TestCreate:
    def test_holds_everything(self, fresh: Desk) -> None:
        quote = fresh.quote(reference='PO 7', notes='Soon', metadata={'a': 1}, lines=[LINE, OTHER])
        assert (quote.number, quote.status, quote.revision) == ('Q-2026-0001', 'draft', 1)
        assert (quote.customer_id, quote.customer_code) == (fresh.customer_id, 'ACME01')
        assert (quote.date, quote.valid_until) == (TODAY, dt.date(2026, 12, 20))
        # 1290.00: TPS 64.50, TVQ 128.68 (128.6775).
        assert (quote.subtotal, quote.tax_total) == (Decimal('1290.00'), Decimal('193.18'))
        assert quote.total == Decimal('1483.18')
        assert [tax.family for tax in quote.taxes] == ['tps', 'tvq']
        assert (quote.reference, quote.notes, bytes(quote.metadata)) == (
            'PO 7',
            'Soon',
            b'{"a": 1}',
        )
        assert (quote.currency, quote.language, quote.version) == ('CAD', 'fr', 1)
        assert quote.lines is not None
        assert [(x.line_no, x.description, x.line_total) for x in quote.lines] == [
            (1, 'Cleaner 5L', Decimal('1250.00')),
            (2, 'Mop', Decimal('40.00')),
        ]

    def test_is_told_with_its_number(self, desk: Desk) -> None:
        quote = desk.quote()
        [event] = desk.events(quote.id)
        shown = event['data']['object']
        assert (event['type'], shown['number']) == ('quote.created', quote.number)
        assert (shown['total'], shown['status'], shown['customer_id']) == (
            1437.19,
            'draft',
            desk.customer_id,
        )

    def test_takes_price_and_words_of_a_product_by_either_name(self, desk: Desk) -> None:
        body = {'sku': 'CLN-5000', 'name_fr': 'Nettoyant', 'name_en': 'Cleaner', 'price': 25}
        made = desk.api.post('/products', body | {'tax_code': 'zero_rated'}).json
        by_id, by_sku = NewQuoteLine(product_id=made['id']), NewQuoteLine(sku='cln-5000')
        quote = desk.quote(lines=[by_id, by_sku])
        assert quote.lines is not None
        first, second = quote.lines
        assert (first.product_id, first.sku, first.unit_price) == (made['id'], 'CLN-5000', 25)
        assert (first.description_fr, first.tax_code) == ('Nettoyant', 'zero_rated')
        second.id, second.line_no = first.id, first.line_no
        assert first == second
        assert (quote.subtotal, quote.tax_total) == (50, 0)

    def test_a_line_may_say_that_it_bears_no_tax(self, desk: Desk) -> None:
        free = NewQuoteLine(description='x', unit_price=Decimal(100), tax_code='exempt')
        quote = desk.quote(lines=[LINE, free])
        assert (quote.subtotal, quote.tax_total) == (1350, Decimal('187.19'))
        assert desk.quote(lines=[free]).taxes == []

    def test_a_line_may_name_its_rate(self, desk: Desk) -> None:
        def rated(rate: str) -> NewQuoteLine:
            return NewQuoteLine(description='x', unit_price=Decimal(100), tax_rate=Decimal(rate))

        quote = desk.quote(lines=[rated('0.07'), rated('0.05'), rated('0.14975'), rated('0')])
        assert [(tax.code, tax.base, tax.amount) for tax in quote.taxes] == [
            ('TPS', 200, 10),
            ('TVQ', 100, Decimal('9.98')),
            ('OWN-7', 100, 7),
        ]
        assert quote.lines is not None
        assert [(x.tax_code, x.tax_rate) for x in quote.lines] == [
            ('taxable', Decimal('0.07')),
            ('taxable', Decimal('0.05')),
            ('taxable', None),
            ('zero_rated', None),
        ]
        again = quote.lines[0]
        desk.change(quote.id, date=dt.date(2026, 11, 19))
        changed = desk.read(quote.id)
        assert changed.taxes == quote.taxes
        assert changed.lines is not None and changed.lines[0].tax_rate == again.tax_rate

    def test_who_is_exempt_of_all_bears_no_rate(self, desk: Desk) -> None:
        desk.api.post('/customers', {'code': 'FREE', 'name': 'Free', 'tax_exempt': 'all'})
        line = NewQuoteLine(description='x', unit_price=Decimal(100), tax_rate=Decimal('0.07'))
        assert desk.quote(customer='FREE', lines=[line]).taxes == []

    @pytest.mark.parametrize(
        ('exempt', 'rate', 'codes'),
        [
            ('gst', '0.05', []),
            ('gst', '0.09975', ['TVQ']),
            ('gst', '0.14975', ['TVQ']),
            ('gst', '0.07', ['OWN-7']),
            ('pst', '0.05', ['TPS']),
            ('pst', '0.09975', []),
            ('pst', '0.14975', ['TPS']),
            ('pst', '0.07', []),
            ('all', '0.05', []),
            ('all', '0.14975', []),
        ],
    )
    def test_who_is_exempt_of_a_tax_does_not_bear_it_under_its_rate(
        self, desk: Desk, exempt: str, rate: str, codes: list[str]
    ) -> None:
        code = f'{exempt}-exempt'
        desk.api.post('/customers', {'code': code, 'name': 'x', 'tax_exempt': exempt})
        line = NewQuoteLine(description='x', unit_price=Decimal(100), tax_rate=Decimal(rate))
        quote = desk.quote(customer=code, lines=[line])
        assert [tax.code for tax in quote.taxes] == codes
        invoice = desk.api.get(f'/invoices/{desk.convert(quote.id).invoice_id}').json
        assert [tax['code'] for tax in invoice['taxes']] == codes
        assert Decimal(str(invoice['total'])) == quote.total

    def test_goods_for_elsewhere_bear_the_taxes_there(self, desk: Desk) -> None:
        made = desk.api.post('/customers', {'code': 'ONT', 'name': 'Ontario', 'province': 'ON'})
        quote = desk.quote(customer=None, customer_id=made.json['id'])
        assert [(tax.family, tax.amount) for tax in quote.taxes] == [('tvh', Decimal('162.50'))]

    @given(asked=lines)
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    def test_comes_to_the_cent_to_what_an_invoice_would(
        self, desk: Desk, asked: list[NewLine]
    ) -> None:
        names = ('description', 'quantity', 'unit_price', 'discount_pct', 'tax_code', 'tax_rate')
        quoted = [NewQuoteLine(**{n: getattr(line, n) for n in names}) for line in asked]
        quote = desk.quote(lines=quoted)
        with desk.api.company():
            new = NewInvoice(customer='ACME01', lines=asked)
            invoice = read_document(create_invoice(new, actor=desk.actor()).id)
        assert invoice is not None and invoice.lines is not None and quote.lines is not None
        for name in ('subtotal', 'discount_total', 'tax_total', 'total'):
            assert getattr(quote, name) == getattr(invoice, name)
        assert [x.line_total for x in quote.lines] == [x.line_total for x in invoice.lines]
        assert [x.amount for x in quote.taxes] == [x.amount for x in invoice.taxes]

    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'customer': None}, 'customer'),
            ({'customer': 'NOBODY'}, 'customer'),
            ({'customer': None, 'customer_id': 9999}, 'customer_id'),
            ({'lines': []}, 'lines'),
            ({'lines': [LINE] * 1001}, 'lines'),
            ({'lines': [NewQuoteLine(sku='NONE')]}, 'lines[0].sku'),
            ({'lines': [LINE, NewQuoteLine(product_id=999)]}, 'lines[1].product_id'),
            ({'lines': [NewQuoteLine(description='x')]}, 'lines[0].unit_price'),
            ({'lines': [NewQuoteLine(unit_price=Decimal(1))]}, 'lines[0].description'),
            ({'lines': [NewQuoteLine(description='x', quantity=Decimal(0))]}, 'lines[0].quantity'),
            ({'lines': [NewQuoteLine(description='\0')]}, 'lines[0].description'),
            ({'lines': [NewQuoteLine(description='x' * 10_001)]}, 'lines[0].description'),
            ({'lines': [NewQuoteLine(description='x', tax_rate=Decimal(7))]}, 'lines[0].tax_rate'),
            ({'notes': 'a\0b'}, 'notes'),
            ({'notes': 'x' * 10_001}, 'notes'),
            ({'reference': 'x' * 201}, 'reference'),
            ({'metadata': {'a': '\0'}}, 'metadata'),
            ({'metadata': {'a': 'x' * 501}}, 'metadata'),
            ({'currency': 'USD'}, 'currency'),
            ({'valid_until': dt.date(2026, 11, 19)}, 'valid_until'),
            ({'valid_until': dt.date(2037, 1, 1)}, 'valid_until'),
            ({'date': dt.date(2026, 12, 2), 'valid_until': dt.date(2026, 12, 1)}, 'valid_until'),
            ({'date': dt.date(1989, 12, 31)}, 'date'),
        ],
    )
    def test_what_is_refused(self, desk: Desk, values: dict[str, typing.Any], field: str) -> None:
        assert field in refused(desk, **values)

    def test_of_an_older_date_it_is_still_valid_for_a_month(self, desk: Desk) -> None:
        assert desk.quote(date=dt.date(2026, 1, 2)).valid_until == dt.date(2026, 12, 20)
        assert desk.quote(valid_until=TODAY).valid_until == TODAY

    def test_credit_does_not_count(self, desk: Desk) -> None:
        desk.api.put('/settings', {'enforce_credit_on_invoice': True})
        body = {'code': 'POOR', 'name': 'Poor', 'credit_limit': 1, 'credit_hold': True}
        assert desk.api.post('/customers', body).status_code == 201
        assert desk.quote(customer='POOR').total == Decimal('1437.19')
        desk.api.put('/settings', {'enforce_credit_on_invoice': False})

    def test_takes_few_statements(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        desk.quote()
        sent: list[str] = []
        monkeypatch.setattr('karvo.kit.db._hooks', [lambda path, sql: sent.append(sql)])
        with desk.api.company():
            new = NewQuote(customer='ACME01', lines=[LINE] * 20)
            create_quote(new, actor=desk.actor())
        assert len(sent) <= 8


class TestChange:
    def test_what_stays_the_same_is_no_change(self, desk: Desk) -> None:
        quote = desk.quote('sent')
        again = [
            NewQuoteLine(description='Cleaner 5L', quantity=Decimal(50), unit_price=Decimal(25))
        ]
        desk.change(quote.id, lines=again, date=TODAY, notes=None, customer='acme01')
        assert desk.read(quote.id) == quote
        assert desk.told(quote.id) == ['quote.created', 'quote.sent']

    def test_a_draft_stays_the_same_revision(self, desk: Desk) -> None:
        quote = desk.quote()
        desk.change(quote.id, lines=[OTHER])
        shown = desk.read(quote.id)
        assert (shown.status, shown.revision, shown.version) == ('draft', 1, 2)
        assert (shown.subtotal, shown.total) == (40, Decimal('45.99'))
        told = desk.events(quote.id)[-1]
        assert told['type'] == 'quote.updated'
        assert told['data']['previous_attributes']['total'] == 1437.19
        assert told['data']['object']['total'] == 45.99

    @pytest.mark.parametrize(
        'values',
        [
            {'lines': [OTHER]},
            {'notes': 'Two days'},
            {'reference': 'PO 8'},
            {'valid_until': dt.date(2026, 12, 24)},
            {'date': dt.date(2026, 11, 18)},
            {'language': 'en'},
        ],
    )
    def test_what_was_sent_is_a_draft_of_the_next_revision(
        self, desk: Desk, values: dict[str, typing.Any]
    ) -> None:
        quote = desk.quote('sent')
        desk.change(quote.id, **values)
        shown = desk.read(quote.id)
        assert (shown.status, shown.revision) == ('draft', 2)
        before = desk.events(quote.id)[-1]['data']['previous_attributes']
        assert (before['status'], before['revision']) == ('sent', 1)
        desk.take('mark', quote.id)
        assert desk.read(quote.id).revision == 2

    @pytest.mark.parametrize('status', ['draft', 'sent', 'accepted', 'declined', 'converted'])
    def test_metadata_is_ours_at_any_time(self, desk: Desk, status: str) -> None:
        quote = desk.quote(status)
        desk.change(quote.id, metadata={'a': 'b'})
        shown = desk.read(quote.id)
        assert (shown.status, shown.revision) == (status, 1)
        assert bytes(shown.metadata) == b'{"a": "b"}'
        assert desk.events(quote.id)[-1]['data']['previous_attributes'] == {'metadata': {}}
        desk.change(quote.id, metadata=None)
        assert bytes(desk.read(quote.id).metadata) == b'{}'

    def test_null_clears(self, desk: Desk) -> None:
        quote = desk.quote(reference='PO 7', notes='Soon')
        desk.change(quote.id, reference=None, notes=None)
        shown = desk.read(quote.id)
        assert (shown.reference, shown.notes) == (None, None)

    def test_what_was_offered_stays_when_the_customer_moves(self, desk: Desk) -> None:
        made = desk.api.post('/products', {'sku': 'MOVING', 'name': 'x', 'price': 10}).json
        quote = desk.quote(lines=[NewQuoteLine(sku='MOVING')])
        desk.api.put(f'/products/{made["id"]}', {'price': 99})
        desk.api.post('/customers', {'code': 'AB', 'name': 'Alberta', 'province': 'AB'})
        desk.change(quote.id, customer='AB')
        shown = desk.read(quote.id)
        assert (shown.customer_code, shown.subtotal, shown.total) == ('AB', 10, Decimal('10.50'))

    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'customer': 'NOBODY'}, 'customer'),
            ({'lines': []}, 'lines'),
            ({'valid_until': dt.date(2026, 11, 19)}, 'valid_until'),
            ({'date': dt.date(2026, 12, 21)}, 'valid_until'),
            ({'notes': 'a\0b'}, 'notes'),
            ({'metadata': {'x' * 101: 1}}, 'metadata'),
            ({'lines': [NewQuoteLine(description='x', unit_price=Decimal('-1'))]}, 'lines[0]'),
        ],
    )
    def test_what_is_refused(self, desk: Desk, values: dict[str, typing.Any], field: str) -> None:
        quote = desk.quote()
        with pytest.raises(Invalid) as caught:
            desk.change(quote.id, **values)
        assert any(name.startswith(field) for name in caught.value.fields)
        assert desk.read(quote.id) == quote

    def test_another_version_is_refused(self, desk: Desk) -> None:
        quote = desk.quote()
        with desk.api.company(), pytest.raises(PreconditionFailed):
            change_quote(quote.id, QuoteChange(notes='x'), actor=desk.actor(), version=2)

    def test_of_another_company(self, desk: Desk, other: Api) -> None:
        quote = desk.quote()
        with other.company(), pytest.raises(NotFound):
            change_quote(quote.id, QuoteChange(notes='x'), actor=desk.actor())


class TestDelete:
    def test_a_draft_goes_and_its_number_is_explained(self, fresh: Desk) -> None:
        first, second = fresh.quote(), fresh.quote()
        with fresh.api.company():
            delete_quote(first.id, actor=fresh.actor())
        assert fresh.told(first.id) == ['quote.created', 'quote.deleted']
        assert fresh.read(second.id).number == 'Q-2026-0002'
        with fresh.api.company():
            audit = audit_numbers('Q', 2026)
        assert (audit.issued, audit.skipped_by_client, audit.unexplained) == (1, [1], [])

    @pytest.mark.parametrize('status', ['sent', 'accepted', 'declined', 'expired', 'converted'])
    def test_nothing_else_goes(self, desk: Desk, status: str) -> None:
        quote = desk.quote(status)
        with desk.api.company(), pytest.raises(Conflict):
            delete_quote(quote.id, actor=desk.actor())

    def test_its_customer_is_archived_not_removed(self, desk: Desk) -> None:
        made = desk.api.post('/customers', {'code': 'GONE', 'name': 'Gone'}).json['id']
        quote = desk.quote(customer='GONE')
        assert desk.api.delete(f'/customers/{made}').status_code == 200
        assert desk.read(quote.id).customer_code == 'GONE'
