"""Shapes of sales tax: dated rates, registrations, and the tax lines of a document."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

#: The four totals of the wire; every tax belongs to one, UAE VAT to `tps`.
Family = typing.Literal['tps', 'tvq', 'tvh', 'tvp']
#: What a company registers for; `gst` covers HST (T-3).
Regime = typing.Literal['gst', 'qst', 'pst_bc', 'pst_mb', 'pst_sk', 'vat_ae']
#: What a tax of a document is of: a regime, or a rate that a line named itself.
Charged = typing.Literal['gst', 'qst', 'pst_bc', 'pst_mb', 'pst_sk', 'vat_ae', 'own']
TaxCode = typing.Literal['taxable', 'zero_rated', 'exempt']
#: Of a customer: `gst` frees of TPS and TVH, `pst` of TVQ and TVP.
Exemption = typing.Literal['none', 'gst', 'pst', 'all']


class Jurisdiction(msgspec.Struct, frozen=True):
    """Whose taxes apply: ISO country and province; '' = not known."""

    country: str = ''
    province: str = ''


class TaxRate(msgspec.Struct, frozen=True, kw_only=True):
    """One rate while it lasts (T-1). `rate` is a fraction: 0.099750 is 9.975 %."""

    code: str
    family: Family
    regime: Charged
    country: str
    province: str = ''  #: '' = everywhere in the country
    label_fr: str
    label_en: str
    rate: Decimal
    account: str  #: where the collected tax is owed
    valid_from: dt.date
    valid_to: dt.date | None = None  #: the last day; None = still in force
    source: str = ''
    registration_number: str = ''  #: the company's own, once `applicable_rates` has chosen the rate


class Registration(msgspec.Struct, frozen=True):
    """The company is registered for a regime, both days included; None = no end known."""

    regime: Regime
    number: str = ''
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None


class TaxableLine(msgspec.Struct, frozen=True, gc=False):
    """What sales tax has to know of a document's line. `amount` in dollars, after discounts."""

    amount: Decimal
    tax_code: TaxCode = 'taxable'
    pst_exempt: bool = False  #: free of TVQ and TVP
    only: str | None = None  #: the code of the one tax that it bears, where it named its rate


class TaxLine(msgspec.Struct, frozen=True, kw_only=True):
    """One tax of a document: dollars, except `rate`, a fraction."""

    code: str
    family: Family
    regime: Charged
    label_fr: str
    label_en: str
    rate: Decimal
    base: Decimal
    amount: Decimal
    account: str
    registration_number: str = ''


class IncludedTaxes(msgspec.Struct, frozen=True):
    """Prices that held their taxes, taken apart: a net for each line, and the taxes."""

    nets: list[Decimal]
    taxes: list[TaxLine]
