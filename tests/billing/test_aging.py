"""Aging is of the company's own day, wherever on earth that is; one statement where it is ours and
nothing has happened since."""

import datetime as dt
import zoneinfo

import pytest

from karvo.kit import db
from tests.invoicing import created

FAR = ('Pacific/Kiritimati', 'Pacific/Pago_Pago')  #: one of them has another day than Toronto


def statements(api, path: str) -> int:
    asked = []

    def note(_path: str, sql: str) -> None:
        asked.append(sql)

    db.watch(note)
    try:
        assert api.get(path).status_code == 200
    finally:
        db.unwatch(note)
    return sum('owed AS' in sql for sql in asked)


@pytest.mark.parametrize('zone', ['America/Toronto', *FAR])
def test_is_of_the_companys_day(api, zone) -> None:
    api.put('/settings', {'timezone': zone})
    shown = created(api, date=None, payment_terms='NET30')
    before = dt.datetime.now(zoneinfo.ZoneInfo(zone)).date()
    report = api.get('/billing/aging').json
    after = dt.datetime.now(zoneinfo.ZoneInfo(zone)).date()
    assert report['as_of'] in (str(before), str(after))
    assert report['currency'] == 'CAD'
    assert report['data'][0]['current'] == shown['total']


def test_is_asked_again_only_where_the_day_is_another(api) -> None:
    counts = []
    for zone in ('America/Toronto', *FAR):
        api.put('/settings', {'timezone': zone})
        counts.append(min(statements(api, '/billing/aging') for _ in range(2)))
    assert counts[0] == 1
    assert 2 in counts[1:]


def test_of_a_day_that_was_asked_for_it_is_one(api) -> None:
    api.put('/settings', {'timezone': FAR[0]})
    assert statements(api, '/billing/aging?as_of=2026-01-31') == 1


@pytest.mark.parametrize('day', ['0001-01-05', '9999-12-31'])
def test_is_of_any_day_that_there_is(api, day) -> None:
    assert api.get(f'/billing/aging?as_of={day}').json['total'] == 0


def paid(api) -> None:
    invoice = created(api, date='2026-01-05', due_date='2026-01-20')
    named = {'invoice_id': invoice['id'], 'date': '2026-02-03', 'method': 'cheque'}
    assert api.post('/billing/payments', named | {'amount': invoice['total']}).status_code == 201


def voided(api) -> None:
    invoice = created(api, date='2026-01-05', due_date='2026-01-20')
    assert api.delete(f'/invoices/{invoice["id"]}').status_code == 200


@pytest.mark.parametrize('happen', [paid, voided])
def test_of_a_day_after_which_something_happened_it_is_two(api, happen) -> None:
    happen(api)
    path = '/billing/aging?as_of=2026-01-31'
    assert statements(api, path) == 2
    assert api.get(path).json['summary']['days_30'] > 0
    assert statements(api, '/billing/aging') == 1
    assert api.get('/billing/aging').json['summary']['total'] == 0
