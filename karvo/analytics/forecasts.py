"""The forecast as it is answered: of the company's revenue, or of a series that is brought.

It is made anew each time: one statement and about 5 ms, less than a cache would cost to keep true.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from karvo.analytics.forecast import WINDOW, Forecast, forecast
from karvo.analytics.months import month_label, month_start
from karvo.analytics.revenue import MOST_TIME, read_history
from karvo.analytics.schemas import Backtest, ForecastMonth, ForecastReport, RunningMonth
from karvo.kit.reading import reading
from karvo.settings.reads import business_date, read_settings

CENTS, FINE = 2, 4  #: decimals of revenue, and of whatever was brought


def read_forecast(months: int) -> ForecastReport:
    """Of revenue; the running month is not fitted but forecast first, what it has stands apart."""
    with reading(MOST_TIME):
        settings = read_settings()
        today = business_date(settings)
        *history, billed = read_history(today, WINDOW) or [Decimal(0)]
    found = forecast([float(one) for one in history], months)
    report = _report(found, month_start(today), CENTS)
    report.currency = settings.currency
    report.current_month = RunningMonth(month=month_label(today), billed=billed)
    return report


def forecast_of(
    history: Sequence[Decimal], horizon: int, start: dt.date | None = None
) -> ForecastReport:
    """Of any monthly figures, oldest first; `start` is the first one's month."""
    found = forecast([float(one) for one in history], horizon)
    first = month_start(start, len(history)) if start else None
    return _report(found, first, FINE)


def _report(found: Forecast, first: dt.date | None, decimals: int) -> ForecastReport:
    data = [
        ForecastMonth(
            step=step,
            month=month_label(month_start(first, step - 1)) if first else None,
            **{name: round(value, decimals) for name, value in one._asdict().items()},
        )
        for step, one in enumerate(found.points, 1)
    ]
    backtest = None
    if found.coverage80 is not None:
        backtest = Backtest(mase=found.mase, coverage80=found.coverage80)
    return ForecastReport(
        data=data,
        method=found.method,
        seasonal=found.is_seasonal,
        history_months=found.history_months,
        backtest=backtest,
        warning=found.warning,
    )
