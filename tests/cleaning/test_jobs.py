"""Visits, invoices, ends of contracts by the clock: once, whatever happens in between."""

import datetime as dt

import pytest

from karvo.cleaning import jobs
from karvo.cleaning.models import CleaningPeriod, CleaningVisit
from karvo.cleaning.operations import invoicing, planning
from karvo.integrity.checks import problems
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.kit.jobs import JobFailed
from karvo.mail.models import Mail
from tests.cleaning.contracts import LINE, created, events, log, step
from tests.conftest import Api
from tests.days import stand_still

D = dt.date.fromisoformat


def run(books: Api, job, day: str) -> dict:
    with books.company():
        return job(system_actor('test', current_place()), D(day))


def invoices(books: Api) -> list[dict]:
    rows = books.get('/invoices?orderby=created_at&order=asc&include=lines').json['data']
    return rows


def sound(books: Api) -> None:
    assert books.difference() == 0
    with books.company():
        assert problems() == []


class TestVisits:
    def test_thirty_days_ahead_and_no_day_twice(self, books: Api) -> None:
        one = created(books, status='active', crew='A')
        assert run(books, jobs.visits, '2026-11-20') == {'planned': 4, 'missed': 0}
        assert run(books, jobs.visits, '2026-11-20')['planned'] == 0
        assert run(books, jobs.visits, '2026-11-21')['planned'] == 1
        rows = log(books, one)
        assert [row['scheduled_at'][:10] for row in rows][-2:] == ['2026-11-30', '2026-11-23']
        assert rows[-1]['crew'] == 'A' and rows[-1]['tasks'][0]['line_id'] == one['lines'][0]['id']
        shown = books.get(f'/cleaning/contracts/{one["id"]}').json
        assert shown['next_service_date'] == '2026-11-23'
        assert events(books).count('visits_planned') == 2

    def test_killed_half_way_and_run_again(
        self, books: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(2):
            created(books, status='active')
        real, calls = planning._insert, []

        def die_at_the_seventh(*arguments: object) -> None:
            calls.append(arguments)
            if len(calls) == 7:
                raise KeyboardInterrupt
            real(*arguments)

        monkeypatch.setattr(planning, '_insert', die_at_the_seventh)
        with pytest.raises(KeyboardInterrupt):
            run(books, jobs.visits, '2026-11-20')
        monkeypatch.setattr(planning, '_insert', real)
        assert run(books, jobs.visits, '2026-11-20')['planned'] == 4
        with books.company():
            days = [(v.contract_id, v.planned_on) for v in CleaningVisit.select()]
        assert len(days) == len(set(days)) == 8

    def test_none_while_suspended_and_again_afterwards(self, books: Api) -> None:
        one = created(books, status='active')
        run(books, jobs.visits, '2026-11-20')
        step(books, one, 'suspend')
        assert {row['status'] for row in log(books, one)} == {'cancelled'}
        assert run(books, jobs.visits, '2026-11-20')['planned'] == 0
        step(books, one, 'resume')
        assert run(books, jobs.visits, '2026-11-20')['planned'] == 4
        step(books, one, 'terminate', reason='moved')
        assert {row['status'] for row in log(books, one)} == {'cancelled'}

    def test_a_moved_or_cancelled_visit_is_not_made_anew(self, books: Api) -> None:
        one = created(books, status='active')
        run(books, jobs.visits, '2026-11-20')
        first, second = log(books, one)[-1], log(books, one)[-2]
        path = f'/cleaning/contracts/{one["id"]}/service-log'
        moved = {'scheduled_at': '2026-11-24T08:00:00'}
        assert books.put(f'{path}/{first["id"]}', moved).status_code == 200
        books.put(f'{path}/{second["id"]}', {'status': 'cancelled'})
        assert run(books, jobs.visits, '2026-11-20')['planned'] == 0

    def test_missed_after_24_hours(self, books: Api) -> None:
        one = created(books, status='active')
        run(books, jobs.visits, '2026-11-20')  # the first one: 23 November at 08:00
        assert run(books, jobs.visits, '2026-11-24')['missed'] == 0  # at 01:30
        assert [run(books, jobs.visits, '2026-11-25')['missed'] for _ in range(2)] == [1, 0]
        assert log(books, one)[-1]['status'] == 'missed'
        assert events(books).count('service_missed') == 1


class TestInvoices:
    def test_each_completed_period_once(self, books: Api) -> None:
        one = created(books, status='active', po_reference='PO-7')
        assert run(books, jobs.invoices, '2026-09-30') == {'settled': 0}
        assert run(books, jobs.invoices, '2026-11-20') == {'settled': 2}
        assert run(books, jobs.invoices, '2026-11-20') == {'settled': 0}
        [september, _] = invoices(books)
        assert (september['subtotal'], september['tps'], september['tvq']) == (1000, 50, 99.75)
        assert september['lines'][0]['description_fr'] == 'Planchers'
        assert (september['po_reference'], september['source']) == ('PO-7', 'cleaning')
        assert september['metadata']['period_end'] == '2026-09-30'
        shown = books.get(f'/cleaning/contracts/{one["id"]}').json
        assert (shown['billed_through'], shown['next_invoice_date']) == ('2026-10-31', '2026-12-01')
        assert [p['period_start'] for p in shown['invoices']] == ['2026-10-01', '2026-09-01']
        assert shown['invoices'][1]['invoice_id'] == september['id']
        accounts = {a['code']: a for a in books.get('/ledger/trial-balance').json['data']}
        assert accounts['4010']['credit'] == 2000
        sound(books)

    def test_killed_half_way_and_run_again(
        self, books: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(2):
            created(books, status='active')
        real, calls = invoicing._settle, []

        def die_at_the_second(*arguments: object) -> None:
            calls.append(arguments)
            if len(calls) == 2:
                raise KeyboardInterrupt
            real(*arguments)

        monkeypatch.setattr(invoicing, '_settle', die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            run(books, jobs.invoices, '2026-11-20')
        assert len(invoices(books)) == 1
        monkeypatch.setattr(invoicing, '_settle', real)
        assert run(books, jobs.invoices, '2026-11-20') == {'settled': 3}
        assert len(invoices(books)) == 4
        with books.company():
            rows = [(p.contract_id, p.period_start) for p in CleaningPeriod.select()]
        assert len(rows) == len(set(rows)) == 4
        sound(books)

    def test_suspended_days_are_not_charged(self, books: Api) -> None:
        one = created(books, status='active', start_date='2026-10-10', price_per_period=310)
        step(books, one, 'suspend', date='2026-10-20')
        step(books, one, 'resume', date='2026-10-25')
        run(books, jobs.invoices, '2026-11-01')
        [made] = invoices(books)
        assert made['subtotal'] == 170  # 17 of 31 days
        assert '17 jours sur 31' in made['lines'][0]['description_fr']
        assert '17 of 31 days' in made['lines'][0]['description']

    def test_nothing_is_owed_for_a_month_without_service(self, books: Api) -> None:
        one = created(books, status='active', start_date='2026-10-01')
        step(books, one, 'suspend', date='2026-10-01')
        assert run(books, jobs.invoices, '2026-11-01') == {'settled': 1}
        assert run(books, jobs.invoices, '2026-11-01') == {'settled': 0}
        assert invoices(books) == []
        [period] = books.get(f'/cleaning/contracts/{one["id"]}').json['invoices']
        assert (period['amount'], period['active_days'], period['invoice_id']) == (0, 0, None)
        refused = step(books, one, 'resume', date='2026-10-20')
        assert refused.status_code == 422 and '2026-10-31' in refused.json['error']

    def test_until_the_day_it_was_terminated(self, books: Api) -> None:
        one = created(books, status='active', start_date='2026-11-01')
        step(books, one, 'terminate', date='2026-11-15', reason='moved')
        assert run(books, jobs.invoices, '2026-11-30') == {'settled': 0}
        assert run(books, jobs.invoices, '2026-12-01') == {'settled': 1}
        assert invoices(books)[0]['subtotal'] == 500
        shown = books.get(f'/cleaning/contracts/{one["id"]}').json
        assert shown['next_invoice_date'] is None

    def test_by_completed_visits(self, books: Api) -> None:
        lines = [LINE | {'unit_price': 40, 'qty': 2}, LINE | {'task_en': 'Glass', 'unit_price': 15}]
        one = created(books, billing='per_visit', lines=lines, status='active')
        first, second = (line['id'] for line in one['lines'])
        bodies = [
            {'status': 'completed'},
            {'status': 'completed', 'tasks': [{'line_id': first}, {'line_id': second,
                                                                   'done': False}]},
            {'status': 'completed', 'billable': False},
            {},
        ]  # fmt: skip
        for n, body in enumerate(bodies):
            at = {'scheduled_at': f'2026-10-{n + 10}T08:00:00'}
            tasks = {'tasks': [{'line_id': first}, {'line_id': second}]} if body else {}
            assert step(books, one, 'service-log', **at | tasks | body).status_code == 201
        run(books, jobs.invoices, '2026-11-01')
        [made] = invoices(books)
        assert [(line['qty'], line['line_total']) for line in made['lines']] == [(4, 160), (1, 15)]
        assert [row['invoice_id'] for row in log(books, one)] == [None, None, 1, 1]
        late = f'/cleaning/contracts/{one["id"]}/service-log/4'
        assert books.put(late, {'status': 'completed', 'tasks': []}).status_code == 200
        run(books, jobs.invoices, '2026-12-01')
        assert invoices(books)[1]['subtotal'] == 95
        sound(books)

    def test_a_visit_told_of_after_the_end_is_charged_once(self, books: Api) -> None:
        one = created(
            books, billing='per_visit', lines=[LINE | {'unit_price': 40}], status='active'
        )
        step(books, one, 'service-log', scheduled_at='2026-10-10T08:00:00')
        step(books, one, 'terminate', date='2026-10-15', reason='moved')
        run(books, jobs.invoices, '2026-11-01')
        assert invoices(books) == []
        late = f'/cleaning/contracts/{one["id"]}/service-log/1'
        assert books.put(late, {'status': 'completed', 'tasks': []}).status_code == 200
        assert run(books, jobs.invoices, '2026-11-02') == {'settled': 1}
        assert run(books, jobs.invoices, '2026-11-02') == {'settled': 0}
        [made] = invoices(books)
        assert (made['subtotal'], made['date']) == (40, '2026-11-02')
        assert log(books, one)[0]['invoice_id'] == made['id']
        sound(books)

    def test_the_price_rises_with_the_index(self, books: Api) -> None:
        created(
            books,
            status='active',
            start_date='2026-09-01',
            price_per_period=1000,
            indexation_pct='2.5',
            indexation_month=11,
        )
        run(books, jobs.invoices, '2026-12-01')
        assert [made['subtotal'] for made in invoices(books)] == [1000, 1000, 1025]

    def test_taxes_are_those_of_the_site(self, books: Api) -> None:
        created(books, status='active', site={'province': 'ON', 'city': 'Ottawa'})
        run(books, jobs.invoices, '2026-10-01')
        assert (invoices(books)[0]['tvh'], invoices(books)[0]['tvq']) == (130, 0)

    def test_one_that_fails_stops_no_other(self, books: Api) -> None:
        books.post('/customers', {'code': 'GONE', 'name': 'Gone'})
        created(books, status='active', customer_code='GONE')
        created(books, status='active')
        assert books.delete('/customers/2').status_code == 200
        with pytest.raises(JobFailed, match='1 contracts failed') as failure:
            run(books, jobs.invoices, '2026-10-01')
        assert failure.value.report['settled'] == 1
        assert len(invoices(books)) == 1


class TestEnds:
    def test_told_once_for_each_end(self, books: Api) -> None:
        one = created(books, status='active', end_date='2027-01-31')
        assert run(books, jobs.expire, '2026-12-01') == {'expired': 0, 'expiring': 0}
        assert run(books, jobs.expire, '2026-12-02') == {'expired': 0, 'expiring': 1}
        assert run(books, jobs.expire, '2026-12-02') == {'expired': 0, 'expiring': 0}
        books.put(f'/cleaning/contracts/{one["id"]}', {'end_date': '2027-02-15'})
        assert run(books, jobs.expire, '2027-01-01')['expiring'] == 1
        assert events(books).count('expiring') == 2
        with books.company():
            assert Mail.select().where(Mail.kind == 'cleaning.expiring').count() == 2

    def test_expired_and_renewed_by_hand(self, books: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        one = created(books, status='active', end_date='2026-10-31')
        assert [run(books, jobs.expire, day)['expired'] for day in ('2026-10-31', '2026-11-01')
                ] == [0, 1]  # fmt: skip
        assert run(books, jobs.expire, '2026-11-01')['expired'] == 0
        stand_still(monkeypatch, '2026-11-02')
        new = step(books, one, 'renew', price_per_period=1200)
        assert new.status_code == 201, new.text
        assert (new.json['start_date'], new.json['end_date']) == ('2026-11-01', '2026-12-31')
        assert (new.json['status'], new.json['predecessor_id']) == ('active', one['id'])
        shown = books.get(f'/cleaning/contracts/{one["id"]}').json
        assert (shown['status'], shown['successor_id']) == ('renewed', new.json['id'])
        run(books, jobs.invoices, '2026-12-01')
        assert [made['subtotal'] for made in invoices(books)] == [1000, 1000, 1200]
        sound(books)

    def test_renews_itself_at_its_indexed_price(self, books: Api) -> None:
        one = created(
            books,
            status='active',
            start_date='2025-11-01',
            end_date='2026-10-31',
            auto_renew=True,
            indexation_pct=3,
            indexation_month=11,
            site={'key_code': '4711'},
        )
        assert run(books, jobs.expire, '2026-11-01')['expired'] == 1
        assert events(books)[-4:] == ['expired', 'contract_created', 'renewed', 'activated']
        new = books.get(f'/cleaning/contracts/{one["id"] + 1}').json
        assert (new['total_value'], new['end_date'], new['contract_no']) == (
            1030,
            '2027-10-31',
            'CC-2026-0001',
        )
        assert books.get(f'/cleaning/contracts/{new["id"]}/key-code').json['key_code'] == '4711'
        run(books, jobs.invoices, '2026-12-01')
        assert [made['subtotal'] for made in invoices(books)][-2:] == [1000, 1030]
        assert len(invoices(books)) == 13
