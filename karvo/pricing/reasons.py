"""Why a tier gave its price, or none: one sentence in French or English (PRI-3, L-3)."""

from decimal import Decimal

from karvo.kit import words
from karvo.pricing.schemas import Candidate, Source

#: {name: (French, English)}
SAID = {
    'listed': ('le prix de liste', 'the list price'),
    'decided': ('un palier supérieur décide', 'a tier above decides'),
    'negotiated': ('aucune négociation approuvée', 'no approved negotiation'),
    'customer': ('aucun prix propre à ce client', 'no price of this customer'),
    'tier': ('aucun prix de liste, de groupe ou de palier', 'no price of a list, group or tier'),
    'least': ('à partir d’une quantité de {}', 'from a quantity of {}'),
    'fixed': ('règle {id} : fixé à {value}', 'rule {id}: fixed at {value}'),
    'percent_off': (
        'règle {id} : {value} de rabais sur le prix de liste',
        'rule {id}: {value} off the list price',
    ),
    'amount_off': (
        'règle {id} : {value} de moins que le prix de liste',
        'rule {id}: {value} off the list price',
    ),
    'markup_on_cost': ('règle {id} : coût majoré de {value}', 'rule {id}: cost and {value}'),
}
PERCENTS = {'percent_off', 'markup_on_cost'}


def said(language: str, name: str) -> str:
    """The text of that name; English unless French is asked for."""
    return SAID[name][language != 'fr']


def missed(language: str, source: Source, least: Decimal | None) -> str:
    """No rule of the tier matched; `least`: the quantity from which one would."""
    if least is None:
        return said(language, source)
    return said(language, 'least').format(words.number(least, language))


def applied(language: str, rule: Candidate) -> str:
    """What the rule does."""
    write = words.percent if rule.method in PERCENTS else words.number
    return said(language, rule.method).format(id=rule.id, value=write(rule.value, language))
