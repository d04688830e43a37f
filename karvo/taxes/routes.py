"""/settings/tax-registrations of se-erp/v2."""

import datetime as dt

import msgspec

from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.paging import Slice
from karvo.se_erp import se_erp
from karvo.taxes.operations import (
    NewRegistration,
    RegistrationChange,
    change_registration,
    register_tax,
)
from karvo.taxes.reads import REGISTRATIONS


class RegistrationOut(msgspec.Struct, kw_only=True):
    """A registration; no tax is computed without an active one."""

    id: int
    regime: str
    number: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    is_active: bool
    version: int


def _one(registration_id: int) -> RegistrationOut:
    rows, _ = REGISTRATIONS.read(RegistrationOut, {}, Slice(limit=1000))
    match = next((row for row in rows if row.id == registration_id), None)
    return found(match, 'Tax registration')


class Registrations(Resource):
    """What the company is registered for."""

    dialect = se_erp

    @endpoint(scope='settings:read')
    def on_get(self, actor: Actor, query: paging.ListQuery) -> Page[RegistrationOut]:
        """Tax registrations of the company."""
        rows, total = REGISTRATIONS.read(RegistrationOut, {}, paging.slice_of(query))
        return paging.page_of(query, rows, total)

    @endpoint(scope='settings:write', status=201)
    def on_post(self, actor: Actor, body: NewRegistration) -> RegistrationOut:
        """Register for a tax regime."""
        return _one(register_tax(body, actor=actor))


class Registration(Resource):
    """One registration."""

    dialect = se_erp

    @endpoint(scope='settings:write')
    def on_put(
        self, actor: Actor, id: int, body: RegistrationChange, version: int | None
    ) -> RegistrationOut:
        """Change the number, the dates, or switch it off (small supplier: no tax lines)."""
        change_registration(id, body, actor=actor, version=version)
        return _one(id)


routes = [
    ('/settings/tax-registrations', Registrations()),
    ('/settings/tax-registrations/{id:int}', Registration()),
]
