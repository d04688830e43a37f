"""Figures that no SQL gives, for questions: the forecast, and how customers fare.

Each reads what it needs inside the `reading` transaction of whoever asks.
"""

import operator
import typing

from karvo.analytics.customers import read_customers
from karvo.analytics.forecast import MOST_AHEAD, WINDOW, forecast
from karvo.analytics.health import Facts, Health, health_of
from karvo.analytics.months import month_label, month_start
from karvo.analytics.revenue import read_history
from karvo.analytics.schemas import Filter, SemanticQuery
from karvo.kit.semantics import Computed, Label
from karvo.settings.reads import business_date, read_settings

Rows = list[dict[str, typing.Any]]
AT_RISK = ('high', 'lost')
_TESTS = {'>': operator.gt, '>=': operator.ge, '<': operator.lt, '<=': operator.le}


def forecast_rows(query: SemanticQuery) -> Rows:
    """The months of the query's time that are to come, with the interval of 80 %."""
    today = business_date(read_settings())
    history = [float(one) for one in read_history(today, WINDOW)[:-1]]
    found = forecast(history, MOST_AHEAD)
    rows = []
    for n, one in enumerate(found.points):
        day = month_start(today, n)
        if query.time is None or month_start(query.time.start) <= day <= query.time.end:
            shown = {'forecast': one.point, 'lo80': one.lo80, 'hi80': one.hi80}
            rows.append({'month': month_label(day)} | {k: round(v, 2) for k, v in shown.items()})
    return rows


def risk_rows(query: SemanticQuery) -> Rows:
    """Customers at risk, or those that are named, with their chance of not ordering in 90 days."""
    return [
        _named(facts) | {'risk': health.risk, 'churn_risk': round(100 * health.probability, 2)}
        for facts, health in _customers(query, 'churn_risk')
        if query.filters or health.risk in AT_RISK
    ][: query.limit]


def health_rows(query: SemanticQuery) -> Rows:
    """Customers with their score of 100."""
    return [
        _named(facts) | {'label': health.label, 'health': health.score}
        for facts, health in _customers(query, 'health')
    ][: query.limit]


def _named(facts: Facts) -> dict[str, typing.Any]:
    return {'code': facts.code, 'name': facts.name}


def _customers(query: SemanticQuery, metric: str) -> list[tuple[Facts, Health]]:
    """In the query's order; ties by name."""
    today = business_date(read_settings())
    found = read_customers(today)
    those = [(facts, health_of(facts, today, found.factor)) for facts in found.customers]
    known = [(f, h) for f, h in those if h and all(_fits(f, h, one) for one in query.filters)]
    known.sort(key=lambda one: one[0].name)
    is_down = bool(query.order) and query.order[0].dir == 'desc'
    known.sort(
        key=lambda one: one[1].probability if metric == 'churn_risk' else one[1].score,
        reverse=is_down,
    )
    return known


def _fits(facts: Facts, health: Health, one: Filter) -> bool:
    """A condition on a figure is of the figure as it is shown, any other of the customer."""
    if one.field in ('health', 'churn_risk'):
        shown = health.score if one.field == 'health' else round(100 * health.probability, 2)
        return _holds(shown, one)
    values = one.value if isinstance(one.value, list) else [one.value]
    return (facts.code in map(str, values)) != (one.op == '!=')


def _holds(shown: float, one: Filter) -> bool:
    assert isinstance(one.value, int | float)  # as `check` has it
    if one.op == '!=':
        return shown != one.value
    return bool(_TESTS.get(one.op, operator.eq)(shown, one.value))


COMPUTED: tuple[Computed, ...] = (
    Computed(
        name='forecast',
        label=Label('Revenue forecast', "Prévision du chiffre d'affaires"),
        dimensions=(),
        unit='money',
        scope='invoices:read',
        run=forecast_rows,
        others={
            'lo80': (Label('at least (80 %)', 'au moins (80 %)'), 'money'),
            'hi80': (Label('at most (80 %)', 'au plus (80 %)'), 'money'),
        },
        words=(
            'forecast', 'forecasts', 'forecasted', 'sales forecast', 'revenue forecast',
            'forecast revenue', 'forecast sales', 'predict', 'prediction', 'predictions',
            'predicted', 'projection', 'projections', 'projected', 'outlook', 'expected revenue',
            'expected sales', 'prevision', 'previsions', 'prevision des ventes', 'prevois',
            'prevision du chiffre d affaires', 'previsions de ventes', 'ventes prevues',
            'chiffre d affaires prevu', 'prevoir', 'prevu', 'prevue', 'prevues',
        ),
    ),
    Computed(
        name='churn_risk',
        label=Label('Risk of losing', 'Risque de perte'),
        dimensions=('customer',),
        unit='percent',
        scope='customers:read',
        subject='customer',
        run=risk_rows,
        words=(
            'churn', 'churn risk', 'risk of churn', 'risk of losing', 'at risk', 'risk', 'risky',
            'likely to leave', 'likely to churn', 'likely to lose', 'could lose', 'might lose',
            'about to lose', 'a risque', 'risque de perte', 'risque de depart',
            'a risque de depart', 'a risque de partir', 'risque', 'risques', 'risquons de perdre',
            'risque de partir', 'risquent de partir', 'attrition',
        ),
    ),
    Computed(
        name='health',
        label=Label('Health score', 'Indice de santé'),
        dimensions=('customer',),
        unit='count',
        scope='customers:read',
        subject='customer',
        run=health_rows,
        words=(
            'health', 'health score', 'health scores', 'healthy', 'healthiest', 'customer health',
            'sante', 'indice de sante', 'sante des clients', 'score de sante', 'en sante',
        ),
    ),
)  # fmt: skip
