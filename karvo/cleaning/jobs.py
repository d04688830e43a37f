"""What cleaning contracts do by the clock. One contract that fails stops no other."""

import datetime as dt
from collections.abc import Callable, Iterable

from karvo.cleaning.operations.invoicing import settle_late_visits, settle_period
from karvo.cleaning.operations.planning import miss_visits, plan_visits
from karvo.cleaning.operations.steps import expire_contract, tell_expiring
from karvo.cleaning.reads import (
    TO_EXPIRE,
    TO_INVOICE,
    TO_INVOICE_LATE,
    TO_PLAN,
    TO_TELL,
    ids_of,
)
from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.errors import KarvoError
from karvo.kit.jobs import Job, JobFailed, Report
from karvo.kit.log import log
from karvo.settings.reads import read_settings

EXPIRED_AT = dt.time(0, 20)
VISITS_AT = dt.time(1, 30)
MOST_TOLD = 20  #: failures that a report names


class _Failures:
    """What went wrong with single contracts; told at the end."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def each(self, ids: Iterable[int], act: Callable[[int], int]) -> int:
        """The sum of what `act` did with each of them."""
        total = 0
        for contract_id in ids:
            try:
                total += act(contract_id)
            except KarvoError as error:
                log.warning('cleaning contract', contract=contract_id, error=error.message)
                self.texts.append(f'contract {contract_id}: {error.message}')
        return total

    def report(self, **done: int) -> Report:
        """Raises JobFailed where something went wrong."""
        if not self.texts:
            return dict(done)
        told = {**done, 'failed': self.texts[:MOST_TOLD]}
        raise JobFailed(f'{len(self.texts)} contracts failed: {self.texts[0]}', told)


def expire(actor: Actor, day: dt.date) -> Report:
    """Contracts that ended; those that end within their days of notice."""
    failures = _Failures()
    expired = failures.each(ids_of(TO_EXPIRE, day), lambda n: expire_contract(n, day, actor=actor))
    told = failures.each(ids_of(TO_TELL, day), lambda n: tell_expiring(n, day, actor=actor))
    return failures.report(expired=expired, expiring=told)


def visits(actor: Actor, day: dt.date) -> Report:
    """Visits 30 days ahead; those that nobody came to."""
    zone = clock.zone(read_settings().timezone)
    missed = miss_visits(dt.datetime.combine(day, VISITS_AT, zone), actor=actor)
    failures = _Failures()
    planned = failures.each(ids_of(TO_PLAN, day), lambda n: plan_visits(n, day, actor=actor))
    return failures.report(planned=planned, missed=missed)


def invoices(actor: Actor, day: dt.date) -> Report:
    """Periods whose billing day has come, those of missed days too; visits told of too late."""
    failures = _Failures()

    def settle(contract_id: int) -> int:
        count = 0
        while settle_period(contract_id, day, actor=actor):
            count += 1
        return count

    def settle_late(contract_id: int) -> int:
        return int(settle_late_visits(contract_id, day, actor=actor))

    settled = failures.each(ids_of(TO_INVOICE, day), settle)
    settled += failures.each(ids_of(TO_INVOICE_LATE, day), settle_late)
    return failures.report(settled=settled)


jobs = [
    Job(name='cleaning.expire', run=expire, at=EXPIRED_AT),
    Job(name='cleaning.visits', run=visits, at=VISITS_AT),
    Job(name='cleaning.invoices', run=invoices, at=VISITS_AT),
]
