"""What is understood and has no figure: it is refused rather than answered with another one."""

import re

from karvo.ai import phrases, spans
from karvo.ai.draft import Draft
from karvo.ai.parse import Parsed
from karvo.ai.schemas import Plan
from karvo.ai.text import words_of

#: How long customers take to pay, which no figure says.
_DELAY = re.compile(
    r'\bpayment (?:delays?|time|days|lag)\b|\bdelays? (?:of|in|for) pa(?:y|id)'
    r'|\b(?:days|time|long) (?:\w+ ){0,3}to (?:pay|be paid|collect)\b|\baverage (?:delay|lateness)'
    r'|\bdelais? (?:\w+ ){0,3}paiements?\b|\bdelais? pour payer\b|\bretard moyen\b'
    r'|\btemps (?:\w+ ){0,3}(?:paiement|payer)\b|\bjours (?:\w+ ){0,2}pour payer\b'
)
_FAR = {'ago', 'earlier', 'last', 'past', 'a', 'next', 'derniers', 'dernieres', 'prochains'}
_AGES = {
    'en': [f'How much is more than {n} days overdue?' for n in (30, 60, 90)],
    'fr': [f'Montant en souffrance depuis plus de {n} jours' for n in (30, 60, 90)],
}


def refusal(parsed: Parsed, why: str, about: str = '') -> Plan:
    """A polite no, with examples of what can be asked."""
    suggestions = phrases.examples(parsed.language)
    return Plan(
        kind='refusal', language=parsed.language, why=why, about=about, suggestions=suggestions
    )


def unsayable(parsed: Parsed, draft: Draft, title: str) -> Plan | None:
    """The refusal of what no figure says; `title` is what the metric is called."""
    text = ' '.join(words_of(parsed.raw))
    if _DELAY.search(text):
        return refusal(parsed, 'other')
    if far := _too_far(parsed):
        return refusal(parsed, 'unknown', far)
    if draft.unsaid:
        stop = refusal(parsed, 'together', f'{title} / {draft.unsaid}')
        stop.suggestions = list(_AGES[parsed.language])
        return stop
    return None


def _too_far(parsed: Parsed) -> str:
    """ "5000 days ago" or "last 5000 days", which the grammar of periods does not take."""
    taken = {n for one in parsed.spans for n in range(one.first, one.last)}
    for n, word in enumerate(parsed.words):
        is_number = word.isdigit() and int(word) > 100 and n not in taken
        around = {parsed.word(n - 1), parsed.word(n + 2), *parsed.words[max(n - 3, 0) : n]}
        if is_number and parsed.word(n + 1) in spans.UNITS and around & _FAR:
            return f'{word} {parsed.word(n + 1)}'
    return ''
