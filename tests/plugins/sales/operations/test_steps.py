"""Quotes sent, accepted, declined, expired: the table of domain §16."""

import datetime as dt
import typing

import pytest

from karvo.kit.errors import Conflict, Invalid, NotFound
from karvo.mail.models import Mail
from plugins.sales.models import TRANSITIONS
from plugins.sales.operations.steps import accept_quote, decline_quote, send_quote
from plugins.sales.schemas import Acceptance, Refusal
from tests.conftest import Api
from tests.days import stand_still
from tests.plugins.sales.desk import PATHS, TODAY, Desk

#: What brings a quote to a status; `expire` is the clock's own.
BY = {'sent': 'mark', 'draft': 'edit', 'accepted': 'accept', 'declined': 'decline'} | {
    'converted': 'convert',
    'expired': 'expire',
}
#: Converting accepts first, and changing a draft leaves a draft.
ALSO = {('draft', 'converted'), ('sent', 'converted'), ('draft', 'draft')}
PAIRS = [(one, other) for one in PATHS for other in BY if (one, other) not in ALSO]
LISTED = [pair for pair in PAIRS if pair[1] in TRANSITIONS[pair[0]]]
UNLISTED = [pair for pair in PAIRS if pair[1] not in TRANSITIONS[pair[0]]]


class TestTransitions:
    @pytest.mark.parametrize(('before', 'after'), LISTED)
    def test_listed(self, desk: Desk, before: str, after: str) -> None:
        quote = desk.quote(before)
        desk.take(BY[after], quote.id)
        shown = desk.read(quote.id)
        assert (shown.status, shown.version) == (after, quote.version + 1)
        told = 'updated' if after == 'draft' else after
        assert desk.told(quote.id)[-1] == f'quote.{told}'

    @pytest.mark.parametrize(('before', 'after'), UNLISTED)
    def test_unlisted(self, desk: Desk, before: str, after: str) -> None:
        quote = desk.quote(before)
        told = desk.told(quote.id)
        if after == 'expired':
            desk.take('expire', quote.id)  # the clock passes by
        else:
            with pytest.raises(Conflict, match=f'{quote.number}.* {before}'):
                desk.take(BY[after], quote.id)
        assert desk.read(quote.id) == quote
        assert desk.told(quote.id) == told

    def test_none_is_left_out(self) -> None:
        assert len(LISTED) == sum(len(those - {'deleted'}) for those in TRANSITIONS.values())
        assert set(PATHS) == set(TRANSITIONS)

    @pytest.mark.parametrize('step', ['send', 'accept', 'decline', 'convert', 'edit'])
    def test_of_another_company(self, desk: Desk, other: Api, step: str) -> None:
        quote = desk.quote()
        with other.company(), pytest.raises(NotFound):
            Desk.take(typing.cast(Desk, Elsewhere(other)), step, quote.id)


class Elsewhere:
    """Another company, which knows nothing of the quote."""

    actor = Desk.actor

    def __init__(self, api: Api) -> None:
        self.api = api


class TestSend:
    def test_mails_the_quote_in_words(self, desk: Desk) -> None:
        quote = desk.quote(notes='On the house: delivery', reference='PO 7')
        desk.take('send', quote.id)
        shown = desk.read(quote.id)
        assert (shown.status, shown.revision) == ('sent', 1)
        assert shown.sent_at is not None
        with desk.api.company():
            mail = Mail.select().order_by(Mail.id.desc()).get()
        assert (mail.recipient, mail.kind, mail.language) == ('buy@acme.example', 'quote', 'fr')
        assert mail.subject == f'Soumission {quote.number} de Acme'
        plain = mail.text.replace('\u00a0', ' ')
        assert 'du 20 novembre 2026, valable jusqu’au 20 décembre 2026' in plain
        assert '50 × Cleaner 5L, 25,00 $ : 1 250,00 $' in plain
        assert 'Sous-total : 1 250,00 $\nTPS/GST : 62,50 $\nTVQ/QST : 124,69 $' in plain
        assert 'Total : 1 437,19 $' in plain
        assert 'On the house: delivery' in plain

    def test_again_is_the_next_revision(self, desk: Desk) -> None:
        quote = desk.quote('sent')
        desk.take('mark', quote.id)
        shown = desk.read(quote.id)
        assert (shown.status, shown.revision) == ('sent', 2)
        assert desk.events(quote.id)[-1]['data']['previous_attributes'] == {'revision': 1}

    def test_without_an_address(self, desk: Desk) -> None:
        desk.api.post('/customers', {'code': 'MUTE', 'name': 'Mute'})
        quote = desk.quote(customer='MUTE')
        with pytest.raises(Invalid) as caught:
            desk.take('send', quote.id)
        assert caught.value.fields == {'email': 'is required'}
        assert desk.read(quote.id) == quote
        desk.take('mark', quote.id)
        assert desk.read(quote.id).status == 'sent'

    def test_to_the_address_given(self, desk: Desk) -> None:
        quote = desk.quote()
        with desk.api.company():
            with pytest.raises(Invalid):
                send_quote(quote.id, actor=desk.actor(), email='nobody')
            send_quote(quote.id, actor=desk.actor(), email='boss@acme.example')
            mail = Mail.select().order_by(Mail.id.desc()).get()
        assert mail.recipient == 'boss@acme.example'


class TestAccept:
    def test_says_who_when_and_how(self, desk: Desk) -> None:
        quote = desk.quote('sent')
        said = Acceptance(how='portal', signer='A. Roy', email='roy@acme.example', ip='2001:db8::1')
        with desk.api.company():
            accept_quote(quote.id, said, actor=desk.actor())
        shown = desk.read(quote.id)
        assert (shown.accepted_how, shown.accepted_signer) == ('portal', 'A. Roy')
        assert (shown.accepted_email, shown.accepted_ip) == ('roy@acme.example', '2001:db8::1')
        assert (shown.accepted_by, shown.status) == ('clerk', 'accepted')
        assert shown.accepted_at == shown.updated_at

    def test_by_staff_from_where_they_are(self, desk: Desk) -> None:
        shown = desk.quote('accepted')
        assert (shown.accepted_how, shown.accepted_ip) == ('staff', '192.0.2.7')

    @pytest.mark.parametrize(
        'values', [{'signer': 'a\0b'}, {'signer': 'x' * 201}, {'email': 'nobody'}, {'ip': 'x' * 65}]
    )
    def test_what_is_refused(self, desk: Desk, values: dict[str, str]) -> None:
        quote = desk.quote()
        with desk.api.company(), pytest.raises(Invalid) as caught:
            accept_quote(quote.id, Acceptance(**values), actor=desk.actor())
        assert list(caught.value.fields) == list(values)
        assert desk.read(quote.id) == quote


class TestDecline:
    def test_says_why(self, desk: Desk) -> None:
        quote = desk.quote('accepted')
        with desk.api.company():
            refusal = Refusal(how='portal', reason='Found it cheaper')
            decline_quote(quote.id, refusal, actor=desk.actor())
        shown = desk.read(quote.id)
        assert (shown.declined_reason, shown.declined_how) == ('Found it cheaper', 'portal')
        assert shown.declined_at == shown.updated_at
        told = desk.events(quote.id)[-1]['data']
        assert told['object']['declined_reason'] == 'Found it cheaper'
        assert told['previous_attributes'] == {'status': 'accepted', 'declined_reason': None}

    def test_what_is_refused(self, desk: Desk) -> None:
        quote = desk.quote()
        with desk.api.company(), pytest.raises(Invalid):
            decline_quote(quote.id, Refusal(reason='\0'), actor=desk.actor())


class TestTooLate:
    @pytest.mark.parametrize('step', ['accept', 'decline', 'send', 'convert', 'edit'])
    @pytest.mark.parametrize('status', ['draft', 'sent'])
    def test_is_refused_and_expires(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch, status: str, step: str
    ) -> None:
        quote = desk.quote(status, valid_until=TODAY)
        stand_still(monkeypatch, '2026-11-21')
        with pytest.raises(Conflict, match=f'quote {quote.number} expired on 2026-11-20'):
            desk.take(step, quote.id)
        shown = desk.read(quote.id)
        assert (shown.status, shown.invoice_id) == ('expired', None)
        assert desk.told(quote.id)[-1] == 'quote.expired'
        with pytest.raises(Conflict):
            desk.take(step, quote.id)
        assert desk.told(quote.id).count('quote.expired') == 1

    def test_on_the_last_day_it_is_not(self, desk: Desk) -> None:
        quote = desk.quote('sent', valid_until=TODAY)
        desk.take('accept', quote.id)
        assert desk.read(quote.id).status == 'accepted'

    def test_what_was_accepted_in_time_may_be_converted(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        quote = desk.quote('accepted', valid_until=TODAY)
        stand_still(monkeypatch, '2026-12-01')
        desk.take('convert', quote.id)
        shown = desk.read(quote.id)
        assert shown.status == 'converted'
        invoice = desk.api.get(f'/invoices/{shown.invoice_id}').json
        assert invoice['date'] == '2026-12-01'
        assert dt.date.fromisoformat(invoice['due_date']) >= dt.date(2026, 12, 1)
