"""The grammar of periods, English and French: phrases to inclusive days (facts on AI, §2).

`today` is D there. A phrase without a year is the most recent that has started. Weeks begin on
Monday; "last N months" goes from the same day N months ago to today.
"""
# ruff: noqa: E501 - a pattern is read as a whole

import datetime as dt
import functools
import re
import typing
from collections.abc import Callable, Iterator

import msgspec

from karvo.ai.spans import (
    EVER,
    MONTHS,
    MONTHS_OF,
    MOST_BACK,
    NUMBERS,
    ORDINALS,
    UNITS,
    Day,
    Span,
    before,
    fiscal_year,
    fiscal_year_of,
    moved,
    whole,
    year_back,
)


class Found(msgspec.Struct, frozen=True):
    """A period and the words that said it: from `first` to before `last`."""

    first: int
    last: int
    span: Span


# Grammar -------------------------------------------------------------------------------------


def _any(names: typing.Iterable[str]) -> str:
    return '(?:' + '|'.join(sorted(names, key=len, reverse=True)) + ')'


_N = rf'(?P<n>\d{{1,4}}|{_any(NUMBERS)})'
_UNIT = rf'(?P<unit>{_any(UNITS)})'
_Y = r'(?:19|20)\d\d'
_THE = r'(?:(?:the|le|la|les|l|our|nos|de|du|des|d|of|in|en|au) )*'
_THIS_YEAR = r'this year|current year|cette annee|l annee en cours|annee courante|l annee'
_LAST_YEAR = (
    r'last year|previous year|prior year|past year|l an dernier|l an passe|an dernier|an passe'
    r'|l annee derniere|l annee passee|annee derniere|annee passee|annee precedente'
    r'|l annee d avant'
)
_YEAR = rf'(?P<y>{_Y}|{_THIS_YEAR}|{_LAST_YEAR})'
_OF_YEAR = rf'(?: {_THE}{_YEAR})?'
_MONTH = rf'(?P<m>{_any(MONTHS)})'
_DAY = r'(?P<d>[0-3]?\d)(?:st|nd|rd|th|er|e)?'
_LAST = r'(?:last|past|previous|prior|trailing|preceding)'
_DERNIER = r'(?:derniers|dernieres|dernier|derniere|passes|passees|passe|passee|precedents|precedentes|precedent|precedente)'
_CE = r'(?:this|current|ce|cet|cette)'

MOST_MONTHS = 1200  #: that a period may be ago

Maker = Callable[[re.Match[str], Day], Span | None]


def _number(text: str) -> int:
    return int(text) if text.isdigit() else NUMBERS[text]


def _year(text: str | None, day: Day) -> int | None:
    if not text:
        return None
    if text.isdigit():
        return int(text)
    return day.today.year - bool(re.fullmatch(_LAST_YEAR, text))


def _latest(day: Day, make: Callable[[int], tuple[dt.date, dt.date]]) -> tuple[dt.date, dt.date]:
    """The most recent that has started."""
    start, end = make(day.today.year)
    return (start, end) if start <= day.today else make(day.today.year - 1)


def _part(unit: str, n: int, year: int | None, day: Day) -> tuple[dt.date, dt.date]:
    months = {'month': 1, 'quarter': 3, 'half': 6}[unit]

    def make(of: int) -> tuple[dt.date, dt.date]:
        return whole(unit, dt.date(of, (n - 1) * months + 1, 1))

    return make(year) if year else _latest(day, make)


def _month(m: re.Match[str], day: Day) -> Span:
    n, year = MONTHS[m['m']], _year(m['y'], day)
    span = _part('month', n, year, day)
    return Span(*span, f'{span[0].year}-{n:02}')


def _quarter(m: re.Match[str], day: Day) -> Span:
    span = _part('quarter', int(m['q']), _year(m['y'], day), day)
    return Span(*span, f'{span[0].year}-Q{m["q"]}')


def _nth(m: re.Match[str], day: Day) -> Span | None:
    unit, n = UNITS[m['unit']], ORDINALS[m['o']]
    if unit not in ('quarter', 'half') or (unit == 'half' and n == 4 and not m['o'][0].isalpha()):
        return None
    n = min(n, 2) if unit == 'half' else n
    span = _part(unit, n, _year(m['y'], day), day)
    return Span(*span, f'{span[0].year}-{"Q" if unit == "quarter" else "H"}{n}')


def _half(m: re.Match[str], day: Day) -> Span:
    span = _part('half', int(m['h']), _year(m['y'], day), day)
    return Span(*span, f'{span[0].year}-H{m["h"]}')


def _date(m: re.Match[str], day: Day) -> Span | None:
    month, number = MONTHS[m['m']], int(m['d'])
    year = _year(m['y'], day)

    def make(of: int) -> tuple[dt.date, dt.date]:
        return (dt.date(of, month, number),) * 2

    try:
        start, end = make(year) if year else _latest(day, make)
    except ValueError:
        return None
    return Span(start, end, start.isoformat())


def _days(m: re.Match[str], day: Day) -> Span | None:
    """1 to 15 July."""
    last = _date(m, day)
    try:
        return last and Span(last.start.replace(day=int(m['d1'])), last.end, f'to_{last.end}')
    except ValueError:
        return None


def _iso(m: re.Match[str], day: Day) -> Span | None:
    try:
        found = dt.date(int(m[1]), int(m[2]), int(m[3]))
    except ValueError:
        return None
    return Span(found, found, found.isoformat())


def _iso_month(m: re.Match[str], day: Day) -> Span | None:
    if not 1 <= int(m[2]) <= 12:
        return None
    return Span(*whole('month', dt.date(int(m[1]), int(m[2]), 1)), f'{m[1]}-{m[2]}')


def _calendar_year(m: re.Match[str], day: Day) -> Span:
    year = int(m['y'])
    return Span(dt.date(year, 1, 1), dt.date(year, 12, 31), m['y'])


def _fiscal(m: re.Match[str], day: Day) -> Span:
    said = m.groupdict()
    if said.get('fy'):
        year = int(said['fy']) + (2000 if len(said['fy']) == 2 else 0)
        return Span(*fiscal_year(year, day.fiscal_start), f'fiscal_{year}')
    if re.search(rf'\b{_LAST}\b|\b{_DERNIER}\b', m[0]):
        return Span(*fiscal_year_of(day, 1), 'last_fiscal_year')
    return Span(*fiscal_year_of(day), 'this_fiscal_year')


def _to_date(m: re.Match[str], day: Day) -> Span:
    name = next(n for n in ('year', 'month', 'quarter', 'week') if m.groupdict().get(n))
    return Span(whole(name, day.today)[0], day.today, f'{name}_to_date')


def _this(m: re.Match[str], day: Day) -> Span:
    unit = UNITS[m['unit']]
    return Span(*whole(unit, day.today), 'today' if unit == 'day' else f'this_{unit}')


def _previous(m: re.Match[str], day: Day) -> Span:
    unit = UNITS[m['unit']]
    return Span(*before(unit, day.today), 'yesterday' if unit == 'day' else f'last_{unit}')


def _next(m: re.Match[str], day: Day) -> Span:
    start = whole(UNITS[m['unit']], day.today)[1] + dt.timedelta(1)
    return Span(*whole(UNITS[m['unit']], start), 'future')


def _next_n(m: re.Match[str], day: Day) -> Span | None:
    n, months = _number(m['n']), MONTHS_OF.get(UNITS[m['unit']])
    if not n or n > 100 or not months:
        return None
    first = whole('month', day.today)[0]
    return Span(day.today, moved(first, n * months) - dt.timedelta(1), 'future', n * months)


def _last_n(m: re.Match[str], day: Day) -> Span | None:
    n, unit = _number(m['n']), UNITS[m['unit']]
    if not n or n > MOST_BACK:
        return None
    label = f'last_{n}_{unit}s'
    if unit in ('day', 'week'):
        days = n * (7 if unit == 'week' else 1)
        return Span(day.today - dt.timedelta(days - 1), day.today, label, n)
    if unit in ('quarter', 'half'):
        end = whole(unit, day.today)[0] - dt.timedelta(1)
        return Span(before(unit, day.today, n)[0], end, label, n)
    return Span(moved(day.today, -n * (12 if unit == 'year' else 1)), day.today, label, n)


def _ago(m: re.Match[str], day: Day) -> Span | None:
    n, unit = _number(m['n']), UNITS[m['unit']]
    if n > (MOST_BACK if unit in ('day', 'week') else MOST_MONTHS // MONTHS_OF[unit]):
        return None
    return Span(*before(unit, day.today, n), f'{n}_{unit}s_ago')


def _fixed(days: int, label: str) -> Maker:
    def make(_: re.Match[str], day: Day) -> Span:
        at = day.today + dt.timedelta(days)
        return Span(at, at, label)

    return make


def _ever(_: re.Match[str], day: Day) -> Span:
    return Span(EVER, day.today, 'all_time')


def _same_last_year(_: re.Match[str], day: Day) -> Span:
    ytd = Span(whole('year', day.today)[0], day.today, 'year_to_date')
    return year_back(ytd)


#: Points in time, which may also end a range; the first that matches is taken.
POINTS: list[tuple[str, Maker]] = [
    (rf'({_Y}) ([01]\d) ([0-3]\d)', _iso),
    (rf'{_MONTH} {_DAY}(?! ?(?:{_any(UNITS)})\b)(?: {_YEAR})?', _date),
    (rf'{_DAY} (?:of |de |d )?{_MONTH}{_OF_YEAR}', _date),
    (rf'(?P<y>{_Y}) [qt](?P<q>[1-4])', _quarter),
    (rf'[qt](?P<q>[1-4]){_OF_YEAR}', _quarter),
    (rf'(?P<o>{_any(ORDINALS)}) (?P<unit>quarter|trimestre|half|semester|semestre){_THE and ""}(?: {_THE}{_YEAR})', _nth),
    (r'(?P<o>(?!last|dernier)' + _any(ORDINALS) + r') (?P<unit>quarter|trimestre|half|semester|semestre)(?P<y>)', _nth),
    (rf'h(?P<h>[12]){_OF_YEAR}', _half),
    (rf'(?:(?:month|mois|moi) (?:of |de |d ))?{_MONTH}{_OF_YEAR}', _month),
    (rf'({_Y}) (0[1-9]|1[0-2])(?! ?\d)', _iso_month),
    (rf'(?:fiscal year|fiscal|fy|exercice(?: financier| fiscal)?|annee (?:fiscale|financiere)) ?(?P<fy>{_Y}|(?<=fy)\d\d)', _fiscal),
    (rf'(?P<y>{_Y})', _calendar_year),
    (r'today|aujourd ?hui', _fixed(0, 'today')),
    (r'(?:the )?day before yesterday|avant hier', _fixed(-2, 'day_before_yesterday')),
    (r'yesterday|hier', _fixed(-1, 'yesterday')),
    (rf'{_LAST} (?P<unit>month|quarter|year|week|half|semester|day)\b', _previous),
]  # fmt: skip

_TO = r'(?:to|and|through|thru|until|till|au|a|et|jusqu au)'
_DEBUT = r'(?:the )?(?:beginning|start|debut) (?:of |de |du )?(?:the |this |l |cet |cette |ce )?'
PERIODS: list[tuple[str, Maker]] = [
    (r'(?:the )?same (?:period|time|months|quarter|month|dates) (?:of )?(?:the )?(?:last|previous|prior) year'
     r'|(?:la )?meme periode (?:de |d )?(?:l )?(?:an|annee) (?:dernier|derniere|passe|passee|precedente)'
     r'|(?:la )?meme periode un an plus tot|(?:last|prior|previous) ytd|last year to date|ytd last year', _same_last_year),
    (rf'{_CE} (?:fiscal|financial) year|{_LAST} (?:fiscal|financial) year|cet exercice'
     rf'|(?:l )?exercice (?:en cours|courant|{_DERNIER})|fiscal year to date'
     rf'|cette annee (?:fiscale|financiere)|(?:l )?annee (?:fiscale|financiere) (?:en cours|{_DERNIER})'
     r'|the fiscal year|l exercice', _fiscal),
    (r'(?P<year>ytd|year to date|(?:so far )this year so far|so far this year|this year so far|this year to date'
     r'|this year until now|cumul annuel|cumul de l annee|cumulatif annuel|annee a ce jour|cette annee jusqu a maintenant'
     rf'|cette annee a ce jour|jusqu a maintenant cette annee|jusqu ici cette annee|(?:since|depuis|from) (?:le )?{_DEBUT}(?:year|annee))'
     rf'|(?P<month>mtd|month to date|so far this month|this month so far|(?:since|depuis|from) (?:le )?{_DEBUT}(?:month|mois))'
     rf'|(?P<quarter>qtd|quarter to date|so far this quarter|this quarter so far|(?:since|depuis|from) (?:le )?{_DEBUT}(?:quarter|trimestre))'
     rf'|(?P<week>so far this week|(?:since|depuis) (?:le )?{_DEBUT}(?:week|semaine))', _to_date),
    (rf'(?:from |du |between |entre )?(?:the |le )?(?P<d1>[0-3]?\d)(?:st|nd|rd|th|er|e)? {_TO} (?:the |le )?{_DAY} (?:of |de |d )?{_MONTH}{_OF_YEAR}', _days),
    (rf'(?:from |between )?{_MONTH} (?P<d1>[0-3]?\d)(?:st|nd|rd|th)? {_TO} {_DAY}(?! ?{_any(MONTHS)}\b){_OF_YEAR}', _days),
    (rf'(?:the )?{_LAST} {_N} (?:full |complete |calendar )?{_UNIT}|{_N.replace("<n>", "<n2>")} {_LAST} {_UNIT.replace("<unit>", "<u2>")}', _last_n),
    (rf'{_N} {_DERNIER} {_UNIT}|{_DERNIER} {_N.replace("<n>", "<n2>")} {_UNIT.replace("<unit>", "<u2>")}', _last_n),
    (rf'(?:since|depuis|for|in|over|pendant|en|within|durant) (?:the |les |more than |over |plus de |plus d |at least |au moins )*{_N} {_UNIT}(?! ago)', _last_n),
    (rf'{_N} {_UNIT} (?:ago|earlier)|il y a {_N.replace("<n>", "<n2>")} {_UNIT.replace("<unit>", "<u2>")}', _ago),
    (rf'(?:in |over )?(?:le |la |l |du |au )*(?P<unit>mois|moi|trimestre|an|annee|semaine|semestre|jour) {_DERNIER}', _previous),
    (r'(?:le |la |l |du |au )*(?:dernier|derniere|precedent|precedente) (?P<unit>mois|trimestre|an|annee|semaine|semestre)', _previous),
    (rf'(?:the )?{_LAST} {_UNIT}', _previous),
    (rf'{_CE} {_UNIT}(?: ci)?', _this),
    (r'(?:le |la |l |du |au )+(?P<unit>mois|trimestre|annee|semaine|semestre) (?:en cours|courant|courante|actuel|actuelle)', _this),
    (rf'(?:the |in |over |for |les |des |pour |sur )*(?:next|coming|upcoming|prochains|prochaines) {_N} {_UNIT}'
     rf'|(?:les |des |pour |sur |dans )*{_N.replace("<n>", "<n2>")} (?:prochains|prochaines) {_UNIT.replace("<unit>", "<u2>")}', _next_n),
    (r'(?:next|upcoming) (?P<unit>day|week|month|quarter|year)|(?:le |la |l )?(?P<u2>mois|trimestre|annee|an|semaine) (?:prochain|prochaine)', _next),
    (r'tomorrow|demain', _fixed(1, 'future')),
    (r'all time|ever|of all time|since the beginning|depuis toujours|depuis le debut|depuis l ouverture|de tous les temps|a vie', _ever),
]  # fmt: skip


class _Numbered:
    """A match whose second spelling (n2, u2) reads as the first."""

    def __init__(self, match: re.Match[str]):
        self.match, self.named = match, match.groupdict()

    def __getitem__(self, key: str | int) -> typing.Any:
        if isinstance(key, int):
            return self.match[key]
        return self.named.get(key) or self.named.get({'n': 'n2', 'unit': 'u2'}.get(key, key))

    def groupdict(self) -> dict[str, typing.Any]:
        return self.named


# The whole calendar period in which today lies, said as in "the best client of the year".
_OF_THE = re.compile(
    r'\b(?:of the |de l |du |de la )(?P<unit>year|month|quarter|week|annee|mois|trimestre|semaine)\b'
)
_OPENING = re.compile(r'\b(?:between|from|entre|du|de|des|d)(?: le| la| l| the)* $')
_JOIN = re.compile(
    r' (?:and|to|et|au|a|through|until|till|thru|jusqu a|jusqu au|jusqu en)(?: le| la| l| the)* '
)
_SINCE = re.compile(
    r'\b(?:since|depuis|starting|a partir de|a partir du|a compter de)(?: le| la| l| the| early| debut| in| du| d| de)* $'
)


#: All that the grammar knows, so that no word of it is taken for a mistyped one.
WORDS = frozenset(
    word
    for text, _ in [*POINTS, *PERIODS]
    for word in re.findall(r'[a-z]{3,}', re.sub(r'\?P<\w+>', '', text))
)


def find(words: list[str], day: Day, *, with_ranges: bool = True) -> list[Found]:
    """Every period in the words, in their order. A word is of one period at most.

    `with_ranges` False keeps the ends of "between A and B" apart (they are compared).
    """
    text = ' '.join(words)
    taken: list[tuple[int, int, Span]] = []
    longest = sorted(_candidates(text, day), key=lambda one: one[0] - one[1])
    for at, end, span in longest:
        if not any(at < b and a < end for a, b, _ in taken):
            taken.append((at, end, span))
    taken = _since(text, sorted(taken), day)
    if with_ranges:
        taken = _ranges(text, taken)
    return [_of_words(text, at, end, span) for at, end, span in taken]


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], Maker]]:
    """Compiled for the first question, not whenever a command starts."""
    return [(re.compile(rf'\b(?:{text})\b'), make) for text, make in [*PERIODS, *POINTS]]


def _candidates(text: str, day: Day) -> Iterator[tuple[int, int, Span]]:
    for pattern, make in _patterns():
        for match in pattern.finditer(text):
            span = make(typing.cast(re.Match[str], _Numbered(match)), day)
            if span is not None:
                yield match.start(), match.end(), span
    for match in _OF_THE.finditer(text):
        yield match.start(), match.end(), _this(match, day)


def _since(text: str, found: list[tuple[int, int, Span]], day: Day) -> list[tuple[int, int, Span]]:
    """ "Since March": from its first day to today."""
    changed = []
    for at, end, span in found:
        said = _SINCE.search(text[:at])
        if said and span.start <= day.today and not span.number and span.label != 'year_to_date':
            label = f'since_{span.start.isoformat()}'
            at, span = said.start(), Span(span.start, day.today, label)
        changed.append((at, end, span))
    return changed


def _ranges(text: str, found: list[tuple[int, int, Span]]) -> list[tuple[int, int, Span]]:
    """ "Between A and B", "from A to B": the first of one to the last of the other."""
    merged: list[tuple[int, int, Span]] = []
    for at, end, span in found:
        opening = _OPENING.search(text[: merged[-1][0]]) if merged else None
        join = text[merged[-1][1] : at] if merged else ''
        if _JOIN.fullmatch(join) and (opening or join.strip() not in ('and', 'et')):
            start, first = merged[-1][2].start, opening.start() if opening else merged[-1][0]
            while start > span.end:  # "from November to February": the one before
                start = moved(start, -12)
            merged[-1] = (first, end, Span(start, span.end, f'{start}_{span.end}'))
        else:
            merged.append((at, end, span))
    return merged


def _of_words(text: str, at: int, end: int, span: Span) -> Found:
    first = text[:at].count(' ')
    return Found(first, first + text[at:end].strip().count(' ') + 1, span)
