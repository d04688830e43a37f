"""What a parsed message says about the query: figures, groups, order, periods, conditions."""

import msgspec

from karvo.ai import figures, spans, vocabulary
from karvo.ai.lexicon import Item
from karvo.ai.linking import Link
from karvo.ai.parse import NUMBER, Parsed
from karvo.ai.spans import Span
from karvo.analytics.model import Model
from karvo.analytics.schemas import Filter

BUCKETS = {0: ['1-30', '31-60', '61-90', '90+'], 30: ['31-60', '61-90', '90+'],
           60: ['61-90', '90+'], 90: ['90+']}  # fmt: skip
_DEFAULT_TOP = 10
#: "Which customers owe the most?" is answered with the one, however many are spoken of.
_ASKING = {'which', 'quel', 'quels', 'quelle', 'quelles', 'lequel', 'lesquels', 'lesquelles'}
_INCLUSIVE = {'at least', 'au moins', 'at most', 'au plus'}
_MOST = {'most', 'least', 'fewest', 'le plus', 'les plus', 'le moins', 'les moins'}


class Draft(msgspec.Struct, kw_only=True):
    """The query as far as the message says. `links` are names not yet resolved."""

    metrics: list[str] = []
    dims: list[str] = []
    grain: str | None = None
    spans: list[Span] = []
    compare: Span | None = None
    wants_compare: bool = False
    is_growth: bool = False
    rank: str = ''  #: desc, asc or ''
    limit: int | None = None
    share: bool = False
    wants_list: bool = False
    filters: list[Filter] = []
    links: list[Link] = []
    excluded: list[int] = []  #: links that are to be left out, by their place
    is_follow_up: bool = False
    is_same: bool = False
    unsaid: str = ''  #: a condition that no query can say: "more than 45 days"


def draft_of(parsed: Parsed, model: Model) -> Draft:
    """Everything but what has to be looked up in an earlier turn."""
    draft = Draft(metrics=figures.metrics_of(parsed), links=list(parsed.links))
    _take_between(parsed, draft)
    draft.is_same = parsed.has('same')
    draft.is_follow_up = parsed.word(0) in (*vocabulary.LEADING, 'in', 'en') or draft.is_same
    draft.wants_list = parsed.has('which')
    draft.share = parsed.has('share') and draft.metrics != ['margin_pct']
    _take_dimensions(parsed, draft, model)
    _take_grain(parsed, draft)
    _take_rank(parsed, draft)
    _take_count(parsed, draft)
    _take_limits(parsed, draft)
    _drop_rank(parsed, draft)
    _take_periods(parsed, draft)
    _take_exceptions(parsed, draft)
    if draft.share and draft.metrics == ['gross_margin'] and not draft.dims and not draft.links:
        draft.metrics, draft.share = ['margin_pct'], False
    return draft


# Groups ------------------------------------------------------------------------------------


def _take_dimensions(parsed: Parsed, draft: Draft, model: Model) -> None:
    """Grouped by, unless the word only says what sort of name follows, or is counted."""
    previous_by = False
    for item in parsed.having('dim'):
        name = item.name('dim') or ''
        if item.name('metric') and item.name('metric') in draft.metrics:
            continue
        if _is_label(parsed, draft, item, name):
            previous_by = False
            continue
        is_by = _follows(parsed, item, 'by') or (previous_by and _after_and(parsed, item))
        previous_by = is_by
        is_mention = not is_by and not _is_asked(parsed) and _is_mentioned(parsed, item)
        if not is_mention and name not in draft.dims:
            draft.dims.append(name)


def _is_mentioned(parsed: Parsed, item: Item) -> bool:
    """ "Payments from customers", "how much do customers owe": nothing is broken down."""
    if parsed.has('how_much'):
        return True
    is_after = any(one.last <= item.first for one in parsed.having('metric'))
    is_of = parsed.word(item.first - 1) in ('from', 'of', 'to', 'aux', 'des', 'our', 'nos')
    is_of = is_of or any(link.last == item.first for link in parsed.links)
    kinds = ('over', 'under', 'share', 'not', 'same')
    return is_after and is_of and not any(parsed.has(kind) for kind in kinds)


def _is_asked(parsed: Parsed) -> bool:
    kinds = ('which', 'top', 'bottom', 'count')
    return any(parsed.has(kind) for kind in kinds) or bool({'who', 'qui'} & set(parsed.words))


def _is_label(parsed: Parsed, draft: Draft, item: Item, dimension: str) -> bool:
    """ "Ville de Québec", "Paper category": the link can be of nothing else."""
    for n, link in enumerate(draft.links):
        gap = parsed.words[item.last : link.first]
        is_before = item.last <= link.first and len(gap) <= 2 and _is_of(gap)
        if not (is_before or link.last == item.first):
            continue
        of_it = [one for one in link.candidates if one.dimension == dimension]
        whole = [one for one in link.candidates if one.is_whole]
        if of_it and whole and not any(one.is_whole for one in of_it):
            # "Paper products": the category, not a product with paper in its name
            is_listed = any(by.first == item.last for by in parsed.having('by'))
            return link.last == item.first and not is_listed
        if of_it:
            draft.links[n] = Link(link.first, link.last, of_it)
            return True
    return False


def _is_of(words: list[str]) -> bool:
    return all(
        word in ('of', 'de', 'du', 'd', 'named', 'called', 'the', 'la', 'l') for word in words
    )


def _follows(parsed: Parsed, item: Item, kind: str) -> bool:
    """Whether a phrase of that kind stands right before, but for an article."""
    ends = {one.last for one in parsed.having(kind)}
    is_article = parsed.word(item.first - 1) in ('the', 'le', 'la', 'les', 'our', 'nos', 'l')
    return item.first in ends or (is_article and item.first - 1 in ends)


def _after_and(parsed: Parsed, item: Item) -> bool:
    return parsed.word(item.first - 1) in ('and', 'et') or parsed.word(item.first - 2) in (
        'and',
        'et',
    )


def _take_grain(parsed: Parsed, draft: Draft) -> None:
    """ "Monthly", "by month", "which month", "the best quarter"."""
    grains = parsed.having('grain')
    if grains:
        draft.grain = grains[0].name('grain')
        return
    taken = [n for one in parsed.spans for n in range(one.first, one.last)]
    for n, word in enumerate(parsed.words):
        if word not in vocabulary.UNITS or n in taken:
            continue
        place = Item(n, n + 1, word, frozenset())
        is_ranked = any(_follows(parsed, place, kind) for kind in ('top', 'bottom', 'which'))
        is_by = _follows(parsed, place, 'by') or (parsed.has('by') and _after_and(parsed, place))
        if is_by or is_ranked:
            draft.grain = vocabulary.UNITS[word]
            draft.limit = 1 if is_ranked else None
            if is_ranked:
                draft.rank = 'asc' if parsed.has('bottom') else 'desc'
            return
    if parsed.has('trend'):
        draft.grain = 'month'


# Order and limits ----------------------------------------------------------------------------


def _take_rank(parsed: Parsed, draft: Draft) -> None:
    """Top and bottom N; without N one where one is asked for, else ten."""
    ranks = [*parsed.having('top'), *parsed.having('bottom')]
    if not ranks:
        return
    draft.rank = 'asc' if parsed.has('bottom') and not parsed.has('top') else 'desc'
    numbers = [_number_beside(parsed, one) for one in [*ranks, *parsed.having('which')]]
    said = next((n for n in numbers if n), None)
    draft.limit = said or (1 if draft.limit == 1 or _is_single(parsed) else _DEFAULT_TOP)


def _number_beside(parsed: Parsed, item: Item) -> int | None:
    for at in (item.last, item.first - 1, item.last + 1):
        word = parsed.word(at)
        if word.isdigit() and 0 < int(word) <= 1000 and not _is_taken(parsed, at):
            return int(word)
        if word in spans.NUMBERS and word not in ('un', 'une', 'one') and not _is_taken(parsed, at):
            return spans.NUMBERS[word]
    return None


def _is_taken(parsed: Parsed, at: int) -> bool:
    taken = [(one.first, one.last) for one in parsed.spans]
    taken += [(one.first, one.last) for one in parsed.links]
    return any(first <= at < last for first, last in taken)


def _is_single(parsed: Parsed) -> bool:
    """ "Who", "which customer", "our best client": one is meant."""
    if {'who', 'qui'} & set(parsed.words):
        return True
    if _ASKING & set(parsed.words) and any(
        one.text in _MOST for kind in ('top', 'bottom') for one in parsed.having(kind)
    ):
        return True
    named = [one.text for one in parsed.having('dim')]
    return bool(named) and not any(text.endswith('s') for text in named)


def _take_count(parsed: Parsed, draft: Draft) -> None:
    """ "How many customers": the customers are counted, not what they are grouped by."""
    sold = 'revenue' in draft.metrics or not draft.metrics
    for count in parsed.having('count'):
        item = next((o for o in parsed.having('dim') if 0 <= o.first - count.last <= 2), None)
        name = item.name('dim') if item else None
        if name == 'product' and draft.metrics == ['below_reorder'] and name in draft.dims:
            draft.dims.remove('product')
        elif name == 'customer' and 'customer' in draft.dims:
            _count_customers(draft, parsed)
        elif name == 'product' and 'product' in draft.dims and sold:
            draft.dims.remove('product')
            is_sold = bool(draft.metrics) and bool(parsed.spans)
            draft.metrics = ['units_sold'] if is_sold else ['product_count']
        elif sold and any(
            0 <= link.first - count.last <= 2 and _is_product(link) for link in parsed.links
        ):
            has = parsed.has('have') and not draft.metrics
            draft.metrics = ['stock_on_hand'] if has else ['units_sold']


def _is_product(link: Link) -> bool:
    return link.candidates[0].dimension in ('product', 'category')


def _count_customers(draft: Draft, parsed: Parsed) -> None:
    plain = {'revenue', 'invoice_count', 'payments'}
    if not draft.metrics and not (parsed.spans and parsed.has('active')):
        draft.metrics = ['customer_count'] if not parsed.spans else ['active_customers']
        draft.dims.remove('customer')
    elif set(draft.metrics) <= plain:
        draft.metrics = ['active_customers']
        draft.dims.remove('customer')
    elif draft.metrics == ['inactive_customers']:
        draft.dims.remove('customer')


def _take_limits(parsed: Parsed, draft: Draft) -> None:
    """ "More than 5,000": a condition on the figure."""
    for kind, op in (('over', '>'), ('under', '<')):
        for item in parsed.having(kind):
            for at in (item.last, item.last + 1):
                if NUMBER.fullmatch(parsed.word(at)) and not _is_taken(parsed, at):
                    _limit(parsed, draft, item.first, at, op + '=' * (item.text in _INCLUSIVE))
                    break
    if parsed.has('out'):
        draft.filters.append(Filter(field='', op='<=', value=0))
    if parsed.late_days is not None:
        _take_late(parsed.late_days, draft)
    for item in parsed.having('status'):
        if draft.metrics == ['invoice_count'] and not parsed.has('not'):
            draft.filters.append(Filter(field='invoice.status', value=item.name('status') or ''))


def _limit(parsed: Parsed, draft: Draft, first: int, at: int, op: str) -> None:
    """The number there is an amount, unless it counts days."""
    if parsed.word(at + 1) in spans.UNITS:
        draft.unsaid = ' '.join(parsed.words[first : at + 2])
        return
    draft.filters.append(Filter(field='', op=op, value=float(parsed.word(at))))  # type: ignore[arg-type]


def _take_late(days: int, draft: Draft) -> None:
    """Buckets of age say some numbers of days exactly, and no others."""
    if days not in BUCKETS:
        draft.unsaid = f'> {days}'
        return
    draft.filters.append(Filter(field='receivable.bucket', op='in', value=list(BUCKETS[days])))


def _take_between(parsed: Parsed, draft: Draft) -> None:
    """ "Between 2000 and 5000" are amounts, and 2000 is no year there; "2024 and 2025" are."""
    for at, word in enumerate(parsed.words):
        numbers = (parsed.word(at + 1), parsed.word(at + 3))
        is_pair = word in ('between', 'entre') and parsed.word(at + 2) in ('and', 'et')
        if not is_pair or not all(NUMBER.fullmatch(one) for one in numbers):
            continue
        if _is_taken(parsed, at + 1) and _is_taken(parsed, at + 3):
            continue
        places = {at + 1, at + 3}
        parsed.spans = [o for o in parsed.spans if not places & set(range(o.first, o.last))]
        if parsed.word(at + 4) in spans.UNITS:
            draft.unsaid = ' '.join(parsed.words[at : at + 5])
            continue
        low, high = sorted(map(float, numbers))
        draft.filters += [Filter(field='', op='>=', value=low)]
        draft.filters += [Filter(field='', op='<=', value=high)]


def _drop_rank(parsed: Parsed, draft: Draft) -> None:
    """ "Which months had over 10,000": all of which that is true, not the best one."""
    is_said = parsed.has('top') or parsed.has('bottom')
    if draft.grain and not is_said and any(not one.field for one in draft.filters):
        draft.rank, draft.limit = '', None


def _take_exceptions(parsed: Parsed, draft: Draft) -> None:
    for item in parsed.having('except'):
        draft.excluded += [one.first for one in draft.links if 0 <= one.first - item.last <= 2]


# Periods -------------------------------------------------------------------------------------


def _take_periods(parsed: Parsed, draft: Draft) -> None:
    """Which is asked for and which it is compared with."""
    found = sorted(parsed.spans, key=lambda one: one.first)
    marks = [one.first for one in parsed.having('compare')]
    draft.is_growth = parsed.has('growth')
    draft.wants_compare = bool(marks) or draft.is_growth
    same = [one for one in found if one.span.label == 'same_period_last_year']
    plain = [one for one in found if one not in same]
    draft.spans = [one.span for one in plain]
    if same:
        base = plain[0].span if plain else None
        draft.compare = spans.year_back(base) if base else None
        draft.spans = [base] if base else [same[0].span]
        draft.wants_compare = draft.wants_compare or base is not None
        if base is None and draft.wants_compare:
            draft.compare, draft.spans = same[0].span, []
        return
    if len(plain) < 2 and len(draft.links) > 1 and not draft.is_growth:
        draft.wants_compare = False  # two names are compared, not two periods
    if not draft.wants_compare:
        return
    if len(plain) >= 2:
        first, second = plain[0].span, plain[1].span
        if draft.is_growth and not marks and first.start < second.start:
            first, second = second, first
        draft.spans, draft.compare = [first], second
    elif len(plain) == 1:
        _pair(parsed, draft, plain[0].first, plain[0].span, marks)


def _pair(parsed: Parsed, draft: Draft, at: int, span: Span, marks: list[int]) -> None:
    """One period: after "vs" it is what is compared with."""
    is_other = bool(marks) and any(mark < at for mark in marks)
    if is_other:
        draft.spans, draft.compare = [], span
    elif any(one.text in vocabulary.YEARLY_GROWTH for one in parsed.items):
        draft.spans, draft.compare = [span], spans.year_back(span)
    else:
        draft.spans, draft.compare = [span], spans.previous_of(span)
