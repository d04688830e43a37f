"""The nightly check: silent when all is well, else an event, a mail and a run that failed."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from karvo.integrity import jobs
from karvo.integrity.checks import problems
from karvo.kit.actor import system_actor
from karvo.kit.db import close_all, current_place, database, unwatch, watch
from karvo.kit.jobs import JobFailed
from karvo.mail.models import Mail
from tenants.models import control
from tests.conftest import Api

BODY = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}


def test_books_that_hold_together_are_no_news(api: Api) -> None:
    api.post('/invoices', BODY)
    with api.company():
        report = jobs.check(system_actor('test', current_place()), dt.date(2026, 11, 20))
    assert report == {'problems': []}
    assert api.get('/events?type=integrity.failed').json['data'] == []


def test_books_that_do_not_are_told(api: Api) -> None:
    api.post('/invoices', BODY)
    with api.company():
        database.run('UPDATE @document SET balance = balance - 1')
        with pytest.raises(JobFailed, match='open documents are 113.98') as failure:
            jobs.check(system_actor('test', current_place()), dt.date(2026, 11, 20))
        assert failure.value.report['count'] == 2
        mail = Mail.get()
    [event] = api.get('/events?type=integrity.failed').json['data']
    assert event['data']['object'] == failure.value.report
    assert (mail.kind, mail.recipient) == ('integrity', 'admin@acme.example')
    assert 'open documents are 113.98' in mail.text


def test_who_works_meanwhile_is_no_problem(api: Api) -> None:
    api.post('/invoices', BODY)
    billed: list[int] = []

    def bill() -> int:
        try:
            return api.post('/invoices', BODY).status_code
        finally:
            close_all()
            control.close()

    def meanwhile(_path: str, sql: str) -> None:
        """Between the two sums that must agree."""
        if 'journal_line' in sql and threading.get_ident() == here:
            billed.append(pool.submit(bill).result())

    here = threading.get_ident()
    with api.company(), ThreadPoolExecutor(1) as pool:
        watch(meanwhile)
        try:
            assert problems() == []
        finally:
            unwatch(meanwhile)
        assert problems() == []
    assert len(billed) > 1
    assert set(billed) == {201}
