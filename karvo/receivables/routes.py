"""/billing/dunning and /billing/aging/snapshots of se-erp/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import Meta

from karvo.billing.statements import read_account
from karvo.kit import paging
from karvo.kit.actor import Actor
from karvo.kit.fields import Line, Short
from karvo.kit.http import Page, Resource, endpoint, found
from karvo.kit.links import Link, Links
from karvo.kit.printed import Pdf, PrintQuery, pdf_reply
from karvo.receivables.documents import letter_pdf
from karvo.receivables.models import Dunning
from karvo.receivables.operations.letters import cancel_letter, send_letter
from karvo.receivables.operations.levels import set_levels
from karvo.receivables.reads import LETTERS, SNAPSHOTS, read_letter, read_levels
from karvo.receivables.schemas import AgingDay, DunningRead, Level, State
from karvo.se_erp import se_erp

STATES = typing.get_args(State)
WHAT = 'Dunning letter'
LINKS = Links(
    collection='/billing/dunning',
    links=(
        Link(
            rel='customer',
            href='/customers/{customer_id}',
            batch='/customers?include={ids}',
            key='customer_id',
        ),
    ),
)


class LetterQuery(paging.ListQuery, kw_only=True):
    """Filters of the letters; dates are those of the runs."""

    status: Line | None = None
    level: typing.Annotated[int, Meta(ge=1, le=9)] | None = None
    customer_code: Short | None = None
    invoice_no: Short | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None


class LetterSend(msgspec.Struct, kw_only=True):
    """Where to, if not to the customer's address; `mark_only`: it went out by other means."""

    email: typing.Annotated[str, Meta(max_length=254)] | None = None
    mark_only: bool = False


class LetterCancel(msgspec.Struct, kw_only=True):
    """Why."""

    reason: Line | None = None


class LevelsIn(msgspec.Struct, kw_only=True):
    """All levels, by rising number and days."""

    levels: typing.Annotated[list[Level], Meta(min_length=1, max_length=9)]


class Levels(msgspec.Struct, kw_only=True):
    """All levels."""

    levels: list[Level]


class SnapshotQuery(paging.ListQuery, kw_only=True, rename={'from_date': 'from', 'to_date': 'to'}):
    """The days, both included."""

    from_date: dt.date | None = None
    to_date: dt.date | None = None


class Letters(Resource):
    """All letters to late customers."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: LetterQuery) -> Page[DunningRead]:
        """List dunning letters, proposed and sent."""
        names = ('level', 'customer_code', 'invoice_no', 'date_from', 'date_to', 'updated_since')
        filters: dict[str, typing.Any] = {name: getattr(query, name) for name in names}
        filters['status'] = paging.choices(query.status, STATES, 'status')
        rows, total = LETTERS.read(DunningRead, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)


class OneLetter(Resource):
    """One letter."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int) -> DunningRead:
        """Get a dunning letter with its invoices."""
        return found(read_letter(id), WHAT)


class Sending(Resource):
    """Sending."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='billing:write')
    def on_post(self, actor: Actor, id: int, body: LetterSend, version: int | None) -> DunningRead:
        """Send a proposed letter by mail."""
        send_letter(id, actor=actor, version=version, **msgspec.structs.asdict(body))
        return found(read_letter(id), WHAT)


class Cancelling(Resource):
    """Cancelling."""

    dialect = se_erp
    links = LINKS

    @endpoint(scope='billing:write')
    def on_post(
        self, actor: Actor, id: int, body: LetterCancel, version: int | None
    ) -> DunningRead:
        """Cancel a dunning letter."""
        cancel_letter(id, body.reason, actor=actor, version=version)
        return found(read_letter(id), WHAT)


class LetterPaper(Resource):
    """Printing."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, id: int, query: PrintQuery) -> Pdf:
        """A dunning letter as PDF, in French, English or both."""
        shown = found(read_letter(id), WHAT)
        account = found(read_account(shown.customer_id), 'Customer')
        body, form = letter_pdf(Dunning.get_by_id(id), shown, account, query.lang)
        return pdf_reply(body, f'{shown.customer_code}-{shown.date}', form)


class DunningLevels(Resource):
    """When a customer is asked, and how."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor) -> Levels:
        """The levels of dunning."""
        return Levels(levels=read_levels())

    @endpoint(scope='billing:write')
    def on_put(self, actor: Actor, body: LevelsIn) -> Levels:
        """Replace the levels of dunning."""
        return Levels(levels=set_levels(body.levels, actor=actor))


class Snapshots(Resource):
    """Aging as it was."""

    dialect = se_erp

    @endpoint(scope='billing:read')
    def on_get(self, actor: Actor, query: SnapshotQuery) -> Page[AgingDay]:
        """AR aging day by day: the sums that were kept each night."""
        names = ('from_date', 'to_date', 'updated_since')
        filters = {name: getattr(query, name) for name in names}
        rows, total = SNAPSHOTS.read(AgingDay, filters, paging.slice_of(query))
        return paging.page_of(query, rows, total)


routes = [
    ('/billing/aging/snapshots', Snapshots()),
    ('/billing/dunning', Letters()),
    ('/billing/dunning/levels', DunningLevels()),
    ('/billing/dunning/{id:int}', OneLetter()),
    ('/billing/dunning/{id:int}/send', Sending()),
    ('/billing/dunning/{id:int}/cancel', Cancelling()),
    ('/billing/dunning/{id:int}/pdf', LetterPaper()),
]
