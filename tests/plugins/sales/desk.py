"""A company that quotes, as tests of sales use it."""

import datetime as dt
import typing
from decimal import Decimal

from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from plugins.sales.operations.converting import Converted, convert_quote
from plugins.sales.operations.drafting import change_quote, create_quote
from plugins.sales.operations.steps import accept_quote, decline_quote, expire_quotes, send_quote
from plugins.sales.reads import read_quote
from plugins.sales.schemas import Conversion, NewQuote, NewQuoteLine, QuoteChange, QuoteRead
from tests.conftest import Api

TODAY = dt.date(2026, 11, 20)
LINE = NewQuoteLine(description='Cleaner 5L', quantity=Decimal(50), unit_price=Decimal('25.00'))
OTHER = NewQuoteLine(description='Mop', quantity=Decimal(4), unit_price=Decimal('10.00'))


class Desk:
    """The client of a company with the customer ACME01, and its quotes."""

    def __init__(self, api: Api) -> None:
        self.api = api
        body = {'code': 'ACME01', 'name': 'Acme Distribution', 'email': 'buy@acme.example'}
        answer = api.post('/customers', body)
        assert answer.status_code == 201, answer.text
        self.customer_id: int = answer.json['id']

    def actor(self) -> Actor:
        return system_actor('clerk', current_place(), ip='192.0.2.7')

    def quote(self, status: str = 'draft', **values: typing.Any) -> QuoteRead:
        """A quote of 1250.00 before tax, brought to a status along the table."""
        with self.api.company():
            new = NewQuote(**{'customer': 'ACME01', 'lines': [LINE]} | values)
            made = create_quote(new, actor=self.actor())
            for step in PATHS[status]:
                self.take(step, made.id)
            return self.read(made.id)

    def take(self, step: str, quote_id: int) -> typing.Any:
        with self.api.company():
            return STEPS[step](quote_id, self.actor())

    def change(self, quote_id: int, **values: typing.Any) -> list[str]:
        with self.api.company():
            return change_quote(quote_id, QuoteChange(**values), actor=self.actor())

    def convert(self, quote_id: int, **values: typing.Any) -> Converted:
        with self.api.company():
            return convert_quote(quote_id, Conversion(**values), actor=self.actor())

    def read(self, quote_id: int) -> QuoteRead:
        with self.api.company():
            quote = read_quote(quote_id)
        assert quote is not None
        return quote

    def events(self, quote_id: int) -> list[dict[str, typing.Any]]:
        """What was told of a quote, oldest first."""
        told = self.api.get('/events?limit=1000').json['data']
        mine = [one for one in told if one['type'].startswith('quote.')]
        return [one for one in mine if one['data']['object']['id'] == quote_id]

    def told(self, quote_id: int) -> list[str]:
        return [one['type'] for one in self.events(quote_id)]


def _expire(quote_id: int, actor: Actor) -> None:
    expire_quotes(TODAY + dt.timedelta(days=31), actor=actor)


Step = typing.Callable[[int, Actor], typing.Any]
STEPS: dict[str, Step] = {
    'send': lambda quote_id, actor: send_quote(quote_id, actor=actor),
    'mark': lambda quote_id, actor: send_quote(quote_id, actor=actor, mark_only=True),
    'accept': lambda quote_id, actor: accept_quote(quote_id, actor=actor),
    'decline': lambda quote_id, actor: decline_quote(quote_id, actor=actor),
    'expire': _expire,
    'convert': lambda quote_id, actor: convert_quote(quote_id, actor=actor),
    'edit': lambda quote_id, actor: change_quote(
        quote_id, QuoteChange(notes='Two days'), actor=actor
    ),
}
PATHS: dict[str, list[str]] = {
    'draft': [],
    'sent': ['mark'],
    'accepted': ['mark', 'accept'],
    'declined': ['mark', 'decline'],
    'expired': ['mark', 'expire'],
    'converted': ['mark', 'accept', 'convert'],
}
