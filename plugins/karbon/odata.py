"""The part of OData that Karbon v3 understands: order, window, filter, expansion, selection."""

import re
import typing
import urllib.parse
from decimal import Decimal

import msgspec

from karvo.invoices.published import Stage
from karvo.kit.errors import invalid
from karvo.kit.paging import Slice

MOST = 100  #: records a page; more are capped, not refused
ORDERS = {
    'InvoiceDate': 'date',
    'InvoiceNumber': 'invoice_no',
    'CreatedAt': 'created_at',
    'UpdatedAt': 'updated_at',
}
#: `Exported` is a status of Karbon's that nothing here can have
STAGES: dict[str, Stage | None] = {
    'Approved': 'approved',
    'AwaitingPayment': 'awaiting',
    'Paid': 'paid',
    'Exported': None,
    'Voided': 'void',
}
STATUSES: dict[str, str] = {stage: name for name, stage in STAGES.items() if stage}
ONE = re.compile(r"InvoiceStatus eq '(?P<status>\w*)'")
EXPANDABLE = 'LineItems'
#: types that stay as they are when a record becomes a dict
KEPT = (Decimal,)
Skip = typing.Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class Expanding(msgspec.Struct, kw_only=True):
    """What one record may be asked with."""

    expand: str = msgspec.field(default='', name='$expand')
    select: str = msgspec.field(default='', name='$select')


class Paging(msgspec.Struct, kw_only=True):
    """Which window of a list. `$count` is accepted: the count is always sent."""

    top: typing.Annotated[int, msgspec.Meta(ge=0)] = msgspec.field(default=MOST, name='$top')
    skip: Skip = msgspec.field(default=0, name='$skip')
    count: typing.Literal['true', 'false', ''] = msgspec.field(default='', name='$count')

    @property
    def window(self) -> Slice:
        return Slice(limit=min(self.top, MOST), offset=self.skip)


class Options(Paging, kw_only=True):
    """What the list of invoices may be asked with."""

    expand: str = msgspec.field(default='', name='$expand')
    select: str = msgspec.field(default='', name='$select')
    orderby: str = msgspec.field(default='', name='$orderby')
    filter: str = msgspec.field(default='', name='$filter')

    @property
    def slice(self) -> Slice:
        """Which part, newest first unless asked otherwise. Raises Invalid."""
        name, direction = _order(self.orderby)
        return msgspec.structs.replace(self.window, orderby=name, order=direction)

    @property
    def stages(self) -> list[Stage] | None:
        """Those of `$filter`; None for all. Raises Invalid."""
        if not self.filter.strip():
            return None
        # Blanks are made one first: what matches any number of them takes its time with many.
        terms = _bare(' '.join(self.filter.split())).split(' or ')
        found = [_stage(_bare(term)) for term in terms]
        return [stage for stage in found if stage]


def with_lines(expand: str) -> bool:
    """Whether `$expand` asks for the lines. Raises Invalid for anything but LineItems."""
    names = [name.strip() for name in expand.split(',') if name.strip()]
    for name in names:
        if name != EXPANDABLE:
            raise invalid(**{'$expand': f'does not know {name}; it knows {EXPANDABLE}'})
    return bool(names)


def _order(text: str) -> tuple[str, str]:
    if not text.strip():
        return 'date', 'desc'
    name, *rest = text.split()
    direction = ' '.join(rest) or 'asc'
    if name not in ORDERS or direction not in ('asc', 'desc'):
        raise invalid(**{'$orderby': f'must be one of {", ".join(ORDERS)}, asc or desc'})
    return ORDERS[name], direction


def _bare(text: str) -> str:
    """Without the one pair of parentheses around it, if that is a pair."""
    inner = text[1:-1]
    is_pair = text[:1] == '(' and text[-1:] == ')' and inner.find('(') <= inner.find(')')
    return inner.strip() if is_pair else text


def _stage(text: str) -> Stage | None:
    match = ONE.fullmatch(text)
    if match is None:
        raise invalid(**{'$filter': "must be InvoiceStatus eq '…', several joined by or"})
    if match['status'] not in STAGES:
        raise invalid(**{'$filter': f'InvoiceStatus must be one of {", ".join(STAGES)}'})
    return STAGES[match['status']]


def chosen(select: str, shape: type[msgspec.Struct]) -> frozenset[str]:
    """The members that `$select` names; none for all of them. Raises Invalid."""
    known = {name for name in shape.__struct_encode_fields__ if not name.startswith('@')}
    names = frozenset(name.strip() for name in select.split(',') if name.strip())
    if unknown := sorted(names - known - {'*'}):
        raise invalid(**{'$select': f'does not know {unknown[0]}'})
    return frozenset() if '*' in names else names


def selected(record: dict[str, typing.Any], names: frozenset[str]) -> dict[str, typing.Any]:
    """The record's members of these names; its context stays, and so does what was expanded."""
    if not names:
        return record
    kept = names | {EXPANDABLE}
    return {key: value for key, value in record.items() if key in kept or key.startswith('@')}


def next_link(url: str, query: str, skip: int, top: int) -> str:
    """The same request further on: every option kept, the window moved."""
    kept = [
        (name, value)
        for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True)
        if name not in ('$skip', '$top')
    ]
    pairs = [('$skip', str(skip)), ('$top', str(top)), *kept]
    quote = urllib.parse.quote
    return f'{url}?' + '&'.join(f'{quote(n, safe="$")}={quote(v, safe="")}' for n, v in pairs)
