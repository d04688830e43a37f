"""The company on paper: name, address, registration numbers (T-3, T-12)."""

import msgspec

from karvo.kit import words
from karvo.kit.paper import Block, address_lines
from karvo.kit.words import NO_BREAK, Form
from karvo.settings.schemas import Settings
from karvo.taxes.schemas import Charged, Regime, Registration

#: What a registration is called where no tax of the document names it.
LABELS: dict[Regime, str] = {
    'gst': 'TPS/GST',
    'qst': 'TVQ/QST',
    'pst_bc': 'TVP/PST (BC)',
    'pst_mb': 'TVP/PST (MB)',
    'pst_sk': 'TVP/PST (SK)',
    'vat_ae': 'TRN',
}


class _Place(msgspec.Struct):
    city: str | None
    province: str | None
    postal_code: str | None
    country: str | None


def letterhead(form: Form, settings: Settings, numbers: dict[str, str]) -> Block:
    """The company's block; `numbers` is {label: number} of its registrations, '' = missing."""
    place = _Place(settings.city, settings.province, settings.postal_code, settings.country)
    lines = address_lines(form, settings.address1, settings.address2, place, settings.country)
    lines += [part for part in (_reached(form, settings), settings.website) if part]
    missing = ' / '.join(words.word(form, 'number_missing'))
    lines += [f'{label}{NO_BREAK}{number or missing}' for label, number in numbers.items()]
    return Block(name=settings.legal_name or settings.name, lines=lines)


def _reached(form: Form, settings: Settings) -> str:
    said = words.word(form, 'phone')[0]
    phone = f'{said}{NO_BREAK}{settings.phone}' if settings.phone else ''
    return '  ·  '.join(filter(None, (phone, settings.email)))


def registration_numbers(
    registrations: list[Registration], charged: list[tuple[Charged, str, str]]
) -> dict[str, str]:
    """{label: number}: those of the taxes charged as (regime, label, stored number), then the rest.

    A number stored with the document wins; one that it lacks is taken from the registration (T-3).
    """
    own: dict[str, str] = {one.regime: one.number for one in registrations}
    numbers: dict[str, str] = {}
    for regime, label, stored in charged:
        numbers[label] = numbers.get(label) or stored or own.get(regime, '')
    named = {regime for regime, _, _ in charged}
    rest = (one for one in registrations if one.regime not in named)
    return numbers | {LABELS[one.regime]: one.number for one in rest}
