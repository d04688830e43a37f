"""Sheets and workplace labels as data of a page (WH-1, WH-2, WH-4)."""

import datetime as dt
import functools
import importlib.resources
import pathlib
import typing

import msgspec

from karvo.kit import paper, pdf, words
from karvo.kit.paper import Fact
from karvo.kit.words import Form
from karvo.settings.schemas import Settings
from karvo.taxes.letterhead import letterhead
from karvo.whmis.compute import (
    NOT_AVAILABLE,
    NUMBERS,
    HazardClass,
    classes,
    pictogram_names,
    sections,
)
from karvo.whmis.schemas import Ingredient, SdsRead, Supplier

HERE = pathlib.Path(__file__).parent / 'templates'
ORDER = {'fr': 0, 'en': 1}
Parts = list[dict[str, typing.Any]]


@functools.cache
def _words() -> dict[str, tuple[str, str]]:
    file = importlib.resources.files('karvo.whmis').joinpath('data/words.json')
    return msgspec.json.decode(file.read_bytes(), type=dict[str, tuple[str, str]])


@functools.cache
def _templates() -> dict[str, bytes]:
    return {'pictograms.typ': (HERE / 'pictograms.typ').read_bytes()}


class LabelColumn(msgspec.Struct, kw_only=True):
    """A label's text in one language."""

    language: str
    signal: str
    hazards: list[str]
    precautions: list[str]
    supplemental: str
    see: str
    supplier: str


class LabelPictogram(msgspec.Struct, kw_only=True):
    """A pictogram and what it is called in each language of the label."""

    name: str
    words: list[str]


class Label(msgspec.Struct, kw_only=True):
    """A workplace label."""

    sku: str
    product: str
    names: list[str]
    version_no: int
    status: str
    pictograms: list[LabelPictogram]
    columns: list[LabelColumn]


def label_of(sheet: SdsRead, form: Form) -> Label:
    """What a workplace label of this product says."""
    content = sheet.content
    return Label(
        sku=sheet.sku,
        product=content.product_identifier,
        names=[name for name in words.said(form, sheet.name_fr, sheet.name_en)
               if name != content.product_identifier],
        version_no=sheet.version_no,
        status=sheet.status,
        pictograms=_pictograms(content.pictograms, form),
        columns=[_column(sheet, language) for language in form],
    )  # fmt: skip


def label_pdf(sheet: SdsRead, settings: Settings, form: Form, date: dt.date) -> bytes:
    """The label on paper, six inches wide."""
    data = msgspec.to_builtins(label_of(sheet, form)) | {
        'title': _in(form, 'sds'),
        'seller': settings.legal_name or settings.name,
        'date': (date.year, date.month, date.day),
    }
    return pdf.compile(HERE / 'label.typ', data, date, _templates())


def sheet_pdf(sheet: SdsRead, settings: Settings, form: Form, date: dt.date) -> bytes:
    """The whole sheet on paper."""
    frame = paper.frame(
        form,
        'page',
        f'{sheet.sku} v{sheet.version_no}',
        date,
        letterhead(form, settings, {}),
        settings.country,
    )
    revised = words.in_each(form, lambda one: words.day(sheet.content.revised_on, one))
    data = frame | {
        'title': _in(form, 'sds'),
        'seller': msgspec.to_builtins(frame['seller']),
        'mark': _in(form, sheet.status) if sheet.status in ('draft', 'superseded') else [],
        'facts': [Fact(_in(form, 'revised_on'), revised)],
        'sections': [_section(sheet, number, form) for number in NUMBERS],
    }
    return pdf.compile(HERE / 'sheet.typ', data, date, _templates())


def _in(form: Form, name: str) -> list[str]:
    return words.said(form, *_words()[name])


def _word(name: str, language: str) -> str:
    return _words()[name][ORDER[language]]


def _said(language: str, french: str | None, english: str | None) -> str:
    """In this language; what is missing there is said in the other, rather than not at all."""
    return (french or english or '') if language == 'fr' else (english or french or '')


def _pictograms(names: list[str], form: Form) -> list[LabelPictogram]:
    known = pictogram_names()
    return [
        LabelPictogram(name=name, words=words.said(form, known[name].fr, known[name].en))
        for name in names
    ]


def _column(sheet: SdsRead, language: str) -> LabelColumn:
    content = sheet.content
    signal = content.signal_word
    return LabelColumn(
        language=language,
        signal=_word(signal, language) if signal != 'none' else '',
        hazards=[_said(language, one.text_fr, one.text_en) for one in content.h_statements],
        precautions=[_said(language, one.text_fr, one.text_en) for one in content.p_statements],
        supplemental=_said(language, content.supplemental_fr, content.supplemental_en),
        see=_word('see', language),
        supplier=_supplier(content.supplier),
    )


def _supplier(supplier: Supplier) -> str:
    return ', '.join(part for part in (supplier.name, supplier.address, supplier.phone) if part)


def _section(sheet: SdsRead, number: str, form: Form) -> dict[str, typing.Any]:
    heading = sections()[number]
    shown = sheet.content.pictograms if number == '2' else []
    return {
        'number': number,
        'title': words.said(form, heading.fr, heading.en),
        'pictograms': msgspec.to_builtins(_pictograms(shown, form)),
        'columns': [_parts(sheet, number, language) for language in form],
    }


def _parts(sheet: SdsRead, number: str, language: str) -> Parts:
    """What is known by its fields, then what the section's own text says."""
    known = FIELDS[number](sheet, language) if number in FIELDS else []
    parts = [{'label': label, 'lines': lines} for label, lines in known if any(lines)]
    own = sheet.content.sections[number]
    text = _said(language, own.content_fr, own.content_en)
    if text in NOT_AVAILABLE and parts:
        return parts
    return [*parts, {'label': '', 'lines': text.splitlines()}]


Known = list[tuple[str, list[str]]]


def _identification(sheet: SdsRead, language: str) -> Known:
    content = sheet.content
    use = _said(language, content.recommended_use_fr, content.recommended_use_en)
    restrictions = _said(language, content.restrictions_fr, content.restrictions_en)
    return [
        (_word('product_identifier', language), [content.product_identifier]),
        (_word('other_identifiers', language), content.other_identifiers),
        (_word('recommended_use', language), [use]),
        (_word('restrictions', language), [restrictions]),
        (_word('supplier', language), [_supplier(content.supplier)]),
        (_word('emergency_phone', language), [content.emergency_phone]),
    ]


def _hazards(sheet: SdsRead, language: str) -> Known:
    content = sheet.content
    named = [
        f'{_name(classes()[one.class_code], language)} – {_word("category", language)} '
        f'{one.category}'
        for one in content.classification
    ]
    extra = _said(language, content.supplemental_fr, content.supplemental_en)
    return [
        (_word('classification', language), named),
        (_word('signal_word', language), [_word(content.signal_word, language)]),
        (_word('h_statements', language), _coded(content.h_statements, language)),
        (_word('p_statements', language), _coded(content.p_statements, language)),
        (_word('supplemental', language), [extra]),
    ]


def _name(known: HazardClass, language: str) -> str:
    return known.fr if language == 'fr' else known.en


def _coded(statements: list[typing.Any], language: str) -> list[str]:
    return [f'{one.code} {_said(language, one.text_fr, one.text_en)}' for one in statements]


def _composition(sheet: SdsRead, language: str) -> Known:
    lines = [_ingredient(one, language) for one in sheet.content.ingredients]
    return [(_word('ingredients', language), lines)]


def _ingredient(one: Ingredient, language: str) -> str:
    """`Isopropanol (CAS 67-63-0) 10–30 %`."""
    ends = [one.concentration_min, one.concentration_max]
    shown = '–'.join(dict.fromkeys(words.number(end, language) for end in ends if end is not None))
    secret = _word('trade_secret', language) if one.trade_secret else ''
    hmira = f'{secret} {one.hmira_no}' if one.hmira_no else secret
    cas = f'(CAS {one.cas})' if one.cas else ''
    return ' '.join(part for part in (one.name, cas, f'{shown} %' if shown else '', hmira) if part)


def _transport(sheet: SdsRead, language: str) -> Known:
    tdg = sheet.content.tdg
    if tdg is None:
        return []
    shipped_as = _said(language, tdg.shipping_name_fr, tdg.shipping_name_en)
    limited = [_word('limited_quantity', language)] if tdg.limited_quantity else []
    return [
        (_word('un', language), [tdg.un or '']),
        (_word('shipping_name', language), [shipped_as]),
        (_word('class', language), [tdg.tdg_class or '']),
        (_word('subsidiary', language), [tdg.subsidiary or '']),
        (_word('packing_group', language), [tdg.packing_group or '']),
        ('', limited),
    ]


#: What the fields of a sheet say in its sections.
FIELDS: dict[str, typing.Callable[[SdsRead, str], Known]] = {
    '1': _identification,
    '2': _hazards,
    '3': _composition,
    '14': _transport,
}
