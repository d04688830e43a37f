"""Shapes of safety data sheets on the wire of se-erp/v2."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit import paging
from karvo.kit.fields import Line, Short
from karvo.kit.printed import Lang
from karvo.whmis.compute import classes, pictogram_names, sections
from karvo.whmis.schemas import (
    Content,
    File,
    HStatement,
    Ingredient,
    Language,
    PStatement,
    SdsContent,
    SdsRead,
    Signal,
    Status,
    Supplier,
    Transport,
    Version,
)

LARGEST_FILE = 10_000_000  #: bytes of a PDF (G-16)
LARGEST_BODY = LARGEST_FILE * 4 // 3 + 1000  #: bytes; base64 and the JSON around it
VersionNo = typing.Annotated[int, Meta(ge=1, le=2**31 - 1)]


class SdsQuery(paging.ListQuery, kw_only=True):
    """Filters of the sheets; without `status` those that nothing superseded."""

    status: Line | None = None
    signal_word: Signal | None = None
    hazard_class: Short | None = msgspec.field(name='class', default=None)
    review_before: dt.date | None = None
    supplier: Line | None = None


class OneQuery(msgspec.Struct, kw_only=True):
    """`lang`: one language only; `version`: another one than the one in force."""

    lang: Language | None = None
    version: VersionNo | None = None


class PrintedQuery(msgspec.Struct, kw_only=True):
    """The languages (fr+en when absent) and the version of what is printed."""

    lang: Lang | None = None
    version: VersionNo | None = None


class FileQuery(msgspec.Struct, kw_only=True):
    """The version that the supplier's file belongs to."""

    version: VersionNo | None = None


class FileIn(msgspec.Struct, kw_only=True):
    """The supplier's own sheet: a PDF of at most 10 MB, in base64."""

    content: typing.Annotated[str, Meta(min_length=8, max_length=LARGEST_BODY)]


class RecipientQuery(paging.ListQuery, kw_only=True):
    """`to_notify`: those who were not given the sheet in force."""

    to_notify: bool | None = None


class Named(msgspec.Struct, kw_only=True):
    """A code and what it is called."""

    code: str
    name_fr: str | UnsetType = UNSET
    name_en: str | UnsetType = UNSET


class ClassOut(msgspec.Struct, kw_only=True):
    """A hazard class with its category; `kind` is physical, health or environmental."""

    class_code: str
    category: str
    kind: str
    name_fr: str | UnsetType = UNSET
    name_en: str | UnsetType = UNSET


class StatementOut(msgspec.Struct, kw_only=True):
    """A hazard or precautionary statement."""

    code: str
    text_fr: str | None | UnsetType = UNSET
    text_en: str | None | UnsetType = UNSET


class SectionOut(msgspec.Struct, kw_only=True):
    """One of the sixteen sections under the regulation's heading."""

    title_fr: str | UnsetType = UNSET
    title_en: str | UnsetType = UNSET
    content_fr: str | None | UnsetType = UNSET
    content_en: str | None | UnsetType = UNSET


class SdsOut(msgspec.Struct, kw_only=True):
    """A version of a safety data sheet.

    `status` follows from the date: `review_due` from 90 days before the review, `expired` after it.
    The review is the company's policy (36 months unless said); the law sets no expiry.
    """

    id: int
    uid: str
    sku: str
    requested_sku: str
    product_id: int
    version_no: int
    status: Status
    product_identifier: str
    other_identifiers: list[str]
    languages: list[Language]
    language_missing: bool
    hpr_version: int
    hpr_transition_expired: bool
    supplier: Supplier
    emergency_phone: str
    issued_on: dt.date | None
    revised_on: dt.date
    review_months: int
    review_due: dt.date
    signal_word: Signal
    classification: list[ClassOut]
    h_statements: list[StatementOut]
    p_statements: list[StatementOut]
    pictograms: list[Named]
    ingredients: list[Ingredient]
    sections: dict[str, SectionOut]
    tdg: Transport | None
    pdf_fr: bool
    pdf_en: bool
    files: list[File]
    versions: list[Version]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime
    recommended_use_fr: str | None | UnsetType = UNSET
    recommended_use_en: str | None | UnsetType = UNSET
    restrictions_fr: str | None | UnsetType = UNSET
    restrictions_en: str | None | UnsetType = UNSET
    supplemental_fr: str | None | UnsetType = UNSET
    supplemental_en: str | None | UnsetType = UNSET


TEXTS = ('recommended_use', 'restrictions', 'supplemental')
SAME = (
    'product_identifier', 'other_identifiers', 'supplier', 'emergency_phone', 'hpr_version',
    'issued_on', 'revised_on', 'review_months', 'signal_word', 'ingredients', 'tdg',
)  # fmt: skip
OF_SHEET = (
    'id', 'uid', 'sku', 'product_id', 'version_no', 'status', 'languages', 'language_missing',
    'hpr_transition_expired', 'review_due', 'files', 'versions', 'version', 'created_at',
    'updated_at',
)  # fmt: skip


def sheet_out(sheet: SdsRead, requested: str, lang: Language | None) -> SdsOut:
    """The sheet in both languages, or in one."""
    wanted = (lang,) if lang else ('fr', 'en')
    content = sheet.content
    shown: dict[str, typing.Any] = {name: getattr(sheet, name) for name in OF_SHEET}
    shown |= {name: getattr(content, name) for name in SAME}
    kept = {one.language for one in sheet.files}
    return SdsOut(
        **shown,
        requested_sku=requested,
        pdf_fr='fr' in kept,
        pdf_en='en' in kept,
        classification=_classification(content, wanted),
        h_statements=[_statement(one, wanted) for one in content.h_statements],
        p_statements=[_statement(one, wanted) for one in content.p_statements],
        pictograms=[
            Named(code=name, **_each('name', pictogram_names()[name], wanted))
            for name in content.pictograms
        ],
        sections={number: _section(number, one, wanted) for number, one in
                  content.sections.items()},
        **{f'{name}_{one}': getattr(content, f'{name}_{one}') for name in TEXTS for one in wanted},
    )  # fmt: skip


Wanted = tuple[str, ...]


def _each(member: str, known: typing.Any, wanted: Wanted) -> dict[str, str]:
    return {f'{member}_{one}': getattr(known, one) for one in wanted}


def _classification(content: SdsContent, wanted: Wanted) -> list[ClassOut]:
    return [
        ClassOut(
            class_code=one.class_code,
            category=one.category,
            kind=classes()[one.class_code].kind,
            **_each('name', classes()[one.class_code], wanted),
        )
        for one in content.classification
    ]


def _statement(one: HStatement | PStatement, wanted: Wanted) -> StatementOut:
    texts = {f'text_{language}': getattr(one, f'text_{language}') for language in wanted}
    return StatementOut(code=one.code, **texts)


def _section(number: str, one: Content, wanted: Wanted) -> SectionOut:
    texts = {f'content_{language}': getattr(one, f'content_{language}') for language in wanted}
    return SectionOut(**texts, **_each('title', sections()[number], wanted))
