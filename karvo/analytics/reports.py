"""The health of one customer as it is answered, computed as of today."""

import datetime as dt

from karvo.analytics.customers import read_customer
from karvo.analytics.explanations import explain
from karvo.analytics.health import HORIZON, Facts, Health, health_of
from karvo.analytics.revenue import MOST_TIME
from karvo.analytics.schemas import Churn, HealthComponent, HealthReport
from karvo.kit.reading import reading
from karvo.settings.reads import business_date, read_settings


def read_health(customer_id: int, language: str) -> HealthReport | None:
    """In two statements; `language` fr, en or '' for the company's. None for no customer."""
    with reading(MOST_TIME):
        settings = read_settings()
        today = business_date(settings)
        facts, found = read_customer(customer_id, today)
    if facts is None:
        return None
    health = health_of(facts, today, found.factor)
    report = _report(facts, health, today, is_calibrated=found.k is not None)
    spoken = language or ('en' if settings.language == 'en' else 'fr')
    for one in report.components:
        one.explanation = explain(one.name, one.raw, settings.currency, spoken)
    return report


def _report(
    facts: Facts, health: Health | None, today: dt.date, *, is_calibrated: bool
) -> HealthReport:
    risk = health.risk if health else None
    chance = health.probability if health else None
    expected = None
    if health and facts.last:
        expected = facts.last + dt.timedelta(round(health.gap))
    return HealthReport(
        customer_id=facts.id,
        code=facts.code,
        score=health.score if health else None,
        label=health.label if health else 'no_orders',
        churn=Churn(probability=chance, risk=risk, horizon_days=HORIZON, calibrated=is_calibrated),
        churn_risk='high' if risk == 'lost' else risk,
        components=_components(health) if health else [],
        new=bool(health and health.is_new),
        as_of=today,
        last_order=facts.last,
        orders=facts.orders,
        typical_gap_days=round(health.gap, 1) if health else None,
        next_expected_order=expected,
    )


def _components(health: Health) -> list[HealthComponent]:
    return [
        HealthComponent(
            name=one.name,
            value=round(one.value, 1),
            weight=one.weight,
            raw=dict(one.raw),
            explanation='',
        )
        for one in health.components
    ]
