"""/payroll/runs of se-erp/v2: runs, their steps, their stubs."""

import datetime as dt
import typing

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Id, Line
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.paging import PerPage
from karvo.kit.printed import Pdf, PrintQuery, pdf_reply
from karvo.payroll.documents import form_of, stub_pdf
from karvo.payroll.operations.runs import create_run, recalculate_run
from karvo.payroll.operations.steps import (
    approve_run,
    cancel_run,
    pay_run,
    post_run,
    reopen_run,
    void_run,
)
from karvo.payroll.reads import RUNS, STUBS, read_run, read_stub
from karvo.payroll.schemas.employees import Frequency
from karvo.payroll.schemas.runs import (
    NewRun,
    Recalculation,
    RunKind,
    RunRead,
    RunStatus,
    RunStep,
    StubRead,
    StubRow,
)
from karvo.payroll.wire import stub_out
from karvo.se_erp import se_erp
from karvo.settings.reads import read_settings

READ, WRITE = 'payroll:read', 'payroll:write'


class RunQuery(paging.ListQuery, kw_only=True):
    """Filters of the pay runs, by pay date."""

    date_from: dt.date | None = None
    date_to: dt.date | None = None
    frequency: Frequency | None = None
    status: Line | None = None
    kind: RunKind | None = None


class StubQuery(paging.ListQuery, kw_only=True):
    """A run's stubs, by employee."""

    per_page: PerPage = 100
    employee_id: Id | None = None


class Runs(Resource):
    """All pay runs."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, query: RunQuery) -> Page[RunRead]:
        """List pay runs (weekly, biweekly, semi-monthly, monthly)."""
        filters = {
            'date_from': query.date_from,
            'date_to': query.date_to,
            'frequency': query.frequency,
            'status': paging.choices(query.status, typing.get_args(RunStatus), 'status'),
            'kind': query.kind,
            'updated_since': query.updated_since,
        }
        rows, total = RUNS.read(RunRead, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope=WRITE, status=201)
    def on_post(self, actor: Actor, body: NewRun) -> RunRead:
        """Process a new pay run for a period: everybody's pay, calculated."""
        return _run(create_run(body, actor=actor))


class OneRun(Resource):
    """One pay run."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int) -> RunRead:
        """Get one pay run with its totals."""
        return _run(id)


class Calculation(Resource):
    """A run that is not approved yet, anew."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, body: Recalculation, version: int | None) -> RunRead:
        """Calculate a draft, or anew what is calculated; lump sums may be replaced."""
        recalculate_run(id, body, actor=actor, version=version)
        return _run(id)


class Approval(Resource):
    """A run is right."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, version: int | None) -> RunRead:
        """Approve a calculated pay run, its timesheets with it."""
        approve_run(id, actor=actor, version=version)
        return _run(id)


class Reopening(Resource):
    """A run is not right after all."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, body: RunStep, version: int | None) -> RunRead:
        """Reopen an approved pay run, to calculate it anew."""
        reopen_run(id, body, actor=actor, version=version)
        return _run(id)


class Posting(Resource):
    """A run goes into the ledger."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, version: int | None) -> RunRead:
        """Post an approved pay run to the ledger, dated its pay date."""
        post_run(id, actor=actor, version=version)
        return _run(id)


class Payment(Resource):
    """The net leaves the bank."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, body: RunStep, version: int | None) -> RunRead:
        """Mark a posted pay run as paid: net wages payable against the bank."""
        pay_run(id, body, actor=actor, version=version)
        return _run(id)


class Cancellation(Resource):
    """A run that is not posted comes to nothing."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, body: RunStep, version: int | None) -> RunRead:
        """Cancel a pay run that is not posted; its hours wait for another one."""
        cancel_run(id, body, actor=actor, version=version)
        return _run(id)


class Voiding(Resource):
    """A posted run is undone."""

    dialect = se_erp

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, id: int, body: RunStep, version: int | None) -> RunRead:
        """Void a posted pay run: its entry is reversed, the year to date as before it."""
        void_run(id, body, actor=actor, version=version)
        return _run(id)


class Stubs(Resource):
    """Everybody's pay of a run."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int, query: StubQuery) -> Page[StubRead]:
        """Get all pay stubs for a run, 100 a page unless fewer are asked for."""
        _run(id)
        filters = {'run_id': id, 'employee_id': query.employee_id}
        rows, total = STUBS.read(StubRow, filters, paging.slice_of(query))
        return paging.page_of(query, [stub_out(row) for row in rows], total)


class StubPaper(Resource):
    """One pay on paper."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int, stub_id: int, query: PrintQuery) -> Pdf:
        """A pay stub as PDF with the year to date, in French, English or both."""
        row = found(read_stub(id, stub_id), 'Pay stub')
        form = form_of(row, query.lang)
        body = stub_pdf(row, read_settings(), form)
        return pdf_reply(body, f'{row.run_no}-{row.employee_no}', form)


def _run(run_id: int) -> RunRead:
    return found(read_run(run_id), 'Pay run')


routes = [
    ('/payroll/runs', Runs()),
    ('/payroll/runs/{id:int}', OneRun()),
    ('/payroll/runs/{id:int}/recalculate', Calculation()),
    ('/payroll/runs/{id:int}/approve', Approval()),
    ('/payroll/runs/{id:int}/reopen', Reopening()),
    ('/payroll/runs/{id:int}/post', Posting()),
    ('/payroll/runs/{id:int}/pay', Payment()),
    ('/payroll/runs/{id:int}/cancel', Cancellation()),
    ('/payroll/runs/{id:int}/void', Voiding()),
    ('/payroll/runs/{id:int}/stubs', Stubs()),
    ('/payroll/runs/{id:int}/stubs/{stub_id:int}/pdf', StubPaper()),
]
