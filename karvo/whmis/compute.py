"""What follows from a classification: signal word, pictograms, statements (WH-3 to WH-5)."""

import datetime as dt
import functools
import importlib.resources
import typing

import msgspec

from karvo.kit.errors import invalid
from karvo.whmis.schemas import Classified, Content, HStatement, PStatement, SdsContent

STRENGTH = {'none': 0, 'warning': 1, 'danger': 2}
NOT_AVAILABLE = ('Non disponible', 'Not available')
NUMBERS = tuple(str(n) for n in range(1, 17))
LONGEST_SECTION = 10_000
ACUTE = 'acute_toxicity_'
#: (what stands, what it displaces, for which classes): GHS 1.4.10.5.3.1.
DISPLACED = (
    ('skull', 'exclamation', (ACUTE,)),
    ('corrosion', 'exclamation', ('skin_corrosion_irritation', 'eye_damage_irritation')),
)


class Words(msgspec.Struct, frozen=True):
    """A name or a statement in both languages."""

    fr: str
    en: str


class Category(msgspec.Struct, frozen=True):
    """What a category of a class asks for; `h` are codes."""

    signal: str
    pictogram: str | None
    h: list[str]


class HazardClass(msgspec.Struct, frozen=True):
    """A hazard class: physical, health or environmental."""

    fr: str
    en: str
    kind: str
    categories: dict[str, Category]


T = typing.TypeVar('T')


def _file(name: str, shape: type[T]) -> dict[str, T]:
    folder = importlib.resources.files('karvo.whmis').joinpath('data')
    return msgspec.json.decode(folder.joinpath(name).read_bytes(), type=dict[str, shape])  # type: ignore[valid-type]


@functools.cache
def sections() -> dict[str, Words]:
    """The headings of the sixteen sections by number."""
    return _file('sections.json', Words)


@functools.cache
def classes() -> dict[str, HazardClass]:
    return _file('classes.json', HazardClass)


@functools.cache
def statements() -> dict[str, Words]:
    """H and P statements by code."""
    return _file('statements.json', Words)


@functools.cache
def pictogram_names() -> dict[str, Words]:
    return _file('pictograms.json', Words)


def review_due(revised_on: dt.date, months: int) -> dt.date:
    """So many months later, on the same day or the last one of that month."""
    at = revised_on.month - 1 + months
    year, month = revised_on.year + at // 12, at % 12 + 1
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return dt.date(year, month, min(revised_on.day, (following - dt.timedelta(days=1)).day))


def completed(content: SdsContent) -> SdsContent:
    """With all that follows from the classification, each section, each statement's words.

    Raises Invalid for what contradicts it (WH-5).
    """
    found = [(one, _category(n, one)) for n, one in enumerate(content.classification)]
    given_h = {one.code for one in content.h_statements}
    wanted = [code for _, category in found for code in category.h if code not in given_h]
    hazards = [*content.h_statements, *(HStatement(code=code) for code in dict.fromkeys(wanted))]
    return msgspec.structs.replace(
        content,
        signal_word=_signal(content.signal_word, found),
        pictograms=_pictograms(content.pictograms, found),
        h_statements=_without_displaced([_worded(one) for one in hazards]),
        p_statements=[_worded(one) for one in content.p_statements],
        sections=_sections(content.sections),
    )


def _category(n: int, one: Classified) -> Category:
    known = classes().get(one.class_code)
    if known is None:
        raise invalid(**{f'classification[{n}].class_code': 'is no hazard class'})
    category = known.categories.get(one.category)
    if category is None:
        allowed = ', '.join(known.categories)
        raise invalid(**{f'classification[{n}].category': f'must be one of {allowed}'})
    return category


Found = list[tuple[Classified, Category]]


def _signal(given: str, found: Found) -> str:
    """Danger displaces Warning; none only where no class has a signal word."""
    strongest = max((c.signal for _, c in found), key=STRENGTH.__getitem__, default='none')
    if given == 'none' and strongest != 'none':
        raise invalid(signal_word=f'must be {strongest}: the classification has a signal word')
    return max(given or strongest, strongest, key=STRENGTH.__getitem__)


def _pictograms(given: list[str], found: Found) -> list[str]:
    """Those of the classes and those given, less what another one displaces."""
    wanted = {c.pictogram for _, c in found if c.pictogram} | set(given)
    for stands, displaced, of in DISPLACED:
        others = [one for one, c in found if c.pictogram == displaced
                  and not one.class_code.startswith(of)]  # fmt: skip
        if stands in wanted and not others:
            wanted.discard(displaced)
    return [name for name in pictogram_names() if name in wanted]


def _without_displaced(hazards: list[HStatement]) -> list[HStatement]:
    """Severe burns and eye damage (H314) say the eye damage (H318) already."""
    codes = {one.code for one in hazards}
    kept = [one for one in hazards if not (one.code == 'H318' and 'H314' in codes)]
    return list({one.code: one for one in kept}.values())


Statement = typing.TypeVar('Statement', HStatement, PStatement)


def _worded(one: Statement) -> Statement:
    known = statements().get(one.code)
    if known is None and not (one.text_fr or one.text_en):
        raise invalid(**{one.code: 'is not in the list: send text_fr and text_en'})
    french = one.text_fr or (known.fr if known else None)
    english = one.text_en or (known.en if known else None)
    return msgspec.structs.replace(one, text_fr=french, text_en=english)


def _sections(given: dict[str, Content]) -> dict[str, Content]:
    """All sixteen; what nobody wrote is said to be not available, never blank (WH-1)."""
    unknown = sorted(given.keys() - set(NUMBERS))
    if unknown:
        raise invalid(**{f'sections.{unknown[0]}': 'is no section: they are 1 to 16'})
    return {number: _section(given.get(number, Content())) for number in NUMBERS}


def _section(one: Content) -> Content:
    french, english = (one.content_fr or '').strip(), (one.content_en or '').strip()
    if not french and not english:
        return Content(content_fr=NOT_AVAILABLE[0], content_en=NOT_AVAILABLE[1])
    return Content(content_fr=french or None, content_en=english or None)


def languages(content: SdsContent) -> str:
    """`fr+en`, `fr`, `en` or '': those in which nothing is missing that the other one says."""
    pairs = [(one.content_fr, one.content_en) for one in content.sections.values()]
    pairs += [(one.text_fr, one.text_en) for one in content.h_statements]
    pairs += [(one.text_fr, one.text_en) for one in content.p_statements]
    pairs += [
        (content.recommended_use_fr, content.recommended_use_en),
        (content.restrictions_fr, content.restrictions_en),
        (content.supplemental_fr, content.supplemental_en),
    ]
    lacks = [('fr', any(en and not fr for fr, en in pairs)),
             ('en', any(fr and not en for fr, en in pairs))]  # fmt: skip
    return '+'.join(language for language, is_lacking in lacks if not is_lacking)
