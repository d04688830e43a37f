"""Which figure a message asks for: its metrics, told from words that only stand beside one."""

from karvo.ai import vocabulary
from karvo.ai.lexicon import Item
from karvo.ai.parse import Parsed
from karvo.analytics.computed import COMPUTED as computed_figures

#: The stronger first, where a message has only weak words.
_WEAK_ORDER = (
    'inactive_customers', 'stock_on_hand', 'ar_balance', 'units_sold', 'gross_margin', 'credits',
    'revenue', 'payments', 'invoice_count',
)  # fmt: skip
#: Two together mean a third.
_TOGETHER = {
    frozenset({'backorders_open', 'units_sold'}): 'backorder_units',
    frozenset({'backorders_open', 'backorder_units'}): 'backorder_units',
    frozenset({'stock_on_hand', 'below_reorder'}): 'below_reorder',
    frozenset({'stock_on_hand', 'units_sold'}): 'stock_on_hand',
    frozenset({'gross_margin', 'margin_pct'}): 'margin_pct',
    frozenset({'overdue', 'ar_balance'}): 'overdue',
    frozenset({'overdue', 'overdue_count'}): 'overdue_count',
    frozenset({'ar_balance', 'open_invoice_count'}): 'open_invoice_count',
    frozenset({'gross_sales', 'revenue'}): 'gross_sales',
    frozenset({'avg_invoice', 'invoice_count'}): 'avg_invoice',
    frozenset({'backorders_open', 'overdue'}): 'backorders_open',
}
#: A dimension that only one figure has, when no figure is named.
IMPLIED = {'bucket': 'ar_balance', 'method': 'payments', 'warehouse': 'stock_on_hand',
           'reason': 'credits'}  # fmt: skip
#: Figures that no SQL gives.
COMPUTED = frozenset(one.name for one in computed_figures)
_ORDERED = {'order', 'ordered', 'ordering', 'orders', 'buy', 'bought', 'purchase', 'purchased',
            'purchases', 'achete', 'achat', 'achats', 'acheter', 'commande', 'commandes',
            'commander', 'sales', 'buying', 'ventes', 'bought from', 'spent', 'buys'}  # fmt: skip


def metrics_of(parsed: Parsed) -> list[str]:
    """The metrics named, in their order; [] when none is."""
    said = [(one.name('metric') or '', one) for one in parsed.having('metric')]
    # A forecast of revenue is a forecast; what is computed stands alone.
    if computed := [name for name, _ in said if name in COMPUTED]:
        return computed[:1]
    if parsed.has('taxes'):
        return ['tax_tps', 'tax_tvq']
    if parsed.has('out'):
        return ['stock_on_hand']
    if is_negated(parsed, said):
        return ['inactive_customers']
    if len(chain := _chained(parsed, said)) > 1:
        return chain
    said = _unpaid(parsed, said)
    strong = [(name, one) for name, one in said if not _is_weak(name, one.text)]
    names = list(dict.fromkeys(name for name, _ in strong))
    kept = [name for name, one in said if name not in names and _is_joined(parsed, one, strong)]
    names = [*kept, *names] if names else _weakest(said)
    for pair, meant in _TOGETHER.items():
        if pair <= set(names):
            names = [meant, *(name for name in names if name not in pair)]
    if len(names) > 1 and not parsed.has('and'):
        names = [name for name in names if name != 'invoice_count'][:1]
    return [_counted(parsed, name, said) for name in names] or _implied(parsed)


def _chained(parsed: Parsed, said: list[tuple[str, Item]]) -> list[str]:
    """ "Revenue, margin and units": nothing but "and" and articles between them."""
    verbs = vocabulary.VERBS.get('revenue', ())
    nouns = [(name, one) for name, one in said if one.text not in verbs]
    for (_, one), (_, after) in zip(nouns, nouns[1:], strict=False):
        gap = set(parsed.words[one.last : after.first])
        if not gap <= {'and', 'et', 'the', 'la', 'le', 'les', 'l', 'our', 'their', 'leur'}:
            return []
    last = nouns[-2:] if len(nouns) > 1 else []
    joint = parsed.words[last[0][1].last : last[1][1].first] if last else []
    return list(dict.fromkeys(n for n, _ in nouns)) if {'and', 'et'} & set(joint) else []


def is_negated(parsed: Parsed, said: list[tuple[str, Item]]) -> bool:
    """Customers that did not order; also those that stopped, or are without an order."""
    nots = [one.first for one in parsed.having('not')]
    ordered = [
        n
        for n, word in enumerate(parsed.words)
        if word in _ORDERED and any(n in range(one.first, one.last) for _, one in said)
    ]
    return any(abs(n - at) <= 5 for n in nots for at in ordered)


def _unpaid(parsed: Parsed, said: list[tuple[str, Item]]) -> list[tuple[str, Item]]:
    """What was not paid is owed; an invoice that is paid is no payment."""
    changed = []
    for name, one in said:
        is_near = any(0 < one.first - no.first <= 4 for no in parsed.having('not'))
        if name == 'payments' and _is_weak(name, one.text) and is_near:
            name = 'ar_balance'
        changed.append((name, one))
    return changed


def _is_weak(name: str, text: str) -> bool:
    if name == 'invoice_count':
        return text not in ('invoice count', 'number of invoices', 'nombre de factures')
    return text in vocabulary.WEAK.get(name, ())


def _is_joined(parsed: Parsed, one: Item, strong: list[tuple[str, Item]]) -> bool:
    """ "Revenue and margin": both are meant where only "and" stands between them."""
    for _, other in strong:
        first, last = sorted((one, other), key=lambda item: item.first)
        between = parsed.words[first.last : last.first]
        if between and len(between) <= 3 and {'and', 'et'} & set(between):
            return one.text not in vocabulary.VERBS.get('revenue', ())
    return False


def _weakest(said: list[tuple[str, Item]]) -> list[str]:
    found = [name for name in _WEAK_ORDER if any(name == one for one, _ in said)]
    return found[:1]


def _counted(parsed: Parsed, name: str, said: list[tuple[str, Item]]) -> str:
    """How many invoices, or how much they come to."""
    has_invoice = any(one == 'invoice_count' for one, _ in said) or any(
        'invoice' in item.text or 'facture' in item.text for _, item in said
    )
    is_count = is_counting(parsed)
    if name == 'overdue' and has_invoice and is_count:
        return 'overdue_count'
    if name == 'ar_balance' and has_invoice and is_count:
        return 'open_invoice_count'
    if name == 'revenue' and is_count and any(one == 'invoice_count' for one, _ in said):
        return 'invoice_count'
    if name == 'credits' and is_count:
        return 'credit_count'
    payments = ('payments', 'payment', 'paiements', 'paiement', 'payments received')
    if name == 'payments' and is_count and any(item.text in payments for _, item in said):
        return 'payment_count'
    is_amount = (_is_sum(parsed) or _is_verb(parsed, said)) and not is_count
    if name == 'payments' and any(one == 'invoice_count' for one, _ in said) and is_count:
        return 'invoice_count'
    return 'revenue' if name == 'invoice_count' and is_amount else name


def _is_sum(parsed: Parsed) -> bool:
    """ "Total invoices" is how many, "the total of our invoices" how much."""
    return any(
        one.text != 'total' or parsed.word(one.last) in ('of', 'de', 'des', 'du')
        for one in parsed.having('how_much')
    )


def _is_verb(parsed: Parsed, said: list[tuple[str, Item]]) -> bool:
    """ "What did we invoice" is an amount."""
    subjects = ('we', 'to', 'nous', 'on', 'avons', 'ai', 'a')
    return any(
        name == 'invoice_count' and parsed.word(one.first - 1) in subjects for name, one in said
    )


def is_counting(parsed: Parsed) -> bool:
    """ "How many": French "combien" alone may as well be "how much"."""
    return any(one.text != 'combien' for one in parsed.having('count'))


def _implied(parsed: Parsed) -> list[str]:
    dims = [one.name('dim') for one in parsed.having('dim')]
    return next(([IMPLIED[name]] for name in dims if name in IMPLIED), [])
