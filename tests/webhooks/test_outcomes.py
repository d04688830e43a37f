"""What an attempt means for its delivery and its endpoint."""

import datetime as dt
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.webhooks import outcomes
from karvo.webhooks.outcomes import STANDARD, Attempt, Health, Verdict, judge

AT = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def attempt(status: int | None = 500, outcome: str = 'status', **more: typing.Any) -> Attempt:
    return Attempt(at=AT, duration_ms=5, outcome=outcome, status=status, **more)


def judged(made: Attempt, counted: int = 1, **more: typing.Any) -> Verdict:
    usual = {'schedule': None, 'deferrals': 0, 'is_single': False}
    return judge(made, counted=counted, **usual | more)


def wait(verdict: Verdict) -> float:
    assert verdict.state == 'waiting' and verdict.due_at is not None
    return (verdict.due_at - AT).total_seconds()


class TestSchedule:
    def test_is_the_standards_ten_steps(self) -> None:
        assert len(STANDARD) == 10
        assert sum(STANDARD) == 75 * 3600 + 35 * 60 + 5

    @pytest.mark.parametrize('done', range(1, 10))
    def test_each_wait_within_ten_percent(self, done: int) -> None:
        for _ in range(50):
            assert 0.9 * STANDARD[done] <= wait(judged(attempt(), done)) <= 1.1 * STANDARD[done]

    def test_the_tenth_failure_is_the_last(self) -> None:
        assert judged(attempt(), 10) == Verdict(state='failed')

    def test_an_endpoints_own(self) -> None:
        assert 9 <= wait(judged(attempt(), 1, schedule=[0, 10])) <= 11
        assert judged(attempt(), 2, schedule=[0, 10]).state == 'failed'

    @pytest.mark.parametrize('status', [200, 201, 204, 299])
    def test_success_is_2xx(self, status: int) -> None:
        assert judged(attempt(status)) == Verdict(state='delivered')

    @pytest.mark.parametrize('status', [100, 301, 302, 307, 400, 401, 404, 500])
    def test_nothing_else_is(self, status: int) -> None:
        assert judged(attempt(status)).state == 'waiting'

    def test_what_is_resent_by_hand_has_one_attempt(self) -> None:
        assert judged(attempt(), is_single=True).state == 'failed'

    @pytest.mark.parametrize('outcome', ['blocked', 'invalid'])
    def test_what_no_repetition_mends_fails_at_once(self, outcome: str) -> None:
        assert judged(attempt(None, outcome)).state == 'failed'


class TestRetryAfter:
    @given(seconds=st.floats(0, 1e9))
    def test_is_kept_within_its_bounds(self, seconds: float) -> None:
        waited = wait(judged(attempt(429, retry_after=seconds)))
        least = min(seconds, 86_400)
        assert least - 0.001 <= waited <= 2 * least + 5

    @pytest.mark.parametrize('status', [429, 503])
    def test_being_asked_to_come_later_is_no_attempt(self, status: int) -> None:
        made = attempt(status, retry_after=1.0)
        assert made.is_deferral
        assert judged(made, counted=10).state == 'waiting'

    def test_but_not_for_ever(self) -> None:
        made = attempt(429, retry_after=1.0)
        assert judged(made, deferrals=1001).state == 'failed'

    def test_on_another_failure_it_moves_the_next_attempt(self) -> None:
        made = attempt(500, retry_after=60.0)
        assert not made.is_deferral
        assert 60 <= wait(judged(made)) <= 125


class TestBreaker:
    def learn(self, health: Health, made: Attempt, times: int = 1) -> Health:
        for _ in range(times):
            health.learn(made, judged(made))
        return health

    def test_ten_failures_in_a_row_open_it_for_thirty_seconds(self) -> None:
        health = self.learn(Health(), attempt(), 9)
        assert health.open_until is None and not health.is_probed
        self.learn(health, attempt())
        assert health.open_until == AT + dt.timedelta(seconds=30)
        assert health.is_probed

    def test_a_probe_that_fails_opens_it_again(self) -> None:
        health = self.learn(Health(), attempt(), 11)
        assert health.open_until == AT + dt.timedelta(seconds=30)

    def test_a_success_closes_it(self) -> None:
        health = self.learn(self.learn(Health(), attempt(), 10), attempt(200))
        assert (health.failures, health.open_until, health.failing_since) == (0, None, None)
        assert health.is_proven

    @pytest.mark.parametrize(
        'made',
        [attempt(429, retry_after=3.0), attempt(503, retry_after=3.0), attempt(None, 'proxy')],
    )
    def test_what_is_no_failure_of_the_endpoint(self, made: Attempt) -> None:
        assert self.learn(Health(), made, 20).failures == 0

    def test_a_429_without_retry_after_is_one(self) -> None:
        assert self.learn(Health(), attempt(429)).failures == 1


class TestQuiet:
    def test_retry_after_quiets_the_whole_endpoint(self) -> None:
        health = Health()
        health.learn(made := attempt(429, retry_after=90.0), judged(made))
        assert health.quiet_until == AT + dt.timedelta(seconds=90)

    @pytest.mark.parametrize(
        'made', [attempt(429), attempt(502), attempt(504), attempt(None, 'timeout')]
    )
    def test_overload_slows_it_down(self, made: Attempt) -> None:
        health = Health()
        health.learn(made, judged(made))
        assert health.quiet_until == AT + dt.timedelta(seconds=outcomes.SLOW_SECONDS)

    def test_a_plain_failure_does_not(self) -> None:
        health = Health()
        health.learn(made := attempt(500), judged(made))
        assert health.quiet_until is None


class TestDisabling:
    def test_410_at_once(self) -> None:
        assert '410' in Health().reason_to_disable(attempt(410))

    def test_ten_deliveries_given_up_in_a_row(self) -> None:
        health, made = Health(), attempt()
        for _ in range(9):
            health.learn(made, judged(made, 10))
        assert health.reason_to_disable(made) == ''
        health.learn(made, judged(made, 10))
        assert 'given up' in health.reason_to_disable(made)

    def test_attempts_that_will_be_repeated_do_not_count(self) -> None:
        health, made = Health(), attempt()
        for _ in range(50):
            health.learn(made, judged(made, 1))
        assert health.reason_to_disable(made) == ''
