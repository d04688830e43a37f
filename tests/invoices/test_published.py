"""What other programs are told of a line's taxes is what was charged for it."""

import datetime as dt
import types
from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from karvo.invoices.compute import _taxable, compute_totals
from karvo.invoices.published import line_taxes
from karvo.invoices.schemas import LineRead, NewInvoice, NewLine, TaxRead
from karvo.taxes.compute import applicable_rates, is_taxed, own_rates
from karvo.taxes.operations import shipped_rates
from karvo.taxes.schemas import Jurisdiction, Registration

RATES = shipped_rates()
REGISTERED = [Registration(regime) for regime in ('gst', 'qst', 'pst_bc', 'pst_mb')]
TODAY = dt.date(2026, 11, 20)
#: none, those of QC, BC and ON, all of QC together, two that no place has
ASKED = ['0', '0.05', '0.09975', '0.07', '0.13', '0.14975', '0.12', '0.071250', '0.1']
ONE = {'description': 'x', 'unit_price': Decimal(10)}
lines = st.lists(
    st.builds(
        NewLine,
        description=st.just('x'),
        unit_price=st.decimals('0', '999', places=2),
        tax_code=st.sampled_from(['taxable', 'exempt', 'zero_rated', None]),
        pst_exempt=st.sampled_from([None, True, False]),
        tax_rate=st.sampled_from([None, None, None, *map(Decimal, ASKED)]),
    ),
    min_size=1,
    max_size=6,
)


def read(taxes):
    """The document's taxes as its reads have them."""
    names = ('code', 'family', 'base', 'amount')
    return [
        TaxRead(label=x.label_en, rate=x.rate * 100, **{n: getattr(x, n) for n in names})
        for x in taxes
    ]


class TestLineTaxes:
    @given(
        lines,
        st.sampled_from(['QC', 'ON', 'BC', 'AB']),
        st.sampled_from(['none', 'gst', 'pst', 'all']),
        st.booleans(),
    )
    @example([NewLine(**ONE, tax_rate=Decimal('0.14975'))], 'QC', 'pst', False)
    @example([NewLine(**ONE, pst_exempt=True), NewLine(**ONE)], 'QC', 'none', True)
    def test_are_those_that_the_line_bears(self, asked, province, exempt, is_included):
        place = Jurisdiction('CA', province)
        found = applicable_rates(RATES, REGISTERED, country='CA', place=place, on=TODAY)
        rates = found + own_rates((x.tax_rate for x in asked if x.tax_rate is not None), found)
        totals = compute_totals(
            NewInvoice(customer='X', lines=asked, prices_include_tax=is_included),
            {},
            {},
            rates,
            exempt=exempt,
            may_be_zero=True,
        )
        invoice = types.SimpleNamespace(taxes=read(totals.taxes))
        charged = dict.fromkeys((tax.code for tax in totals.taxes), Decimal(0))
        for n, line in enumerate(totals.lines):
            names = set(LineRead.__struct_fields__) - {'id', 'line_no'}
            shown = LineRead(id=n, line_no=n + 1, **{name: getattr(line, name) for name in names})
            told = [tax.code for tax in line_taxes(invoice, shown)]
            taxable = _taxable(line, line.line_total, rates)
            assert told == [tax.code for tax in totals.taxes if is_taxed(taxable, tax)]
            for code in told:
                charged[code] += line.line_total
        assert charged == {tax.code: tax.base for tax in totals.taxes}
