"""Interest on what is late (AR-8): only where it was agreed, simple, by the year's rate."""

import datetime as dt
from decimal import Decimal

from karvo.kit import words
from karvo.kit.money import ZERO, cents
from karvo.kit.words import Form
from karvo.settings.schemas import Settings

MONTHS, DAYS, HUNDRED = Decimal(12), Decimal(365), Decimal(100)


def agreed_rate(rate: Decimal | None, agreed_on: dt.date | None, settings: Settings) -> Decimal:
    """Percent a year that a customer agreed to: his own, else the company's; 0 where he did not."""
    return (rate or settings.interest_rate_annual) if agreed_on else ZERO


def accrued(balance: Decimal, rate: Decimal, days: int) -> Decimal:
    """balance × rate × days / 365, dollars."""
    return cents(balance * rate / HUNDRED * days / DAYS)


def interest_clause(form: Form, rate: Decimal | None, agreed_on: dt.date | None) -> list[str]:
    """What a document says of it: the annual rate first, the monthly one in brackets; nothing
    where it was not agreed."""
    if not rate or not agreed_on:
        return []

    def sentence(language: str) -> str:
        return words.WORDS['interest'][language != 'fr'].format(
            year=words.percent(rate, language),
            month=words.percent(rate / MONTHS, language),
            date=words.day(agreed_on, language),
        )

    return words.in_each(form, sentence)
