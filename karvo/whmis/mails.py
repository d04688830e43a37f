"""What a mail with a safety data sheet says, in the customer's languages (L-1, WH-7)."""

import typing

from karvo.customers.language import document_form, is_in_quebec
from karvo.kit.words import Form, said
from karvo.mail.schemas import NewMail
from karvo.settings.schemas import Settings

SUBJECT = (
    'Fiche de données de sécurité : {product}',
    'Safety data sheet: {product}',
)
TEXT = (
    'Bonjour,\n\n'
    'Vous trouverez ci-joint la fiche de données de sécurité (SIMDUT) de {product}, version '
    '{version}, qui accompagne votre livraison. Veuillez la rendre accessible aux personnes qui '
    'utilisent ce produit.\n\n'
    'Merci,\n{company}\n',
    'Hello,\n\n'
    'Please find attached the safety data sheet (WHMIS) of {product}, version {version}, which '
    'goes with your delivery. Please make it available to everybody who uses this product.\n\n'
    'Thank you,\n{company}\n',
)


def form_for(party: typing.Any, settings: Settings) -> Form:
    """The languages in which a customer is written to."""
    at_home = is_in_quebec(party.country, party.province, settings)
    return document_form(
        None,
        party.language or settings.language,
        is_in_quebec=at_home,
        has_choice=party.language_choice_recorded_at is not None,
    )


def sheet_mail(
    delivery_id: int, sheet: typing.Any, party: typing.Any, settings: Settings
) -> NewMail:
    """The sheet goes with it, made when the mail is sent."""
    form = form_for(party, settings)
    values = {
        'product': sheet.product_identifier,
        'version': sheet.version_no,
        'company': settings.legal_name or settings.name,
    }
    return NewMail(
        to=party.email,
        subject=' / '.join(said(form, *(text.format(**values) for text in SUBJECT))),
        text='\n---\n\n'.join(said(form, *(text.format(**values) for text in TEXT))),
        language=form[0],
        kind='sds',
        paper=('sds', delivery_id),
    )
