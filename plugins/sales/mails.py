"""What a mail with a quote says: all of the quote, in its own languages (L-1)."""

import msgspec

from karvo.customers.language import document_form, is_in_quebec
from karvo.kit import words
from karvo.kit.words import said
from karvo.mail.schemas import NewMail
from karvo.settings.schemas import Settings
from karvo.taxes.schemas import TaxLine
from plugins.sales.models import Quote
from plugins.sales.schemas import QuoteLineRead

SUBJECT = ('Soumission {number} de {company}', 'Quote {number} from {company}')
TEXT = (
    'Bonjour,\n\n'
    'Voici notre soumission {number} du {date}, valable jusqu’au {valid_until}.\n\n'
    '{lines}\n\n{sums}\n\n{notes}'
    'Merci,\n{company}\n',
    'Hello,\n\n'
    'Here is our quote {number} of {date}, valid until {valid_until}.\n\n'
    '{lines}\n\n{sums}\n\n{notes}'
    'Thank you,\n{company}\n',
)
SUBTOTAL = {'fr': 'Sous-total', 'en': 'Subtotal'}
DISCOUNT = {'fr': 'remise de {}', 'en': '{} off'}
SAYS = {'fr': '{} : {}', 'en': '{}: {}'}


def quote_mail(quote: Quote, lines: list[QuoteLineRead], to: str, settings: Settings) -> NewMail:
    """The quote in words; English alone only where L-1 allows it."""
    party = quote.party
    form = document_form(
        None,
        quote.language,
        is_in_quebec=is_in_quebec(party.country, party.province, settings),
        has_choice=party.language_choice_recorded_at is not None,
    )
    french, english = (_values(quote, lines, settings, language) for language in ('fr', 'en'))
    return NewMail(
        to=to,
        subject=' / '.join(said(form, SUBJECT[0].format(**french), SUBJECT[1].format(**english))),
        text='\n---\n\n'.join(said(form, TEXT[0].format(**french), TEXT[1].format(**english))),
        language=form[0],
        kind='quote',
    )


def _values(
    quote: Quote, lines: list[QuoteLineRead], settings: Settings, language: str
) -> dict[str, str]:
    return {
        'number': quote.number or '',
        'company': settings.legal_name or settings.name,
        'date': words.day(quote.date, language),
        'valid_until': words.day(quote.valid_until, language),
        'lines': '\n'.join(_line(line, quote.currency, language) for line in lines),
        'sums': '\n'.join(_sums(quote, language)),
        'notes': f'{quote.notes}\n\n' if quote.notes else '',
    }


def _line(line: QuoteLineRead, currency: str, language: str) -> str:
    """`50 × Cleaner 5L, $25.00: $1,250.00`."""
    name = line.description_fr if language == 'fr' else line.description
    text = f'{words.number(line.qty, language)} × {name}'
    text += f', {words.price(line.unit_price, currency, language)}'
    if line.discount_pct:
        text += f', {DISCOUNT[language].format(words.percent(line.discount_pct, language))}'
    return SAYS[language].format(text, words.money(line.line_total, currency, language))


def _sums(quote: Quote, language: str) -> list[str]:
    taxes = msgspec.convert(quote.taxes, list[TaxLine], strict=False)
    amounts = [(SUBTOTAL[language], quote.subtotal)]
    amounts += [(tax.label_fr if language == 'fr' else tax.label_en, tax.amount) for tax in taxes]
    amounts.append(('Total', quote.total))
    shown = ((name, words.money(amount, quote.currency, language)) for name, amount in amounts)
    return [SAYS[language].format(name, amount) for name, amount in shown]
