"""How a document keeps its taxes: in its own row, as they are shown, and what else they have.

`taxes` is the JSON that answers pass on as it is; `tax_details` has the same taxes in the same
order with what only postings and paper need. A tax is never read without its document.
"""

import functools
import typing
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from karvo.kit.db import database
from karvo.kit.money import cents
from karvo.kit.outbox import as_json
from karvo.taxes.schemas import Charged, Family, TaxLine

#: Rows of the taxes of `@document d`, as `x`; rate in percent. Lateral.
TAXES = """ROWS FROM (
  json_to_recordset(d.taxes::json) AS (code text, label text, rate numeric, base numeric,
    amount numeric),
  json_to_recordset(d.tax_details::json) AS (family text, regime text, label_en text, account text,
    registration_number text)
) AS x(code, label_fr, rate, base, amount, family, regime, label_en, account,
  registration_number)"""

#: Those of one document, as `TaxLine`s.
STORED = f"""
SELECT coalesce(json_agg(json_build_object('code', x.code, 'family', x.family, 'regime', x.regime,
  'label_fr', x.label_fr, 'label_en', x.label_en, 'rate', round(x.rate / 100, 6), 'base', x.base,
  'amount', x.amount, 'account', x.account, 'registration_number', x.registration_number)), '[]')
  ::text
FROM @document d CROSS JOIN {TAXES} WHERE d.id = %(id)s"""
#: Documents whose taxes are not what their sums say, or that have details of others.
WRONG = f"""
SELECT d.id, d.number FROM @document d CROSS JOIN LATERAL (
  SELECT coalesce(sum(x.amount) FILTER (WHERE x.family = 'tps'), 0) AS tps,
    coalesce(sum(x.amount) FILTER (WHERE x.family = 'tvq'), 0) AS tvq,
    coalesce(sum(x.amount) FILTER (WHERE x.family = 'tvh'), 0) AS tvh,
    coalesce(sum(x.amount) FILTER (WHERE x.family = 'tvp'), 0) AS tvp,
    coalesce(bool_and(x.family IS NOT NULL AND x.code IS NOT NULL), true) AS is_whole
  FROM {TAXES}) y
WHERE (d.tps, d.tvq, d.tvh, d.tvp) IS DISTINCT FROM (y.tps, y.tvq, y.tvh, y.tvp)
  OR NOT y.is_whole ORDER BY d.id"""
_FAMILIES: tuple[str, ...] = typing.get_args(Family)
FINEST = Decimal('0.000001')  #: of a rate, a fraction


class ShownTax(msgspec.Struct, kw_only=True):
    """One tax as answers show it: `rate` in percent, the amounts in dollars. A member more or less
    is one in every document that is kept: it wants a migration."""

    code: str
    label: str
    rate: Decimal
    base: Decimal
    amount: Decimal


class TaxDetail(msgspec.Struct, kw_only=True):
    """What the same tax has besides."""

    family: Family
    regime: Charged
    label_en: str
    account: str
    registration_number: str


def wrong_taxes() -> list[tuple[int, str | None]]:
    """(id, number) of the documents whose taxes do not hold together."""
    return list(database.run(WRONG, {}).fetchall())


def tax_columns(taxes: list[TaxLine]) -> dict[str, typing.Any]:
    """The columns of a document that hold its taxes and their sums."""
    sums = dict.fromkeys(_FAMILIES, Decimal('0.00'))
    for tax in taxes:
        sums[tax.family] += cents(tax.amount)
    return {
        **sums,
        'taxes': as_json([_shown(tax) for tax in taxes]),
        'tax_details': as_json([_detail(tax) for tax in taxes]),
    }


def _shown(tax: TaxLine) -> ShownTax:
    return ShownTax(
        code=tax.code,
        label=tax.label_fr,
        rate=_percent(tax.rate),
        base=cents(tax.base),
        amount=cents(tax.amount),
    )


@functools.lru_cache(maxsize=1000)
def _percent(rate: Decimal) -> Decimal:
    """9.975 of 0.099750: as precise as rates are kept, without zeros at the end."""
    percent = rate.quantize(FINEST, ROUND_HALF_UP) * 100
    whole = percent.to_integral_value()
    return whole if percent == whole else percent.normalize()


def _detail(tax: TaxLine) -> TaxDetail:
    return TaxDetail(
        family=tax.family,
        regime=tax.regime,
        label_en=tax.label_en,
        account=tax.account,
        registration_number=tax.registration_number,
    )
