"""In which languages a customer's documents are (L-1)."""

from karvo.kit import words
from karvo.kit.words import Form
from karvo.settings.schemas import Settings

QUEBEC = ('CA', 'QC')


def is_in_quebec(country: str | None, province: str | None, settings: Settings) -> bool:
    """Whether an address is in Québec; one that says nothing counts as the company's own."""
    if not country and not province:
        return (settings.country, settings.province.upper()) == QUEBEC
    return (country or settings.country, (province or settings.province).upper()) == QUEBEC


def document_form(
    asked: str | None, language: str, *, is_in_quebec: bool, has_choice: bool
) -> Form:
    """The languages of a document: as asked, else its own language.

    English alone only outside Québec or with a recorded express request; otherwise French comes
    first and English beside it. Raises Invalid for another `asked`.
    """
    form = words.form_named(asked) if asked is not None else (language,)
    if form == words.ENGLISH and is_in_quebec and not has_choice:
        return words.BOTH
    return form
