"""/analytics and /customers/{id}/health of se-erp/v2."""

import typing
from decimal import Decimal

import msgspec
from msgspec import Meta

from karvo.analytics.forecast import MOST_AHEAD
from karvo.analytics.forecasts import forecast_of, read_forecast
from karvo.analytics.months import month_named
from karvo.analytics.reports import read_health
from karvo.analytics.revenue import Asked, read_revenue
from karvo.analytics.schemas import ForecastReport, Grouping, HealthReport, RevenueReport
from karvo.kit.actor import Actor
from karvo.kit.fields import Bounds, Line, Short
from karvo.kit.http import Resource, endpoint, found
from karvo.se_erp import se_erp

COST = 'products:cost'
MOST_HISTORY = 600
Ahead = typing.Annotated[int, Meta(ge=1, le=MOST_AHEAD)]
Month = typing.Annotated[str, Meta(pattern=r'^(19|20)[0-9]{2}-(0[1-9]|1[0-2])(?!\n)$')]
Figure = typing.Annotated[Decimal, Meta(extra={'bounds': Bounds(whole=15, places=40)})]


class RevenueQuery(msgspec.Struct, kw_only=True):
    """Which months and whose; `category` by its name."""

    months: typing.Annotated[int, Meta(ge=1, le=60)] = 12
    customer_code: Short | None = None
    category: Line | None = None
    group_by: Grouping | None = None


class ForecastQuery(msgspec.Struct, kw_only=True):
    """How far ahead."""

    months: Ahead = 6


class SeriesIn(msgspec.Struct, kw_only=True):
    """Monthly figures, oldest first, without gaps; `start` is the first one's month (2024-01)."""

    history: typing.Annotated[list[Figure], Meta(max_length=MOST_HISTORY)]
    horizon: Ahead = 6
    frequency: typing.Literal['M'] = 'M'
    start: Month | None = None


class HealthQuery(msgspec.Struct, kw_only=True):
    """The language of the explanations; else that of Accept-Language, else the company's."""

    lang: typing.Literal['fr', 'en'] | None = None


class Revenue(Resource):
    """What was sold."""

    dialect = se_erp

    @endpoint(scope='analytics:read')
    def on_get(self, actor: Actor, query: RevenueQuery) -> RevenueReport:
        """Revenue by month, net of credit notes and taxes, and by group if asked."""
        return read_revenue(
            Asked(
                **msgspec.structs.asdict(query),
                with_margin=actor.may(COST),
                language=actor.language or 'en',
            )
        )


class Forecasts(Resource):
    """What will be sold."""

    dialect = se_erp

    @endpoint(scope='analytics:read')
    def on_get(self, actor: Actor, query: ForecastQuery) -> ForecastReport:
        """Revenue of the months to come, with intervals; the running month is the first."""
        return read_forecast(query.months)

    @endpoint(scope='analytics:read')
    def on_post(self, actor: Actor, body: SeriesIn) -> ForecastReport:
        """The same for any monthly series that is brought."""
        start = month_named(body.start) if body.start else None
        return forecast_of(body.history, body.horizon, start)


class CustomersHealth(Resource):
    """How a customer fares."""

    dialect = se_erp

    @endpoint(scope='analytics:read')
    def on_get(self, actor: Actor, id: int, query: HealthQuery) -> HealthReport:
        """Health score of a customer, its parts explained, and the risk of losing him."""
        return found(read_health(id, query.lang or actor.language), 'Customer')


routes = [
    ('/customers/{id:int}/health', CustomersHealth()),
    ('/analytics/revenue', Revenue()),
    ('/analytics/forecast', Forecasts()),
]
