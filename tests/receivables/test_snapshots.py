"""The aging of a day, kept: once, whole, and as the report has it (AR-1 to AR-3)."""

import datetime as dt

import pytest

from karvo.kit.db import database
from karvo.receivables import jobs
from karvo.receivables.operations import snapshots
from tests.receivables.conftest import TODAY, Desk

BUCKETS = ('current', 'days_30', 'days_60', 'days_90', 'days_90_plus', 'total', 'net')


def run(desk: Desk, day: dt.date = TODAY) -> object:
    return desk.run(day, jobs.snapshot)


def kept(desk: Desk) -> list[tuple]:
    sql = """SELECT s.day, p.code, s.current, s.days_30, s.days_60, s.days_90, s.days_90_plus,
      s.total, s.unapplied_credits, s.net FROM @ar_aging_snapshot s JOIN @party p
      ON p.id = s.party_id ORDER BY s.day, p.code"""
    with desk.api.company():
        return database.run(sql).fetchall()


class TestSnapshot:
    def test_holds_what_the_report_says(self, desk: Desk) -> None:
        for late, customer in ((0, 'A'), (10, 'A'), (40, 'B'), (70, 'B'), (100, 'C')):
            desk.late(late, customer=customer)
        desk.api.post('/billing/payments', {'customer_code': 'C', 'amount': 37.19})
        assert run(desk) == {'customers': 3}
        report = desk.api.get('/billing/aging').json
        [day] = desk.api.get('/billing/aging/snapshots').json['data']
        assert (day['day'], day['customers'], day['currency']) == ('2026-11-20', 3, 'CAD')
        assert {n: day[n] for n in BUCKETS} == {n: report['summary'][n] for n in BUCKETS}
        rows = [(r['customer_code'], r['total'], r['net']) for r in report['data']]
        assert [(r[1], float(r[7]), float(r[9])) for r in kept(desk)] == rows
        [told] = desk.told('aging.snapshot_taken')
        assert (told['day'], told['total']) == ('2026-11-20', day['total'])

    def test_of_a_day_before_a_payment(self, desk: Desk) -> None:
        desk.pay(desk.late(10))
        run(desk, dt.date(2026, 11, 15))
        run(desk)
        found = desk.api.get('/billing/aging/snapshots?orderby=day&order=asc').json['data']
        assert [(one['day'], one['total']) for one in found] == [
            ('2026-11-15', 1437.19), ('2026-11-20', 0),
        ]  # fmt: skip

    def test_twice_a_day_keeps_the_first(self, desk: Desk) -> None:
        desk.late(10)
        run(desk)
        once = kept(desk)
        desk.late(10)
        assert run(desk) == {'taken_before': True}
        assert kept(desk) == once
        assert len(desk.told('aging.snapshot_taken')) == 1

    def test_killed_half_way_leaves_nothing(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk.late(10)

        def die(*arguments: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(snapshots, '_announce', die)
            with pytest.raises(KeyboardInterrupt):
                run(desk)
        assert kept(desk) == []
        assert run(desk) == {'customers': 1}
        assert len(kept(desk)) == 1

    def test_days_asked_for(self, desk: Desk) -> None:
        for day in (18, 19, 20):
            run(desk, dt.date(2026, 11, day))
        path = '/billing/aging/snapshots?from=2026-11-19&to=2026-11-19'
        found = desk.api.get(path).json
        assert ([one['day'] for one in found['data']], found['total']) == (['2026-11-19'], 1)
        assert desk.api.get('/billing/aging/snapshots').json['total'] == 3
