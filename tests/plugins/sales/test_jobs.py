"""What sales do by the clock."""

import datetime as dt

from plugins.sales.jobs import expire, jobs
from tests.conftest import Api
from tests.plugins.sales.desk import TODAY, Desk


def run(desk: Desk, day: dt.date) -> dict[str, int]:
    with desk.api.company():
        return expire(desk.actor(), day)


class TestExpire:
    def test_ends_what_nobody_took_once(self, fresh: Desk) -> None:
        draft = fresh.quote(valid_until=TODAY)
        sent = fresh.quote('sent', valid_until=TODAY)
        longer = fresh.quote('sent', valid_until=dt.date(2026, 11, 21))
        accepted = fresh.quote('accepted', valid_until=TODAY)
        assert run(fresh, TODAY) == {'expired': 0}
        assert run(fresh, dt.date(2026, 11, 21)) == {'expired': 2}
        assert run(fresh, dt.date(2026, 11, 21)) == {'expired': 0}
        for quote in (draft, sent):
            assert fresh.read(quote.id).status == 'expired'
            assert fresh.told(quote.id).count('quote.expired') == 1
        told = fresh.events(sent.id)[-1]['data']
        assert (told['object']['status'], told['previous_attributes']) == (
            'expired',
            {'status': 'sent'},
        )
        for quote in (longer, accepted):
            assert fresh.read(quote.id) == quote

    def test_in_many_turns(self, fresh: Desk, monkeypatch) -> None:
        monkeypatch.setattr('plugins.sales.operations.steps.MOST', 2)
        for _ in range(5):
            fresh.quote(valid_until=TODAY)
        assert run(fresh, dt.date(2026, 11, 21)) == {'expired': 5}

    def test_of_another_company_stays(self, fresh: Desk, other: Api) -> None:
        quote = fresh.quote(valid_until=TODAY)
        with other.company():
            assert expire(fresh.actor(), dt.date(2027, 1, 1)) == {'expired': 0}
        assert fresh.read(quote.id).status == 'draft'

    def test_runs_at_twenty_past_midnight(self) -> None:
        assert [(job.name, job.at) for job in jobs] == [('sales.expire', dt.time(0, 20))]
