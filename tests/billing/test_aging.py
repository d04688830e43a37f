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


class TestIsTheControlAccountOfAnyDay:
    """Σ open − unapplied = account 1100, in whatever order things were recorded (AR-1, A-3)."""

    def nets(self, api, *days: str) -> list[float]:
        found = []
        for day in days:
            [row] = api.get(f'/billing/aging?as_of={day}').json['data'] or [{'net': 0}]
            books = api.get(f'/ledger/trial-balance?as_of={day}').json['data']
            assert row['net'] == sum(line['balance'] for line in books if line['code'] == '1100')
            found.append(row['net'])
        return found

    def invoiced(self, api, date: str) -> dict:
        body = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100, 'date': date}
        return {'invoice_id': api.post('/invoices', body).json['id']}

    def paid(self, api, named: dict, date: str, amount: float = 114.98) -> None:
        body = named | {'date': date, 'amount': amount}
        assert api.post('/billing/payments', body).status_code == 201

    def test_paid_before_it_was_invoiced(self, api) -> None:
        self.paid(api, self.invoiced(api, '2026-03-20'), '2026-01-10')
        assert self.nets(api, '2026-01-09', '2026-01-10', '2026-03-19', '2026-03-20') == [
            0, -114.98, -114.98, 0,
        ]  # fmt: skip

    def test_credited_before_it_was_invoiced(self, api) -> None:
        named = self.invoiced(api, '2026-03-20')
        body = {'amount': 14.98, 'reason': 'x', 'date': '2026-01-10'}
        assert api.post('/billing/credits', named | body).status_code == 201
        assert self.nets(api, '2026-01-10', '2026-03-20') == [-17.23, 97.75]

    def test_credited_while_it_was_paid_by_what_was_voided_later(self, api) -> None:
        named = self.invoiced(api, '2026-01-05')
        self.paid(api, named, '2026-01-10')
        assert api.delete('/billing/payments/1').status_code == 200
        body = {'amount': 14.98, 'reason': 'x', 'date': '2026-02-01'}
        assert api.post('/billing/credits', named | body).status_code == 201
        assert self.nets(api, '2026-01-31', '2026-02-01') == [0, -17.23]
        one = api.get('/billing/aging?as_of=2026-02-01&detail=true').json['data'][0]
        assert (one['unapplied_credits'], one['total'], one['documents']) == (17.23, 0, [])

    def test_written_off_never_before_it_was_invoiced(self, api) -> None:
        named = self.invoiced(api, '2026-01-05')
        path = f'/invoices/{named["invoice_id"]}/write-off'
        for date in ('2026-01-04', '1900-01-01', '9999-12-31'):
            refused = api.post(path, {'reason': 'x', 'date': date})
            assert (refused.status_code, list(refused.json['data']['params'])) == (422, ['date'])
        assert api.post(path, {'reason': 'x', 'date': '2026-01-05'}).status_code == 200
        assert self.nets(api, '2026-01-05') == [0]

    def test_of_the_future_it_is_written_off_when_it_comes(self, api) -> None:
        named = self.invoiced(api, '2030-01-05')
        path = f'/invoices/{named["invoice_id"]}/write-off'
        assert api.post(path, {'reason': 'x'}).status_code == 200
        assert self.nets(api, '2030-01-04', '2030-01-05') == [0, 0]

    def test_money_older_than_the_write_off_undoes_it_from_its_own_day_on(self, api) -> None:
        named = self.invoiced(api, '2026-01-05')
        path = f'/invoices/{named["invoice_id"]}/write-off'
        assert api.post(path, {'reason': 'x', 'date': '2026-03-01'}).status_code == 200
        self.paid(api, named, '2026-02-01', 14.98)
        days = ('2026-01-31', '2026-02-01', '2026-02-28', '2026-03-01')
        assert self.nets(api, *days) == [114.98, 100, 100, 100]
