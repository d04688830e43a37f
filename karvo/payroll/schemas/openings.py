"""Shapes of what was paid in a year before a company came here."""

import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.kit.fields import MoneyNotNegative

Year = typing.Annotated[int, Meta(ge=1990, le=2100)]
NOUGHT = Decimal(0)


class Opening(msgspec.Struct, kw_only=True):
    """An employee's sums of a year at this employer, before the first pay run here. Dollars.

    They count in the year to date: in maximums, in the tax of lump sums, on stubs. They are on no
    T4 nor RL-1: slips are of posted stubs alone, so that what was paid before is added to them from
    the records that it was paid by. Of `gross_all` (lump sums included) and `gross_periodic`, one
    alone says both; `pensionable`, `insurable` and `qpip_insurable` are `gross_all` unless given.
    `h`, `csa` and `f` are sums of factors of TP-1015.F, asked for by its first lump-sum method.
    """

    year: Year
    gross_all: MoneyNotNegative | None = None
    gross_periodic: MoneyNotNegative | None = None
    pensionable: MoneyNotNegative | None = None
    insurable: MoneyNotNegative | None = None
    qpip_insurable: MoneyNotNegative | None = None
    qpp: MoneyNotNegative = NOUGHT
    qpp2: MoneyNotNegative = NOUGHT
    ei: MoneyNotNegative = NOUGHT
    qpip: MoneyNotNegative = NOUGHT
    qpip_employer: MoneyNotNegative = NOUGHT
    federal_tax: MoneyNotNegative = NOUGHT
    qc_tax: MoneyNotNegative = NOUGHT
    rpp: MoneyNotNegative = NOUGHT
    rrsp: MoneyNotNegative = NOUGHT
    fhsa: MoneyNotNegative = NOUGHT
    union_dues: MoneyNotNegative = NOUGHT
    h: MoneyNotNegative = NOUGHT
    csa: MoneyNotNegative = NOUGHT
    f: MoneyNotNegative = NOUGHT
