"""Calendar periods: whole months and years, the ones before, fiscal years; and their words."""

import calendar
import datetime as dt
import typing

import msgspec

MONTHS = {
    name: n
    for n, names in enumerate(
        (
            'january janvier jan janv', 'february fevrier feb fev fevr', 'march mars',
            'april avril apr avr', 'may mai', 'june juin jun', 'july juillet jul juil',
            'august aout aug', 'september septembre sept sep', 'october octobre oct',
            'november novembre nov', 'december decembre dec',
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
NUMBERS = {
    name: n
    for n, names in enumerate(
        (
            'one un une', 'two deux couple', 'three trois', 'four quatre', 'five cinq', 'six',
            'seven sept', 'eight huit', 'nine neuf', 'ten dix', 'eleven onze', 'twelve douze',
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
NUMBERS |= {'fifteen': 15, 'quinze': 15, 'twenty': 20, 'vingt': 20, 'thirty': 30, 'trente': 30}
NUMBERS |= {'sixty': 60, 'soixante': 60, 'ninety': 90}
ORDINALS = {
    name: n
    for n, names in enumerate(
        (
            'first 1st premier premiere 1er 1ere', 'second 2nd deuxieme seconde 2e 2eme',
            'third 3rd troisieme 3e 3eme', 'fourth 4th quatrieme last dernier 4e 4eme',
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
UNITS = {
    name: unit
    for unit, names in {
        'day': 'day days jour jours', 'week': 'week weeks semaine semaines',
        'month': 'month months mois moi', 'quarter': 'quarter quarters trimestre trimestres',
        'half': 'half semester semestre', 'year': 'year years an ans annee annees',
    }.items()
    for name in names.split()
}  # fmt: skip
EVER = dt.date(1990, 1, 1)
MOST_BACK = 3660  #: days, weeks, … that a period may be long or ago


#: Months of a unit; of the N to come the running one is the first (facts on AI, §4).
MONTHS_OF = {'month': 1, 'quarter': 3, 'half': 6, 'year': 12}


class Span(typing.NamedTuple):
    """Inclusive days. `label`: what they were called; `number`: the N of "last N …"."""

    start: dt.date
    end: dt.date
    label: str
    number: int = 0


class Day(msgspec.Struct, frozen=True):
    """What periods depend on. `fiscal_start`: the month in which the fiscal year begins."""

    today: dt.date
    fiscal_start: int = 1


def whole(unit: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """The calendar period of that unit in which the day lies."""
    if unit == 'day':
        return day, day
    if unit == 'week':
        first = day - dt.timedelta(day.weekday())
        return first, first + dt.timedelta(6)
    months = MONTHS_OF[unit]
    first = dt.date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, moved(first, months) - dt.timedelta(1)


def moved(day: dt.date, months: int) -> dt.date:
    """The same day so many months later (or earlier), the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    year = min(max(year, 1900), 9000)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def before(unit: str, day: dt.date, count: int = 1) -> tuple[dt.date, dt.date]:
    """The whole period so many before the one in which the day lies."""
    first, _ = whole(unit, day)
    for _ in range(min(count, MOST_BACK)):
        first, _end = whole(unit, first - dt.timedelta(1))
    return whole(unit, first)


def year_back(span: Span) -> Span:
    """Both ends moved back one year; a whole month stays whole."""
    start, end = moved(span.start, -12), moved(span.end, -12)
    if span.end == whole('month', span.end)[1]:
        end = whole('month', end)[1]
    return Span(start, end, 'same_period_last_year')


def previous_of(span: Span) -> Span:
    """What a period is compared with when nothing is said: the one before it."""
    for unit in ('day', 'week', 'month', 'quarter', 'half', 'year'):
        if whole(unit, span.start) == (span.start, span.end):
            return Span(*before(unit, span.start), f'previous_{unit}')
    if span.label in ('year_to_date', 'month_to_date', 'quarter_to_date'):
        return year_back(span)
    length = span.end - span.start
    end = span.start - dt.timedelta(1)
    return Span(end - length, end, 'previous_period')


def fiscal_year(year: int, start: int) -> tuple[dt.date, dt.date]:
    """The year that ends in `year`."""
    first = dt.date(year if start == 1 else year - 1, start, 1)
    return first, moved(first, 12) - dt.timedelta(1)


def fiscal_year_of(day: Day, back: int = 0) -> tuple[dt.date, dt.date]:
    is_next = day.fiscal_start > 1 and day.today.month >= day.fiscal_start
    return fiscal_year(day.today.year + is_next - back, day.fiscal_start)


def by_calendar(span: Span, unit: str, today: dt.date) -> Span:
    """ "Last 6 months" by month is the six calendar months that end with the current one."""
    if (
        not span.number
        or span.label != f'last_{span.number}_{unit}s'
        or unit not in ('month', 'year')
    ):
        return span
    first = before(unit, today, span.number - 1)[0]
    return Span(first, today, span.label, span.number)
