"""/ledger of se-erp/v2."""

import datetime as dt
import typing

import msgspec

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.http import Page, Resource, endpoint
from karvo.ledger.reads import ACCOUNTS, trial_balance
from karvo.ledger.schemas import AccountOut, TrialBalance
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings


class AccountQuery(paging.ListQuery, kw_only=True):
    """Filters of the chart."""

    type: str | None = None


class AsOf(msgspec.Struct, kw_only=True):
    """A report's date; today when absent."""

    as_of: dt.date | None = None


class Accounts(Resource):
    """The chart of accounts."""

    dialect = se_erp

    @endpoint(scope='ledger:read')
    def on_get(self, actor: Actor, query: AccountQuery) -> Page[AccountOut]:
        """The chart of accounts, each with its balance."""
        filters: dict[str, typing.Any] = {
            'search': query.search or None,
            'type': paging.words(query.type),
        }
        rows, total = ACCOUNTS.read(AccountOut, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)


class TrialBalances(Resource):
    """The trial balance."""

    dialect = se_erp

    @endpoint(scope='ledger:read')
    def on_get(self, actor: Actor, query: AsOf) -> TrialBalance:
        """Trial balance on a date; `difference` is 0.00."""
        settings = read_settings()
        return trial_balance(query.as_of or business_date(settings), settings.currency)


routes = [('/ledger/accounts', Accounts()), ('/ledger/trial-balance', TrialBalances())]
