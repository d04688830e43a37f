"""Shapes of safety data sheets. A sheet holds French and English side by side (WH-2)."""

import datetime as dt
import typing

import msgspec
from msgspec import UNSET, Meta, UnsetType

from karvo.kit.events import Event
from karvo.kit.fields import Line, Note, Percent, Short
from karvo.kit.fields import text as text_of

Status = typing.Literal['draft', 'current', 'review_due', 'expired', 'superseded']
Signal = typing.Literal['danger', 'warning', 'none']
Pictogram = typing.Literal[
    'flame', 'flame_over_circle', 'gas_cylinder', 'corrosion', 'exploding_bomb', 'skull',
    'health_hazard', 'exclamation', 'biohazard', 'environment',
]  # fmt: skip
HprVersion = typing.Literal[2015, 2022]
Months = typing.Annotated[int, Meta(ge=1, le=120)]
HCode = typing.Annotated[str, Meta(pattern=r'^H[234][0-9]{2}[A-Za-z]{0,3}(?!\n)$')]
PCode = typing.Annotated[str, Meta(pattern=r'^P[0-9]{3}[A-Za-z]?(\+P[0-9]{3}[A-Za-z]?)*(?!\n)$')]
Some = Meta(max_length=100)
Language = typing.Literal['fr', 'en']


class Supplier(msgspec.Struct, kw_only=True):
    """Who answers for the product in Canada."""

    name: Line = ''
    address: Line = ''
    phone: Short = ''


class Classified(msgspec.Struct, kw_only=True):
    """A hazard class and its category, by the codes of `data/classes.json`."""

    class_code: Short
    category: Short = '1'


class HStatement(msgspec.Struct, kw_only=True):
    """A hazard statement; texts may be left out where the code is a known one."""

    code: HCode
    text_fr: Line | None = None
    text_en: Line | None = None


class PStatement(msgspec.Struct, kw_only=True):
    """A precautionary statement, or several joined by +."""

    code: PCode
    text_fr: typing.Annotated[str, text_of(500)] | None = None
    text_en: typing.Annotated[str, text_of(500)] | None = None


class Ingredient(msgspec.Struct, kw_only=True):
    """A hazardous ingredient; concentrations in percent."""

    name: Line
    cas: Short | None = None
    concentration_min: Percent | None = None
    concentration_max: Percent | None = None
    trade_secret: bool = False
    hmira_no: Short | None = None


class Transport(msgspec.Struct, kw_only=True):
    """Transportation of dangerous goods."""

    un: typing.Annotated[str, Meta(pattern=r'^(UN|NA|ID)?[0-9]{4}(?!\n)$')] | None = None
    shipping_name_fr: Line | None = None
    shipping_name_en: Line | None = None
    tdg_class: Short | None = msgspec.field(name='class', default=None)
    subsidiary: Short | None = None
    packing_group: typing.Literal['I', 'II', 'III'] | None = None
    limited_quantity: bool = False


class Content(msgspec.Struct, kw_only=True):
    """What one of the sixteen sections says."""

    content_fr: Note | None = None
    content_en: Note | None = None


class SdsContent(msgspec.Struct, kw_only=True):
    """All that one version of a sheet says, as it is stored."""

    product_identifier: str = ''
    other_identifiers: list[str] = []
    supplier: Supplier = msgspec.field(default_factory=Supplier)
    emergency_phone: str = ''
    recommended_use_fr: str | None = None
    recommended_use_en: str | None = None
    restrictions_fr: str | None = None
    restrictions_en: str | None = None
    hpr_version: int = 2022
    issued_on: dt.date | None = None
    revised_on: dt.date
    review_months: int = 36
    signal_word: str = ''  #: '' = follows from the classification
    classification: list[Classified] = []
    h_statements: list[HStatement] = []
    p_statements: list[PStatement] = []
    supplemental_fr: str | None = None
    supplemental_en: str | None = None
    pictograms: list[str] = []
    ingredients: list[Ingredient] = []
    sections: dict[str, Content] = {}
    tdg: Transport | None = None


class SdsChange(msgspec.Struct, kw_only=True):
    """A sheet as sent: absent = unchanged, null = cleared.

    Signal word, pictograms and hazard statements follow from the classification where they are not
    sent. `review_months` is the company's own policy; the law sets no expiry.
    """

    status: typing.Literal['draft', 'current', 'superseded'] | UnsetType = UNSET
    product_identifier: Line | None | UnsetType = UNSET
    other_identifiers: typing.Annotated[list[Line], Some] | None | UnsetType = UNSET
    supplier: Supplier | None | UnsetType = UNSET
    emergency_phone: Short | None | UnsetType = UNSET
    recommended_use_fr: Note | None | UnsetType = UNSET
    recommended_use_en: Note | None | UnsetType = UNSET
    restrictions_fr: Note | None | UnsetType = UNSET
    restrictions_en: Note | None | UnsetType = UNSET
    hpr_version: HprVersion | UnsetType = UNSET
    issued_on: dt.date | None | UnsetType = UNSET
    revised_on: dt.date | UnsetType = UNSET
    review_months: Months | UnsetType = UNSET
    signal_word: Signal | None | UnsetType = UNSET
    classification: typing.Annotated[list[Classified], Some] | None | UnsetType = UNSET
    h_statements: typing.Annotated[list[HStatement], Some] | None | UnsetType = UNSET
    p_statements: typing.Annotated[list[PStatement], Some] | None | UnsetType = UNSET
    supplemental_fr: Note | None | UnsetType = UNSET
    supplemental_en: Note | None | UnsetType = UNSET
    pictograms: list[Pictogram] | None | UnsetType = UNSET
    ingredients: typing.Annotated[list[Ingredient], Some] | None | UnsetType = UNSET
    sections: dict[str, Content] | None | UnsetType = UNSET
    tdg: Transport | None | UnsetType = UNSET


class Version(msgspec.Struct, kw_only=True):
    """One of the versions of a product's sheet."""

    version_no: int
    status: Status
    revised_on: dt.date
    created_at: dt.datetime


class File(msgspec.Struct, kw_only=True):
    """A supplier's own sheet, as kept; `size` in bytes."""

    language: Language
    size: int
    sha256: str


class SdsRead(msgspec.Struct, kw_only=True):
    """A version as read; the `content` is SdsContent."""

    id: int
    uid: str
    product_id: int
    sku: str
    name_fr: str
    name_en: str
    version_no: int
    status: Status
    languages: list[Language]
    review_due: dt.date
    language_missing: bool
    hpr_transition_expired: bool
    content: SdsContent
    files: list[File]
    versions: list[Version]
    version: int
    created_at: dt.datetime
    updated_at: dt.datetime


class SdsRow(msgspec.Struct, kw_only=True):
    """A line of the list of sheets."""

    id: int
    sku: str
    product_id: int
    product_identifier: str
    version_no: int
    status: Status
    signal_word: Signal
    classes: list[str]
    pictograms: list[str]
    supplier: str
    revised_on: dt.date
    review_due: dt.date
    languages: list[Language]
    language_missing: bool
    hpr_version: int
    hpr_transition_expired: bool
    version: int
    updated_at: dt.datetime


class Recipient(msgspec.Struct, kw_only=True):
    """A customer that received a product within 24 months, and the last sheet it was sent."""

    customer_id: int
    customer_code: str
    customer_name: str
    email: str | None
    language: str | None
    last_shipped_on: dt.date
    version_no: int | None
    sent_on: dt.date | None
    channel: typing.Literal['email', 'shipment'] | None
    to_notify: bool


class SdsEvent(Event, frozen=True):
    """Something happened to a safety data sheet."""

    resource = 'sds'


class WhmisCreated(SdsEvent, frozen=True):
    """A version of a sheet was entered."""

    name = 'whmis.created'


class WhmisUpdated(SdsEvent, frozen=True):
    """A version came into force or a draft changed; `customers_to_notify` says how many wait."""

    name = 'whmis.updated'


class WhmisSuperseded(SdsEvent, frozen=True):
    """Another version took its place, or it was withdrawn."""

    name = 'whmis.superseded'


class WhmisReviewDue(SdsEvent, frozen=True):
    """Its review by the company's policy is due in 90, 30 or 7 days."""

    name = 'whmis.review_due'


class WhmisExpired(SdsEvent, frozen=True):
    """Its review by the company's policy is overdue."""

    name = 'whmis.expired'


class WhmisSent(SdsEvent, frozen=True):
    """A customer was given this version for the first time."""

    name = 'whmis.sent'
