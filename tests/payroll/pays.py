"""Pays to compute, and a year of them with its running totals."""

import datetime as dt
import typing
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from karvo.payroll.engine.compute import Pay, Result, Ytd, calculate

D = Decimal


def pay(date: str = '2026-03-13', periods: int = 26, gross: str = '2000', **more) -> Pay:
    """Amounts as texts."""
    texts = {name: D(v) if _is_amount(name, v) else v for name, v in more.items()}
    return Pay(pay_date=dt.date.fromisoformat(date), periods=periods, gross=D(gross), **texts)


def _is_amount(name: str, value: typing.Any) -> bool:
    return isinstance(value, str) and name != 'td1_claim_code'


def ytd(**amounts: str) -> Ytd:
    return Ytd(**{name: D(amount) for name, amount in amounts.items()})


def computed(*args: typing.Any, **more) -> Result:
    return calculate(pay(*args, **more))


def steps(result: Result, *names: str) -> dict[str, str]:
    """The named factors as texts, so that a comparison shows the one that differs."""
    return {name: str(result.steps[name]) for name in names}


def outcome(result: Result, *names: str) -> dict[str, str]:
    return {name: str(getattr(result, name)) for name in names}


def year(grosses: Iterable[Decimal], periods: int, date: str = '2026-03-13') -> list[Result]:
    """The pays one after the other, each with what came before it."""
    before, found = Ytd(), []
    for gross in grosses:
        one = Pay(pay_date=dt.date.fromisoformat(date), periods=periods, gross=gross, ytd=before)
        done = calculate(one)
        before = after(before, one, done)
        found.append(done)
    return found


def after(before: Ytd, one: Pay, done: Result) -> Ytd:
    pensionable = one.paid if one.pensionable is None else one.pensionable
    return msgspec.structs.replace(
        before,
        qpp=before.qpp + done.qpp,
        qpp2=before.qpp2 + done.qpp2,
        ei=before.ei + done.ei,
        qpip=before.qpip + done.qpip,
        qpip_employer=before.qpip_employer + done.employer.qpip,
        pensionable=before.pensionable + pensionable,
        gross_all=before.gross_all + one.paid,
        gross_periodic=before.gross_periodic + one.gross,
        csa=before.csa + done.steps['CSA'],
        h=before.h + done.steps['H'],
    )


def total(results: Iterable[Result], name: str) -> Decimal:
    return sum((getattr(one, name) for one in results), D('0.00'))
