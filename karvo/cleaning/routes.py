"""/cleaning of se-erp/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import Meta

from karvo.cleaning.compute import indexations, indexed
from karvo.cleaning.operations.contracts import change_contract, reveal_key_code
from karvo.cleaning.operations.steps import (
    activate_contract,
    enter_contract,
    renew_contract,
    resume_contract,
    suspend_contract,
    terminate_contract,
)
from karvo.cleaning.operations.visits import add_visit, change_visit
from karvo.cleaning.reads import CONTRACTS, read_contract, read_visit
from karvo.cleaning.schemas import (
    ContractChange,
    ContractRead,
    ContractRow,
    FromDay,
    NewContract,
    NewVisit,
    Renewal,
    VisitChange,
    VisitRead,
)
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Line, Short
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.money import ZERO, cents, line_total
from karvo.kit.text import fold, like
from karvo.se_erp import se_erp
from karvo.settings.reads import business_date, read_settings

STATES = ('draft', 'active', 'suspended', 'terminated', 'expired', 'renewed')
WITHIN = typing.Annotated[int, Meta(ge=0, le=3650)]


class ContractQuery(paging.ListQuery, kw_only=True):
    """Filters of the contracts; `city` is the site's."""

    status: Line | None = None
    customer_code: Short | None = None
    expiring_within_days: WITHIN | None = None
    city: Line | None = None


class LogQuery(msgspec.Struct, kw_only=True):
    """Days of the service log, both ends counted; the latest 200 visits of them."""

    log_from: dt.date | None = None
    log_to: dt.date | None = None


class KeyCode(msgspec.Struct, kw_only=True):
    """The code of the site's key or alarm."""

    key_code: str


class Contracts(Resource):
    """All contracts."""

    dialect = se_erp

    @endpoint(scope='cleaning:read')
    def on_get(self, actor: Actor, query: ContractQuery) -> Page[ContractRow]:
        """List cleaning contracts by status."""
        within = query.expiring_within_days
        today = business_date(read_settings()) if within is not None else dt.date.min
        filters = {
            'status': paging.choices(query.status, STATES, 'status'),
            'customer_code': query.customer_code,
            'city': fold(query.city) if query.city else None,
            'expiring_before': None if within is None else today + dt.timedelta(days=within),
            'search': like(query.search) if query.search else None,
            'updated_since': query.updated_since,
        }
        rows, total = CONTRACTS.read(ContractRow, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope='cleaning:write', status=201)
    def on_post(self, actor: Actor, body: NewContract) -> ContractRead:
        """Create a new cleaning contract."""
        return _one(enter_contract(body, actor=actor))


class OneContract(Resource):
    """One contract."""

    dialect = se_erp

    @endpoint(scope='cleaning:read')
    def on_get(self, actor: Actor, id: int, query: LogQuery) -> ContractRead:
        """Get contract with line items and service log."""
        return _one(id, query)

    @endpoint(scope='cleaning:write')
    def on_put(
        self, actor: Actor, id: int, body: ContractChange, version: int | None
    ) -> ContractRead:
        """Update a contract; what was agreed stays once it is in force."""
        change_contract(id, body, actor=actor, version=version)
        return _one(id)


class Activation(Resource):
    """A contract comes into force."""

    dialect = se_erp

    @endpoint(scope='cleaning:write')
    def on_post(self, actor: Actor, id: int, version: int | None) -> ContractRead:
        """Put a draft in force; in Québec its French version must have been handed over."""
        activate_contract(id, actor=actor, version=version)
        return _one(id)


class Suspension(Resource):
    """A contract pauses."""

    dialect = se_erp

    @endpoint(scope='cleaning:write')
    def on_post(self, actor: Actor, id: int, body: FromDay, version: int | None) -> ContractRead:
        """Suspend a contract; suspended days are not charged."""
        suspend_contract(id, body, actor=actor, version=version)
        return _one(id)


class Resumption(Resource):
    """A contract goes on."""

    dialect = se_erp

    @endpoint(scope='cleaning:write')
    def on_post(self, actor: Actor, id: int, body: FromDay, version: int | None) -> ContractRead:
        """Resume a suspended contract."""
        resume_contract(id, body, actor=actor, version=version)
        return _one(id)


class Termination(Resource):
    """A contract ends early."""

    dialect = se_erp

    @endpoint(scope='cleaning:write')
    def on_post(self, actor: Actor, id: int, body: FromDay, version: int | None) -> ContractRead:
        """Terminate a contract; its days until then are invoiced on the next billing day."""
        terminate_contract(id, body, actor=actor, version=version)
        return _one(id)


class Renewing(Resource):
    """A contract goes on in another one."""

    dialect = se_erp

    @endpoint(scope='cleaning:write', status=201)
    def on_post(self, actor: Actor, id: int, body: Renewal, version: int | None) -> ContractRead:
        """Renew an expired contract; answers with its successor."""
        return _one(renew_contract(id, body, actor=actor, version=version))


class SiteKeyCode(Resource):
    """The code of a site's key."""

    dialect = se_erp

    @endpoint(scope='cleaning:write')
    def on_get(self, actor: Actor, id: int) -> KeyCode:
        """Show the key code of a site; the audit log notes who asked."""
        return KeyCode(key_code=reveal_key_code(id, actor=actor))


class Visits(Resource):
    """The visits of a contract."""

    dialect = se_erp

    @endpoint(scope='cleaning:write', status=201)
    def on_post(self, actor: Actor, id: int, body: NewVisit) -> VisitRead:
        """Enter a visit besides the planned ones."""
        return _visit(add_visit(id, body, actor=actor))


class OneVisit(Resource):
    """One visit."""

    dialect = se_erp

    @endpoint(scope='cleaning:write')
    def on_put(
        self, actor: Actor, id: int, log_id: int, body: VisitChange, version: int | None
    ) -> VisitRead:
        """Start, complete, move or cancel a visit; supplies leave stock when it is completed."""
        change_visit(id, log_id, body, actor=actor, version=version)
        return _visit(log_id)


def _one(contract_id: int, query: LogQuery | None = None) -> ContractRead:
    query = query or LogQuery()
    shown = found(read_contract(contract_id, query.log_from, query.log_to), 'Cleaning contract')
    times = indexations(shown.priced_on, business_date(read_settings()), shown.indexation_month)
    rate = shown.indexation_pct
    if shown.price_per_period is not None:
        shown.current_value = cents(indexed(shown.price_per_period, rate, times))
    else:
        amounts = (
            line_total(line.qty, indexed(line.unit_price, rate, times), ZERO)
            for line in shown.lines
        )
        shown.current_value = sum(amounts, ZERO)
    return shown


def _visit(visit_id: int) -> VisitRead:
    return found(read_visit(visit_id), 'Visit')


routes = [
    ('/cleaning/contracts', Contracts()),
    ('/cleaning/contracts/{id:int}', OneContract()),
    ('/cleaning/contracts/{id:int}/activate', Activation()),
    ('/cleaning/contracts/{id:int}/suspend', Suspension()),
    ('/cleaning/contracts/{id:int}/resume', Resumption()),
    ('/cleaning/contracts/{id:int}/terminate', Termination()),
    ('/cleaning/contracts/{id:int}/renew', Renewing()),
    ('/cleaning/contracts/{id:int}/key-code', SiteKeyCode()),
    ('/cleaning/contracts/{id:int}/service-log', Visits()),
    ('/cleaning/contracts/{id:int}/service-log/{log_id:int}', OneVisit()),
]
