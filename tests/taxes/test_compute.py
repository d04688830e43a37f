"""Taxes to the cent: the vectors of domain §4 and §14, and what must hold for any document."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.taxes.compute import (
    Credited,
    TaxMismatch,
    applicable_rates,
    borne_rates,
    check_client_taxes,
    credit_taxes,
    document_taxes,
    is_taxed,
    own_rates,
    place_of_supply,
    tax_alone,
    tax_included,
)
from karvo.taxes.operations import shipped_rates
from karvo.taxes.schemas import Jurisdiction, Registration, TaxableLine

RATES = shipped_rates()
EVERYTHING = [Registration(r) for r in ('gst', 'qst', 'pst_bc', 'pst_mb', 'pst_sk')]
TODAY = dt.date(2026, 11, 20)


def rates(province='QC', on=TODAY, registrations=EVERYTHING, exempt='none', country='CA'):
    place = Jurisdiction(country, province)
    found = applicable_rates(RATES, registrations, country='CA', place=place, on=on)
    return borne_rates(found, exempt)


def amounts(*lines, **where):
    taxable = [TaxableLine(Decimal(line)) for line in lines]
    return [str(tax.amount) for tax in document_taxes(taxable, rates(**where))]


class TestOwnRates:
    """Rates that lines name themselves, which api/v2 has (V2-2)."""

    SEVEN = Decimal('0.07')

    def test_one_that_the_place_has_not_is_a_tax_of_its_own(self):
        [own] = own_rates([self.SEVEN, Decimal('0.0700'), Decimal('0.05'), Decimal(0)], rates())
        assert (own.code, own.rate, own.regime, own.family) == ('OWN-7', self.SEVEN, 'own', 'tvp')
        assert (own.label_fr, own.label_en, own.account) == ('Taxe 7 %', 'Tax 7%', '2130')
        [fine] = own_rates([Decimal('0.07125')], rates())
        assert (fine.code, fine.label_fr) == ('OWN-7.125', 'Taxe 7,125 %')

    def test_its_line_bears_it_alone_and_no_other_line_does(self):
        known = rates()
        all_rates = known + own_rates([self.SEVEN], known)
        lines = [
            TaxableLine(Decimal(100)),
            TaxableLine(Decimal(10), only=tax_alone(self.SEVEN, all_rates)),
            TaxableLine(Decimal(20), only=tax_alone(Decimal('0.05'), all_rates)),
            TaxableLine(Decimal(40), only=tax_alone(Decimal('0.06'), all_rates)),
            TaxableLine(Decimal(80), 'exempt', only='TPS'),
        ]
        taxes = document_taxes(lines, all_rates)
        assert [(tax.code, int(tax.base), str(tax.amount)) for tax in taxes] == [
            ('TPS', 120, '6.00'),
            ('TVQ', 100, '9.98'),
            ('OWN-7', 10, '0.70'),
        ]

    def test_is_taken_out_of_a_price_that_holds_it(self):
        all_rates = rates() + own_rates([self.SEVEN], rates())
        lines = [TaxableLine(Decimal('107.00'), only='OWN-7'), TaxableLine(Decimal('114.98'))]
        apart = tax_included(lines, all_rates)
        assert apart.nets == [100, 100]
        assert [tax.amount for tax in apart.taxes] == [5, Decimal('9.98'), 7]


class TestDocumentTaxes:
    @pytest.mark.parametrize(
        ('subtotal', 'tps', 'tvq'),
        [
            ('100.00', '5.00', '9.98'),
            ('45.99', '2.30', '4.59'),
            ('33.33', '1.67', '3.32'),
            ('999.99', '50.00', '99.75'),
            ('0.10', '0.01', '0.01'),
            ('1250.00', '62.50', '124.69'),
        ],
    )
    def test_quebec(self, subtotal, tps, tvq):
        assert amounts(subtotal) == [tps, tvq]

    def test_by_document_not_by_line(self):
        assert amounts('9.99', '9.99', '9.99') == ['1.50', '2.99']
        assert amounts(*['0.35'] * 7) == ['0.12', '0.24']

    @pytest.mark.parametrize(
        ('province', 'expected'),
        [
            ('ON', ['162.50']),
            ('NS', ['175.00']),
            ('NB', ['187.50']),
            ('BC', ['62.50', '87.50']),
            ('AB', ['62.50']),
        ],
    )
    def test_provinces(self, province, expected):
        assert amounts('1250.00', province=province) == expected

    def test_nova_scotia_before_its_change(self):
        assert amounts('100.00', province='NS', on=dt.date(2025, 3, 31)) == ['15.00']
        assert amounts('100.00', province='NS', on=dt.date(2025, 4, 1)) == ['14.00']

    def test_another_provinces_pst_needs_a_registration(self):
        only_gst = [Registration('gst')]
        assert amounts('100.00', province='BC', registrations=only_gst) == ['5.00']

    def test_small_supplier_and_export(self):
        assert amounts('100.00', registrations=[]) == []
        assert amounts('100.00', province='NY', country='US') == []

    @pytest.mark.parametrize(('exempt', 'codes'), [('gst', ['TVQ']), ('pst', ['TPS']), ('all', [])])
    def test_exempt_customers(self, exempt, codes):
        assert [rate.code for rate in rates(exempt=exempt)] == codes

    def test_exempt_lines_have_no_base(self):
        lines = [TaxableLine(Decimal(10)), TaxableLine(Decimal(90), 'zero_rated')]
        assert [tax.base for tax in document_taxes(lines, rates())] == [Decimal(10)] * 2

    def test_every_rate_names_its_source(self):
        assert all(rate.source for rate in RATES)


class TestTaxIncluded:
    @pytest.mark.parametrize(
        ('gross', 'net', 'taxes'),
        [('10.00', '8.69', ['0.44', '0.87']), ('114.98', '100.00', ['5.00', '9.98'])],
    )
    def test_vectors(self, gross, net, taxes):
        apart = tax_included([TaxableLine(Decimal(gross))], rates())
        assert str(apart.nets[0]) == net
        assert [str(tax.amount) for tax in apart.taxes] == taxes

    def test_small_lines_stay_positive_and_free_lines_untouched(self):
        apart = tax_included([TaxableLine(Decimal('0.10'))] * 100, rates())
        assert min(apart.nets) >= 0
        assert sum(apart.nets) + sum(tax.amount for tax in apart.taxes) == Decimal('10.00')
        lines = [TaxableLine(Decimal('10.00')), TaxableLine(Decimal('7.77'), 'exempt')]
        mixed = tax_included(lines, rates())
        assert [str(net) for net in mixed.nets] == ['8.69', '7.77']
        assert [str(tax.base) for tax in mixed.taxes] == ['8.69', '8.69']

    @given(st.lists(st.decimals('0.01', '9999.99', places=2), min_size=1, max_size=30))
    def test_net_and_taxes_make_the_gross(self, prices):
        apart = tax_included([TaxableLine(price) for price in prices], rates())
        total = sum(apart.nets) + sum(tax.amount for tax in apart.taxes)
        assert total == sum(prices)


class TestClientTaxes:
    def test_a_cent_off_is_kept(self):
        ours = document_taxes([TaxableLine(Decimal('100.00'))], rates())
        kept = check_client_taxes({'tvq': Decimal('9.97')}, ours, 1, False)
        assert [str(tax.amount) for tax in kept] == ['5.00', '9.97']

    def test_two_cents_off_names_what_was_expected(self):
        ours = document_taxes([TaxableLine(Decimal('1250.00'))], rates())
        with pytest.raises(TaxMismatch, match='tvq does not match: expected 124.69'):
            check_client_taxes({'tvq': Decimal('124.71')}, ours, 1, False)

    def test_zeros_only_where_they_may_be(self):
        ours = document_taxes([TaxableLine(Decimal('100.00'))], rates())
        with pytest.raises(TaxMismatch):
            check_client_taxes({'tps': Decimal(0)}, ours, 1, False)
        kept = check_client_taxes({'tps': Decimal(0)}, ours, 1, True)
        assert [tax.code for tax in kept] == ['TVQ']

    def test_a_tax_that_does_not_apply(self):
        with pytest.raises(TaxMismatch):
            check_client_taxes({'tvh': Decimal('13.00')}, [], 1, False)


def take(taken, taxes):
    for tax in taxes:
        assert tax.amount >= 0 and tax.base >= 0
        before = taken.get(tax.code, Credited())
        taken[tax.code] = Credited(before.amount + tax.amount, before.base + tax.base)
    return taken


class TestCreditTaxes:
    def test_thirds(self):
        original = document_taxes([TaxableLine(Decimal('1250.00'))], rates())
        taken, base, shown = {}, Decimal(0), []
        for part in ('416.67', '416.67', '416.66'):
            taxes = credit_taxes(original, Decimal('1250.00'), taken, base, Decimal(part))
            shown.append([str(tax.amount) for tax in taxes])
            take(taken, taxes)
            base += Decimal(part)
        assert shown == [['20.83', '41.56'], ['20.83', '41.56'], ['20.84', '41.57']]

    @given(st.lists(st.integers(1, 50_000), min_size=1, max_size=20))
    def test_parts_sum_to_the_whole(self, pennies):
        parts = [Decimal(p) / 100 for p in pennies]
        subtotal = sum(parts)
        original = document_taxes([TaxableLine(subtotal)], rates())
        taken, base = {}, Decimal(0)
        for part in parts:
            take(taken, credit_taxes(original, subtotal, taken, base, part))
            base += part
        assert {c: t.amount for c, t in taken.items()} == {t.code: t.amount for t in original}

    def test_by_lines_each_gives_back_what_it_bore(self):
        lines = [TaxableLine(Decimal(100)), TaxableLine(Decimal(200), 'exempt')]
        original = document_taxes(lines, rates())
        free = credit_taxes(original, Decimal(300), {}, Decimal(0), Decimal(150), {})
        assert [(tax.base, tax.amount) for tax in free] == [(0, 0), (0, 0)]
        taxed = {'TPS': Decimal(40), 'TVQ': Decimal(40)}
        part = credit_taxes(original, Decimal(300), {}, Decimal(0), Decimal(40), taxed)
        assert [(tax.base, str(tax.amount)) for tax in part] == [(40, '2.00'), (40, '3.99')]
        before = take({}, part)
        taxed = {'TPS': Decimal(60), 'TVQ': Decimal(60)}
        rest = credit_taxes(original, Decimal(300), before, Decimal(40), Decimal(60), taxed)
        assert [(tax.base, str(tax.amount)) for tax in rest] == [(60, '3.00'), (60, '5.99')]

    @given(
        st.lists(
            st.tuples(
                st.integers(1, 50_000),
                st.sampled_from(['taxable', 'exempt', 'pst_exempt', 'own']),
                st.booleans(),
            ),
            min_size=1,
            max_size=20,
        )
    )
    def test_whatever_the_steps_all_of_it_takes_exactly_the_taxes(self, steps):
        """Lines credited one after the other, some of them as mere amounts."""
        known = rates() + own_rates([Decimal('0.07')], rates())
        kinds = {
            'taxable': {},
            'exempt': {'tax_code': 'exempt'},
            'pst_exempt': {'pst_exempt': True},
            'own': {'only': 'OWN-7'},
        }
        lines = [TaxableLine(Decimal(n) / 100, **kinds[kind]) for n, kind, _ in steps]
        subtotal = sum(line.amount for line in lines)
        original = document_taxes(lines, known)
        taken, base = {}, Decimal(0)
        for line, (_, _, is_amount) in zip(lines, steps, strict=True):
            parts = {tax.code: line.amount for tax in original if is_taxed(line, tax)}
            taxed = None if is_amount else parts
            take(taken, credit_taxes(original, subtotal, taken, base, line.amount, taxed))
            base += line.amount
        assert {c: t.amount for c, t in taken.items()} == {t.code: t.amount for t in original}


class TestPlaceOfSupply:
    HOME = Jurisdiction('CA', 'QC')

    def test_where_the_goods_go(self):
        place = place_of_supply(
            ship_to=Jurisdiction('CA', 'ON'), billing=self.HOME, company=self.HOME
        )
        assert place.province == 'ON'

    def test_else_the_billing_address_else_home(self):
        billing = Jurisdiction('', 'NS')
        place = place_of_supply(ship_to=None, billing=billing, company=self.HOME)
        assert place == Jurisdiction('CA', 'NS')
        nowhere = Jurisdiction()
        assert place_of_supply(ship_to=None, billing=nowhere, company=self.HOME) == self.HOME

    def test_abroad(self):
        place = place_of_supply(
            ship_to=Jurisdiction('US', 'NY'), billing=self.HOME, company=self.HOME
        )
        assert place.country == 'US'
