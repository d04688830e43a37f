"""The grammar of periods: what phrases mean, and properties over every day of three years."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karvo.ai.periods import find
from karvo.ai.spans import Day, Span, by_calendar, fiscal_year_of, whole, year_back
from karvo.ai.text import words_of

TODAY = Day(dt.date(2026, 8, 20))
#: English, French, first day, last day; today is 2026-08-20.
PHRASES = [
    ('this week', 'cette semaine', '2026-08-17', '2026-08-23'),
    ('this month', 'ce mois-ci', '2026-08-01', '2026-08-31'),
    ('this quarter', 'ce trimestre', '2026-07-01', '2026-09-30'),
    ('this year', 'cette année', '2026-01-01', '2026-12-31'),
    ('last week', 'la semaine dernière', '2026-08-10', '2026-08-16'),
    ('last month', 'le mois dernier', '2026-07-01', '2026-07-31'),
    ('previous quarter', 'le trimestre précédent', '2026-04-01', '2026-06-30'),
    ('last year', "l'an passé", '2025-01-01', '2025-12-31'),
    ('last year', "l'année dernière", '2025-01-01', '2025-12-31'),
    ('year to date', 'cumul annuel', '2026-01-01', '2026-08-20'),
    ('so far this year', "depuis le début de l'année", '2026-01-01', '2026-08-20'),
    ('since the start of the month', 'depuis le début du mois', '2026-08-01', '2026-08-20'),
    ('last 90 days', 'les 90 derniers jours', '2026-05-23', '2026-08-20'),
    ('the past 6 months', 'les six derniers mois', '2026-02-20', '2026-08-20'),
    ('last 3 quarters', 'les 3 derniers trimestres', '2025-10-01', '2026-06-30'),
    ('since March', 'depuis mars', '2026-03-01', '2026-08-20'),
    ('since May 1', 'depuis le 1er mai', '2026-05-01', '2026-08-20'),
    ('March', 'mars', '2026-03-01', '2026-03-31'),
    ('in December', 'en décembre', '2025-12-01', '2025-12-31'),
    ('Q2', 'T2', '2026-04-01', '2026-06-30'),
    ('Q4', 'T4', '2025-10-01', '2025-12-31'),
    ('Q3 2026', 'T3 2026', '2026-07-01', '2026-09-30'),
    ('2026-Q3', '2026-T3', '2026-07-01', '2026-09-30'),
    ('third quarter of 2026', 'troisième trimestre 2026', '2026-07-01', '2026-09-30'),
    ('Q2 last year', "T2 de l'an dernier", '2025-04-01', '2025-06-30'),
    ('first half', 'premier semestre', '2026-01-01', '2026-06-30'),
    ('second half of 2025', 'deuxième semestre 2025', '2025-07-01', '2025-12-31'),
    ('same period last year', "même période l'an dernier", '2025-01-01', '2025-08-20'),
    (
        'between March 1 and April 15',
        'entre le 1er mars et le 15 avril',
        '2026-03-01',
        '2026-04-15',
    ),
    ('from January to March 2025', 'de janvier à mars 2025', '2025-01-01', '2025-03-31'),
    ('July 1 to 15', 'du 1er au 15 juillet', '2026-07-01', '2026-07-15'),
    ('yesterday', 'hier', '2026-08-19', '2026-08-19'),
    ('today', "aujourd'hui", '2026-08-20', '2026-08-20'),
    ('2025', 'en 2025', '2025-01-01', '2025-12-31'),
    ('two years ago', 'il y a deux ans', '2024-01-01', '2024-12-31'),
    ('fiscal year 2026', 'exercice 2026', '2026-01-01', '2026-12-31'),
]
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2026, 12, 31))


def only(text: str, day: Day = TODAY) -> Span:
    found = find(words_of(text), day)
    assert len(found) == 1, (text, found)
    return found[0].span


class TestPhrases:
    @pytest.mark.parametrize('phrase', PHRASES, ids=lambda phrase: phrase[0])
    def test_mean_what_the_facts_say(self, phrase: tuple[str, str, str, str]) -> None:
        english, french, first, last = phrase
        wanted = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
        assert only(english)[:2] == wanted
        assert only(french)[:2] == wanted

    @pytest.mark.parametrize('text', ['revenue by customer', 'ventes par client', 'may I see it'])
    def test_none_is_found_where_none_is(self, text: str) -> None:
        assert [one for one in find(words_of(text), TODAY) if one.span.label != '2026-05'] == []

    def test_two_periods_stay_two(self) -> None:
        found = find(words_of('this quarter vs last quarter'), TODAY)
        assert [one.span.label for one in found] == ['this_quarter', 'last_quarter']

    def test_an_impossible_date_is_no_period(self) -> None:
        assert [one.span.label for one in find(words_of('2026-02-31'), TODAY)] == ['2026']


class TestProperties:
    @given(DAYS)
    @settings(max_examples=60, deadline=None)
    def test_every_phrase_on_every_day_is_in_order_and_the_same_in_both_languages(
        self, today: dt.date
    ) -> None:
        day = Day(today)
        for english, french, *_ in PHRASES:
            one, other = only(english, day), only(french, day)
            assert one.start <= one.end, english
            assert one[:2] == other[:2], (english, french)

    @given(DAYS, st.sampled_from(['week', 'month', 'quarter', 'half', 'year']))
    def test_a_calendar_period_holds_its_day_and_all_of_its_days_agree(
        self, today: dt.date, unit: str
    ) -> None:
        first, last = whole(unit, today)
        assert first <= today <= last
        assert whole(unit, first) == whole(unit, last) == (first, last)

    @given(DAYS, st.integers(1, 12))
    def test_a_fiscal_year_is_a_year_and_holds_today(self, today: dt.date, start: int) -> None:
        first, last = fiscal_year_of(Day(today, start))
        assert first <= today <= last
        assert first.month == start and 364 <= (last - first).days <= 365

    @given(DAYS, st.integers(1, 400))
    def test_last_n_days_are_n(self, today: dt.date, n: int) -> None:
        span = only(f'last {n} days', Day(today))
        assert (span.end - span.start).days == n - 1 and span.end == today

    @given(DAYS)
    def test_a_year_back_of_a_month_is_a_month(self, today: dt.date) -> None:
        span = year_back(Span(*whole('month', today), ''))
        assert span[:2] == whole('month', span.start)

    @given(st.text(max_size=200), DAYS)
    @settings(max_examples=200, deadline=None)
    def test_no_text_is_too_much(self, text: str, today: dt.date) -> None:
        for one in find(words_of(text), Day(today)):
            assert one.span.start <= one.span.end


class TestFiscalYear:
    def test_is_named_after_the_year_in_which_it_ends(self) -> None:
        day = Day(dt.date(2026, 8, 20), fiscal_start=4)
        assert only('fiscal year 2026', day)[:2] == (dt.date(2025, 4, 1), dt.date(2026, 3, 31))
        assert only('this fiscal year', day)[:2] == (dt.date(2026, 4, 1), dt.date(2027, 3, 31))
        assert only("l'exercice précédent", day)[:2] == (dt.date(2025, 4, 1), dt.date(2026, 3, 31))
        assert only('this year', day)[:2] == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))


class TestByCalendar:
    def test_six_months_by_month_are_six_calendar_months(self) -> None:
        span = by_calendar(only('last 6 months'), 'month', TODAY.today)
        assert span[:2] == (dt.date(2026, 3, 1), dt.date(2026, 8, 20))
        assert by_calendar(only('last 90 days'), 'month', TODAY.today) == only('last 90 days')
