"""/claims of se-erp/v2."""

import datetime as dt
import typing

from karvo.claims.operations.changing import change_claim
from karvo.claims.operations.opening import create_claim
from karvo.claims.reads import CLAIMS, day_start, read_claim, today_start
from karvo.claims.schemas import ClaimRead, Kind, Status
from karvo.claims.wire import (
    FIELDS,
    LINKS,
    ClaimChangeIn,
    ClaimIn,
    ClaimOut,
    ClaimQuery,
    claim_change,
    claim_out,
    new_claim,
)
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.se_erp import se_erp
from karvo.settings.reads import read_settings, spoken_language

KINDS, STATUSES = typing.get_args(Kind), typing.get_args(Status)


class Claims(Resource):
    """All claims."""

    dialect = se_erp
    links = LINKS
    fields = FIELDS

    @endpoint(scope='claims:read')
    def on_get(self, actor: Actor, query: ClaimQuery) -> Page[ClaimOut]:
        """List claims with pagination."""
        settings = read_settings()
        names = ('customer_code', 'invoice_no', 'assigned_to', 'overdue', 'updated_since')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        until = query.date_to and query.date_to + dt.timedelta(days=1)
        filters |= {
            'status': paging.choices(query.status, STATUSES, 'status'),
            'type': paging.choices(query.type, KINDS, 'type'),
            'search': query.search or None,
            'date_from': query.date_from and day_start(query.date_from, settings),
            'date_to': until and day_start(until, settings),
            'today_start': today_start(settings),
        }
        rows, total = CLAIMS.read(ClaimRead, filters, paging.slice_of(query))
        language = spoken_language(actor.language, settings)
        return paging.page_of(query, [claim_out(row, language) for row in rows], total)

    @endpoint(scope='claims:write', status=201)
    def on_post(self, actor: Actor, body: ClaimIn) -> ClaimOut:
        """Create a new claim."""
        return _one(create_claim(new_claim(body), actor=actor), actor)


class OneClaim(Resource):
    """One claim."""

    dialect = se_erp
    links = LINKS
    fields = FIELDS

    @endpoint(scope='claims:read')
    def on_get(self, actor: Actor, id: int) -> ClaimOut:
        """Get full claim details."""
        return _one(id, actor)

    @endpoint(scope='claims:write')
    def on_put(self, actor: Actor, id: int, body: ClaimChangeIn, version: int | None) -> ClaimOut:
        """Update claim status or resolution."""
        change_claim(id, claim_change(body), actor=actor, version=version)
        return _one(id, actor)


def _one(claim_id: int, actor: Actor) -> ClaimOut:
    settings = read_settings()
    row = found(read_claim(claim_id, settings), 'Claim')
    return claim_out(row, spoken_language(actor.language, settings))


routes = [('/claims', Claims()), ('/claims/{id:int}', OneClaim())]
