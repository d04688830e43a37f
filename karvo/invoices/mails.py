"""What a mail with an invoice says, in the languages of the invoice itself (L-1)."""

from karvo.customers.language import document_form, is_in_quebec
from karvo.invoices.models import Document
from karvo.kit import words
from karvo.kit.words import said
from karvo.mail.schemas import NewMail
from karvo.settings.schemas import Settings

SUBJECT = ('Facture {number} de {company}', 'Invoice {number} from {company}')
TEXT = (
    'Bonjour,\n\n'
    'Vous trouverez ci-joint la facture {number} du {date}, d’un montant de {total}, payable au '
    'plus tard le {due_date}.\n\n'
    'Merci,\n{company}\n',
    'Hello,\n\n'
    'Please find attached invoice {number} of {date} for {total}, payable by {due_date}.\n\n'
    'Thank you,\n{company}\n',
)


def invoice_mail(document: Document, to: str, settings: Settings) -> NewMail:
    """The invoice itself goes with it, made when the mail is sent."""
    party = document.party
    at_home = is_in_quebec(party.country, party.province, settings)
    form = document_form(
        None,
        document.language,
        is_in_quebec=at_home,
        has_choice=party.language_choice_recorded_at is not None,
    )
    french, english = (_values(document, settings, language) for language in ('fr', 'en'))
    return NewMail(
        to=to,
        subject=' / '.join(said(form, SUBJECT[0].format(**french), SUBJECT[1].format(**english))),
        text='\n---\n\n'.join(said(form, TEXT[0].format(**french), TEXT[1].format(**english))),
        language=form[0],
        kind='invoice',
        paper=('invoice', document.id),
    )


def _values(document: Document, settings: Settings, language: str) -> dict[str, str]:
    return {
        'number': document.number or '',
        'company': settings.legal_name or settings.name,
        'date': words.day(document.date, language),
        'due_date': words.day(document.due_date, language),
        'total': words.money(document.total, document.currency, language),
    }
