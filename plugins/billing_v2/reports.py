"""/reports of api/v2."""

from decimal import Decimal

import msgspec

from karvo.billing.reads import read_outstanding
from karvo.kit.actor import Actor
from karvo.kit.http import Resource, endpoint
from karvo.ledger.reads import calendar_period, financial_summary
from karvo.settings.reads import business_date, read_settings
from plugins.billing_v2.dialect import dialect
from plugins.billing_v2.envelopes import One


class V2PeriodQuery(msgspec.Struct, kw_only=True):
    """A year, or one of its months; this year when both are absent."""

    year: int | None = None
    month: int | None = None


class V2FinancialOut(msgspec.Struct, kw_only=True):
    """What the period earned and spent before tax, and what customers owed on its last day (now,
    while it lasts), in dollars.
    """

    income: Decimal
    expenses: Decimal
    profit: Decimal
    outstanding_invoices: Decimal


class Financial(Resource):
    """The summary of a period."""

    dialect = dialect

    @endpoint(scope='ledger:read')
    def on_get(self, actor: Actor, query: V2PeriodQuery) -> One[V2FinancialOut]:
        """Financial summary of a calendar year or month."""
        settings = read_settings()
        today = business_date(settings)
        first, last = calendar_period(query.year, query.month, today)
        summary = financial_summary(first, last, settings.currency)
        shown = V2FinancialOut(
            income=summary.income,
            expenses=summary.expenses,
            profit=summary.profit,
            outstanding_invoices=read_outstanding(min(last, today)),
        )
        return One(data=shown)


routes: list[tuple[str, Resource]] = [('/reports/financial', Financial())]
