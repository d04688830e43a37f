"""What each part of a health score says in words, in English and French."""

from collections.abc import Mapping
from decimal import Decimal

from karvo.kit import words

_TEXTS = {
    'en': {
        'recency': 'last order {days_since} days ago; usually every {gap} days',
        'frequency_trend': '{recent} order days in the last 180 days, {earlier} in the 180 before',
        'revenue_trend': '{recent} in the last 180 days, {earlier} in the 180 before',
        'payment': 'pays {days_late} days late on average',
        'payment_good': 'pays on time',
        'returns': '{share} of sales credited over 12 months',
        'unknown': 'less than a year of orders: no trend yet',
    },
    'fr': {
        'recency': 'dernière commande il y a {days_since} jours; d’habitude tous les {gap} jours',
        'frequency_trend': (
            '{recent} jours de commande dans les 180 derniers jours, {earlier} dans les 180 d’avant'
        ),
        'revenue_trend': '{recent} dans les 180 derniers jours, {earlier} dans les 180 d’avant',
        'payment': 'paie en moyenne {days_late} jours en retard',
        'payment_good': 'paie à temps',
        'returns': '{share} des ventes créditées en 12 mois',
        'unknown': 'moins d’un an de commandes : pas encore de tendance',
    },
}


def explain(name: str, raw: Mapping[str, float], currency: str, language: str) -> str:
    """`last order 184 days ago; usually every 31 days`."""
    texts = _TEXTS[language]
    if not raw:
        return texts['unknown']
    if name == 'payment' and raw['days_late'] < 0.5:
        return texts['payment_good']
    return texts[name].format(**{key: _said(key, name, value, currency, language)
                                 for key, value in raw.items()})  # fmt: skip


def _said(key: str, name: str, value: float, currency: str, language: str) -> str:
    if name == 'revenue_trend':
        return words.money(round(Decimal(value), 2), currency, language)
    if key == 'share':
        return words.percent(round(Decimal(100 * value), 1), language)
    return words.number(Decimal(round(value)), language)
