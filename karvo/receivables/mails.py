"""What a mail with a letter says, in the languages of the letter itself (L-1)."""

from karvo.customers.language import document_form, is_in_quebec
from karvo.customers.models import Party
from karvo.kit import words
from karvo.kit.words import Form, said
from karvo.mail.schemas import NewMail
from karvo.receivables.models import Dunning
from karvo.settings.schemas import Settings

SUBJECT = ('{name} – {company}', '{name} – {company}')
TEXT = (
    'Bonjour,\n\n'
    'Des factures pour un total de {total} demeurent impayées après leur échéance. Vous en '
    'trouverez le détail dans la lettre ci-jointe.\n\n'
    'Merci,\n{company}\n',
    'Hello,\n\n'
    'Invoices totalling {total} remain unpaid past their due dates. Please find the details in '
    'the attached letter.\n\n'
    'Thank you,\n{company}\n',
)


def letter_form(party: Party, settings: Settings) -> Form:
    """The languages of a letter: the customer's, by the rules of all documents."""
    return document_form(
        None,
        party.language or settings.language,
        is_in_quebec=is_in_quebec(party.country, party.province, settings),
        has_choice=party.language_choice_recorded_at is not None,
    )


def letter_mail(letter: Dunning, to: str, settings: Settings) -> NewMail:
    """The letter itself goes with it, made when the mail is sent."""
    form = letter_form(letter.party, settings)
    french, english = (_values(letter, settings, language) for language in ('fr', 'en'))
    return NewMail(
        to=to,
        subject=' / '.join(said(form, SUBJECT[0].format(**french), SUBJECT[1].format(**english))),
        text='\n---\n\n'.join(said(form, TEXT[0].format(**french), TEXT[1].format(**english))),
        language=form[0],
        kind='dunning',
        paper=('dunning', letter.id),
    )


def _values(letter: Dunning, settings: Settings, language: str) -> dict[str, str]:
    return {
        'name': letter.name_fr if language == 'fr' else letter.name_en,
        'company': settings.legal_name or settings.name,
        'total': words.money(letter.total, letter.currency, language),
    }
