"""The semantic query: what is asked, in names of the model. The only way to a figure."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from karvo.kit.events import Event

Grain = typing.Literal['day', 'week', 'month', 'quarter', 'year']
Direction = typing.Literal['asc', 'desc']
Op = typing.Literal['=', 'in', '!=', '>', '>=', '<', '<=']

MOST_ROWS = 1000
Name = typing.Annotated[str, msgspec.Meta(max_length=64)]
Value = typing.Annotated[str, msgspec.Meta(max_length=500)] | int | float


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Inclusive days, and what they were called."""

    start: dt.date = msgspec.field(name='from')
    end: dt.date = msgspec.field(name='to')
    label: Name = ''


class Period(Span, frozen=True, kw_only=True):
    """The days of a question; `field` is the date that counts."""

    field: Name = 'invoice_date'


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on a dimension (by its field or name), or on a metric of the query."""

    field: Name
    op: Op = '='
    value: Value | typing.Annotated[list[Value], msgspec.Meta(min_length=1, max_length=200)]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """By a metric of the query, or by a dimension or the grain."""

    by: Name
    dir: Direction = 'desc'


class SemanticQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Figures by dimensions. `share`: each row's percentage of the total before the limit."""

    metrics: typing.Annotated[list[Name], msgspec.Meta(min_length=1, max_length=5)]
    dimensions: typing.Annotated[list[Name], msgspec.Meta(max_length=3)] = []
    grain: Grain | None = None
    time: Period | None = None
    compare: Span | None = None
    filters: typing.Annotated[list[Filter], msgspec.Meta(max_length=20)] = []
    order: typing.Annotated[list[Order], msgspec.Meta(max_length=3)] = []
    limit: typing.Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] | None = None
    share: bool = False


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the answer. `unit`: text, money, count, quantity or percent."""

    name: str
    label: str
    unit: str


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """Rows in order; amounts exact. `is_cut`: there were more than the cap."""

    columns: list[Column]
    rows: list[dict[str, typing.Any]]
    is_cut: bool = False


Grouping = typing.Literal['category', 'customer', 'province', 'salesperson']


class RevenueMonth(msgspec.Struct, kw_only=True):
    """A month of sales, before tax, credit notes taken off. `partial`: it is not over.

    `growth_pct` against the month before, null where that had none; counts are absent where lines
    are looked at (a category); `gross_margin` only with products:cost.
    """

    month: str
    revenue: Decimal
    gross_sales: Decimal
    credits: Decimal
    invoice_count: int | UnsetType = UNSET
    invoices: int | UnsetType = UNSET
    customers: int | UnsetType = UNSET
    avg_invoice: Decimal | None | UnsetType = UNSET
    growth_pct: Decimal | None
    gross_margin: Decimal | UnsetType = UNSET
    partial: bool | UnsetType = UNSET


class RevenueGroup(msgspec.Struct, kw_only=True):
    """What all the months together brought of one category, customer, province or salesperson."""

    name: str | None
    code: str | UnsetType = UNSET
    revenue: Decimal
    gross_sales: Decimal
    credits: Decimal
    share_pct: Decimal | None


class RevenueReport(msgspec.Struct, kw_only=True):
    """Months oldest first. `change_pct`: the last complete months against as many before them."""

    currency: str
    months: int
    data: list[RevenueMonth]
    total: Decimal
    total_revenue: Decimal
    change_pct: Decimal | None
    group_by: Grouping | UnsetType = UNSET
    groups: list[RevenueGroup] | UnsetType = UNSET


class ForecastMonth(msgspec.Struct, kw_only=True):
    """A month ahead and its intervals, each inside the wider one; `month` null without a start."""

    step: int
    month: str | None
    point: float
    lo80: float
    hi80: float
    lo95: float
    hi95: float


class Backtest(msgspec.Struct, kw_only=True):
    """How the method did on the history itself: mean error by that of "as a year ago"."""

    mase: float | None
    coverage80: float


class RunningMonth(msgspec.Struct, kw_only=True):
    """The month that is not over, which is the first of the forecast: what was billed of it."""

    month: str
    billed: Decimal


class ForecastReport(msgspec.Struct, kw_only=True):
    """The months to come. `warning`: short_history (under 12 months) or insufficient_history."""

    data: list[ForecastMonth]
    method: str
    seasonal: bool
    history_months: int
    backtest: Backtest | None
    warning: str | None
    currency: str | UnsetType = UNSET
    current_month: RunningMonth | UnsetType = UNSET


class HealthComponent(msgspec.Struct, kw_only=True):
    """A part of the score, 0 to 100; `raw` holds the figures that `explanation` says in words."""

    name: str
    value: float
    weight: int
    raw: dict[str, float]
    explanation: str


class Churn(msgspec.Struct, kw_only=True):
    """The chance of no order within the horizon. `calibrated`: fitted to this company's customers.

    `risk`: low, medium, high or lost; null before the first order.
    """

    probability: float | None
    risk: str | None
    horizon_days: int
    calibrated: bool


class HealthReport(msgspec.Struct, kw_only=True):
    """How a customer fares. `label`: healthy, watch, at_risk, critical or no_orders."""

    customer_id: int
    code: str
    score: int | None
    label: str
    churn: Churn
    churn_risk: typing.Literal['low', 'medium', 'high'] | None
    components: list[HealthComponent]
    new: bool
    as_of: dt.date
    last_order: dt.date | None
    orders: int
    typical_gap_days: float | None
    next_expected_order: dt.date | None


class CustomerHealthChanged(Event, frozen=True):
    """The label or the churn risk of a customer is another than the night before."""

    name = 'customer.health_changed'
    resource = 'customer_health'
