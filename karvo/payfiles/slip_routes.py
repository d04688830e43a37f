"""/payroll/employees/{id}/t4 and /payroll/slips of se-erp/v2: slips of a year."""

import typing

import msgspec

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Id
from karvo.kit.http import Media, Page, Reply, Resource, endpoint, found
from karvo.payfiles.operations.slips import (
    amend_slip,
    audit_return,
    cancel_slip,
    issue_slips,
    reveal_sin,
    set_details,
)
from karvo.payfiles.returns import ReturnKind, rl1_table, t4_xml
from karvo.payfiles.schemas.settings import Year
from karvo.payfiles.schemas.slips import (
    EmployeeSlips,
    NewSlips,
    SlipDetails,
    SlipKind,
    SlipRead,
    SlipRow,
    SlipsIssued,
    SlipStatus,
    SlipStep,
    SlipSummaries,
)
from karvo.payfiles.slip_reads import (
    SLIPS,
    read_employee_slips,
    read_slip,
    read_summaries,
)
from karvo.payroll.operations.employees import reveal_secrets
from karvo.se_erp import se_erp

READ, WRITE, FULL = 'payroll:read', 'payroll:write', 'payroll:full'
Xml = typing.Annotated[Reply, Media('application/xml')]
Csv = typing.Annotated[Reply, Media('text/csv')]


class YearQuery(msgspec.Struct, kw_only=True):
    """Of which year: that of the pay dates."""

    year: Year


class ReturnQuery(YearQuery, kw_only=True):
    """Originals, or what was amended and cancelled since."""

    type: ReturnKind = 'original'


class SlipQuery(paging.ListQuery, kw_only=True):
    """Filters of the issued slips."""

    year: Year | None = None
    kind: SlipKind | None = None
    status: SlipStatus | None = None
    employee_id: Id | None = None


class EmployeeT4(Resource):
    """An employee's year."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int, query: YearQuery) -> EmployeeSlips:
        """Get T4 and RL-1 data for a year from posted pays; the SIN only with payroll:full."""
        return _year(actor, id, query.year)

    @endpoint(scope=WRITE)
    def on_put(
        self, actor: Actor, id: int, query: YearQuery, body: SlipDetails, version: int | None
    ) -> EmployeeSlips:
        """Say what no pay says: dental code, plan number, donations, other RL-1 boxes."""
        set_details(id, query.year, body, actor=actor, version=version)
        return _year(actor, id, query.year)


class Slips(Resource):
    """Issued slips."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, query: SlipQuery) -> Page[SlipRow]:
        """List issued slips: originals, amended and cancelled ones."""
        filters = {
            'year': query.year,
            'kind': query.kind,
            'status': query.status,
            'employee_id': query.employee_id,
            'updated_since': query.updated_since,
        }
        rows, total = SLIPS.read(SlipRow, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope=WRITE)
    def on_post(self, actor: Actor, body: NewSlips) -> SlipsIssued:
        """Issue a year's original slips: they are frozen, and numbered within the RL-1 range."""
        return issue_slips(body, actor=actor)


class Summaries(Resource):
    """A year's totals."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, query: YearQuery) -> SlipSummaries:
        """Get the T4 and RL-1 summaries, checked against slips and remittances."""
        return read_summaries(query.year)


class OneSlip(Resource):
    """An issued slip."""

    dialect = se_erp

    @endpoint(scope=READ)
    def on_get(self, actor: Actor, id: int) -> SlipRead:
        """Get an issued slip with all boxes; the SIN only with payroll:full."""
        return _slip(actor, id)


class Amendment(Resource):
    """A slip was wrong."""

    dialect = se_erp

    @endpoint(scope=WRITE, status=201)
    def on_post(self, actor: Actor, id: int, body: SlipStep) -> SlipRead:
        """Issue an amended slip with what the pays come to now."""
        return _slip(actor, amend_slip(id, body, actor=actor))


class Cancellation(Resource):
    """A slip should not have been issued."""

    dialect = se_erp

    @endpoint(scope=WRITE, status=201)
    def on_post(self, actor: Actor, id: int, body: SlipStep) -> SlipRead:
        """Issue the cancellation of a slip."""
        return _slip(actor, cancel_slip(id, body, actor=actor))


class T4Return(Resource):
    """The return for the Canada Revenue Agency."""

    dialect = se_erp

    @endpoint(scope=FULL)
    def on_get(self, actor: Actor, query: ReturnQuery) -> Xml:
        """Download the T4 return (T619 2026V4) of issued slips; it holds every SIN."""
        body = t4_xml(query.year, query.type)
        audit_return(query.year, 't4.xml', actor=actor)
        return _attachment(body, 'application/xml', f'T4_{query.year}_{query.type}.xml')


class Rl1Table(Resource):
    """RL-1 values."""

    dialect = se_erp

    @endpoint(scope=FULL)
    def on_get(self, actor: Actor, query: YearQuery) -> Csv:
        """Download RL-1 values of issued slips as CSV: data, not to be transmitted as it is."""
        body = rl1_table(query.year)
        audit_return(query.year, 'rl1.csv', actor=actor)
        name = f'RL-1_{query.year}_NON-TRANSMISSIBLE.csv'
        answer = _attachment(body, 'text/csv; charset=utf-8', name)
        answer.headers['X-Transmittable'] = 'false'
        return answer


def _attachment(body: bytes, kind: str, name: str) -> Reply:
    return Reply(
        body,
        {
            'Content-Type': kind,
            'Content-Disposition': f'attachment; filename="{name}"',
            'Cache-Control': 'no-store',
        },
    )


def _year(actor: Actor, employee_id: int, year: int) -> EmployeeSlips:
    shown = found(read_employee_slips(employee_id, year), 'Employee')
    if actor.may(FULL):
        shown.t4.box_12 = reveal_secrets(employee_id, actor=actor).sin
    return shown


def _slip(actor: Actor, slip_id: int) -> SlipRead:
    shown = found(read_slip(slip_id), 'Slip')
    if actor.may(FULL):
        shown.data.t4.box_12 = reveal_sin(slip_id, actor=actor)
    return shown


routes = [
    ('/payroll/employees/{id:int}/t4', EmployeeT4()),
    ('/payroll/slips', Slips()),
    ('/payroll/slips/summary', Summaries()),
    ('/payroll/slips/t4.xml', T4Return()),
    ('/payroll/slips/rl1.csv', Rl1Table()),
    ('/payroll/slips/{id:int}', OneSlip()),
    ('/payroll/slips/{id:int}/amend', Amendment()),
    ('/payroll/slips/{id:int}/cancel', Cancellation()),
]
