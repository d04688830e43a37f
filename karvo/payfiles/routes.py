"""/payroll/runs/{id}/cpa005, /payroll/remittances and /payroll/filing-settings of se-erp/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import Meta

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.errors import invalid
from karvo.kit.http import Media, Page, Reply, Resource, endpoint, found
from karvo.payfiles.cpa005 import ascii_text
from karvo.payfiles.operations.bank_files import Taken, take_bank_file
from karvo.payfiles.operations.remittances import pay_remittance
from karvo.payfiles.operations.settings import change_filing_settings
from karvo.payfiles.reads import read_filing_settings, read_remittance, read_remittances
from karvo.payfiles.schemas.remittances import RemittanceKind, RemittanceRead, RemittanceStep
from karvo.payfiles.schemas.settings import (
    Authority,
    FilingSettings,
    FilingSettingsChange,
    Year,
)
from karvo.payfiles.slip_routes import routes as slips
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings

READ, WRITE, FULL = 'payroll:read', 'payroll:write', 'payroll:full'
ORDERS = ('code', 'due_date', 'period_end')
#: Bytes as the bank wants them.
Text = typing.Annotated[Reply, Media('text/plain')]
LONGEST_HEADER = 4000
#: A month of the years that have pays; `$` alone would take a line end after it.
MONTH = r'^(199[0-9]|20[0-9]{2}|2100)-(0[1-9]|1[0-2])(?!\n)$'


class BankFileQuery(msgspec.Struct, kw_only=True):
    """Whether employees without a bank account are left out of the file."""

    skip_missing: bool = False


class RemittanceQuery(paging.ListQuery, kw_only=True):
    """`year` of the pay dates, this year's unless given; `period` is a month of them."""

    year: Year | None = None
    period: typing.Annotated[str, Meta(pattern=MONTH)] | None = None
    authority: Authority | None = None
    kind: RemittanceKind | None = None
    paid: bool | None = None


class RunFile(Resource):
    """The payment file of a run."""

    dialect = se_erp

    @endpoint(scope=FULL)
    def on_get(self, actor: Actor, id: int, query: BankFileQuery) -> Text:
        """Download the CPA-005 file of an approved run; the same bytes each time.

        It holds whole account numbers, so it needs payroll:full. Employees without an account are
        named in `X-Skipped` when `skip_missing=true`, else the file is refused.
        """
        return _file(take_bank_file(id, skip_missing=query.skip_missing, actor=actor))


class Remittances(Resource):
    """What is owed to the authorities."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, query: RemittanceQuery) -> Page[RemittanceRead]:
        """Get remittances per authority and period: amounts, due date, whether paid."""
        today = business_date(read_settings())
        year = int(query.period[:4]) if query.period else query.year or today.year
        if query.year and query.year != year:
            raise invalid(period=f'must be in {query.year}')
        rows = read_remittances(year, read_filing_settings(), today)
        rows = _ordered([one for one in rows if _is_asked(one, query)], query)
        start = (query.page - 1) * query.per_page
        return paging.page_of(query, rows[start : start + query.per_page], len(rows))


class OneRemittance(Resource):
    """One period's."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, code: str) -> RemittanceRead:
        """Get one remittance by its code, such as cra-2026-03-31."""
        return _remittance(code)


class RemittancePayment(Resource):
    """It was paid."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, code: str, body: RemittanceStep) -> RemittanceRead:
        """Mark a remittance as paid, once: the liability against the bank, in the ledger."""
        pay_remittance(code, body, actor=actor)
        return _remittance(code)


class FilingDecisions(Resource):
    """Originator, accounts at the authorities, frequencies."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor) -> FilingSettings:
        """Settings of payment files, remittances and slips; the return account is masked."""
        return read_filing_settings()

    @endpoint(scope=WRITE)
    def on_put(
        self,
        actor: Actor,
        body: FilingSettingsChange,  # type: ignore[valid-type]
    ) -> FilingSettings:
        """Change filing settings; absent = unchanged, null = default."""
        return change_filing_settings(body, actor=actor)


def _file(taken: Taken) -> Reply:
    headers = {
        'Content-Type': 'text/plain; charset=us-ascii',
        'Content-Disposition': f'attachment; filename="CPA005_{taken.run_no}.txt"',
        'X-File-Number': f'{taken.number:04}',
        'Cache-Control': 'no-store',
    }
    if taken.skipped:
        headers['X-Skipped'] = ascii_text(', '.join(taken.skipped))[:LONGEST_HEADER]
    if taken.warning:
        headers['X-Warning'] = ascii_text(taken.warning)[:LONGEST_HEADER]
    if taken.replaces is not None:
        headers['X-Replaces'] = f'{taken.replaces:04}'
    return Reply(taken.body, headers)


def _remittance(code: str) -> RemittanceRead:
    today = business_date(read_settings())
    return found(read_remittance(code, read_filing_settings(), today), 'Remittance')[0]


def _is_asked(one: RemittanceRead, query: RemittanceQuery) -> bool:
    if query.period and not _touches(one, query.period):
        return False
    if query.paid is not None and one.paid != query.paid:
        return False
    if query.search and query.search.lower() not in one.code:
        return False
    return query.authority in (None, one.authority) and query.kind in (None, one.kind)


def _touches(one: RemittanceRead, month: str) -> bool:
    """Whether the period has days of the month."""
    first = dt.date.fromisoformat(f'{month}-01')
    return f'{one.period_start:%Y-%m}' <= month and one.period_end >= first


def _ordered(rows: list[RemittanceRead], query: RemittanceQuery) -> list[RemittanceRead]:
    """They come by due date. Raises Invalid for an unknown order."""
    name = query.orderby or 'due_date'
    if name not in ORDERS:
        raise invalid(orderby=f'must be one of {", ".join(ORDERS)}')
    return sorted(rows, key=lambda one: getattr(one, name), reverse=query.order == 'desc')


routes = [
    ('/payroll/runs/{id:int}/cpa005', RunFile()),
    ('/payroll/remittances', Remittances()),
    ('/payroll/remittances/{code}', OneRemittance()),
    ('/payroll/remittances/{code}/pay', RemittancePayment()),
    ('/payroll/filing-settings', FilingDecisions()),
    *slips,
]
