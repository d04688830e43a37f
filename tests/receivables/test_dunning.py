"""Letters to late customers: levels, proposals, sending, settling (AR-7, AR-8)."""

import datetime as dt
import io

import pypdf
import pytest

from karvo.app import handlers
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.kit.jobs import StoredEvent
from karvo.mail.models import Mail
from karvo.receivables import jobs
from karvo.receivables.models import TRANSITIONS
from karvo.receivables.operations import proposals
from tests.conftest import Api, wide_key
from tests.invoicing import refused
from tests.paper import furnished
from tests.receivables.conftest import TODAY, Desk


def days(count: int) -> dt.date:
    return TODAY + dt.timedelta(days=count)


class TestLevels:
    def test_the_defaults(self, desk: Desk) -> None:
        levels = desk.api.get('/billing/dunning/levels').json['levels']
        assert [(one['level'], one['days'], one['fee']) for one in levels] == [
            (1, 5, 0), (2, 20, 0), (3, 45, 0), (4, 75, 0),
        ]  # fmt: skip
        assert [one['sets_hold'] for one in levels] == [False, False, True, True]
        assert [one['is_collections'] for one in levels] == [False, False, False, True]

    def test_a_company_has_its_own(self, desk: Desk) -> None:
        levels = desk.api.get('/billing/dunning/levels').json['levels'][:2]
        levels[1] |= {'days': 10, 'fee': '15.00', 'name_en': 'Last call'}
        answer = desk.api.put('/billing/dunning/levels', {'levels': levels})
        assert answer.status_code == 200, answer.text
        assert desk.api.get('/billing/dunning/levels').json == answer.json
        desk.late(12)
        desk.late(90)
        desk.run()
        [letter] = desk.letters()
        assert (letter['level'], letter['level_name_en'], letter['fee']) == (2, 'Last call', 15)
        assert letter['total_due'] == round(2 * 1437.19 + 15, 2)  # the fee once a letter
        assert desk.api.difference() == 0
        moved = {row['code'] for row in desk.api.get('/ledger/trial-balance').json['data']}
        assert '4900' not in moved  # nothing is booked

    @pytest.mark.parametrize(
        ('change', 'field'),
        [
            ({'days': 5}, 'levels[1].days'),
            ({'level': 1}, 'levels[1].level'),
            ({'fee': -1}, 'levels[1].fee'),
        ],
    )
    def test_both_numbers_and_days_rise(self, desk: Desk, change: dict, field: str) -> None:
        levels = desk.api.get('/billing/dunning/levels').json['levels']
        levels[1] |= change
        refused(desk.api.put('/billing/dunning/levels', {'levels': levels}), field)
        refused(desk.api.put('/billing/dunning/levels', {'levels': []}), 'levels')


class TestProposing:
    def test_one_letter_for_a_customer_lists_all_that_is_overdue(self, desk: Desk) -> None:
        old, fresh = desk.late(30), desk.late(2)
        desk.late(0)  # due today: not late
        desk.late(7, customer='B')
        assert desk.run() == {'settled': 0, 'proposed': 2}
        first, second = desk.letters()
        assert (first['customer_code'], first['status'], first['level']) == ('A', 'draft', 2)
        lines = [(x['invoice_id'], x['days_past_due'], x['level']) for x in first['lines']]
        assert lines == [(old, 30, 2), (fresh, 2, 0)]
        assert (first['total'], first['date']) == (2874.38, '2026-11-20')
        assert (second['customer_code'], second['level']) == ('B', 1)
        told = desk.told('dunning.proposed')
        assert [(one['customer_code'], one['level'], len(one['invoices'])) for one in told] == [
            ('A', 2, 2), ('B', 1, 1),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ('late', 'level'), [(4, 0), (5, 1), (19, 1), (20, 2), (44, 2), (45, 3), (74, 3), (75, 4)]
    )
    def test_levels_by_days(self, desk: Desk, late: int, level: int) -> None:
        desk.late(late)
        desk.run()
        assert [letter['level'] for letter in desk.letters()] == [level] * bool(level)

    def test_who_is_not_written_to(self, desk: Desk) -> None:
        disputed = desk.late(10, customer='DISPUTED')
        desk.api.put(f'/invoices/{disputed}', {'disputed': True})
        desk.late(10, customer='EXCLUDED')
        desk.change_customer('EXCLUDED', dunning_excluded=True)
        little = desk.late(10, customer='LITTLE')
        desk.pay(little, '1427.20')  # 9.99 is left
        promised = desk.late(10, customer='PROMISED')
        desk.api.put(f'/invoices/{promised}', {'promise_to_pay': '2026-11-20'})
        desk.late(10, customer='DRAFT', status='draft')
        paid = desk.late(10, customer='PAID')
        desk.pay(paid)
        assert desk.run()['proposed'] == 0
        assert desk.run(days(1))['proposed'] == 1  # the promise is broken
        assert [one['customer_code'] for one in desk.letters()] == ['PROMISED']

    def test_ten_dollars_are_enough(self, desk: Desk) -> None:
        desk.pay(desk.late(10), '1427.19')
        assert desk.run()['proposed'] == 1

    def test_again_only_at_the_next_level(self, desk: Desk) -> None:
        desk.late(5)
        counts = [desk.run(days(n))['proposed'] for n in (0, 1, 14, 15, 16, 40, 70)]
        assert counts == [1, 0, 0, 1, 0, 1, 1]
        # What nobody sent gave way to the next one.
        states = [(one['level'], one['status'], one['reason']) for one in desk.letters()]
        assert states == [
            (1, 'cancelled', 'superseded'),
            (2, 'cancelled', 'superseded'),
            (3, 'cancelled', 'superseded'),
            (4, 'draft', None),
        ]

    def test_anew_when_the_due_date_moved(self, desk: Desk) -> None:
        one = desk.late(6)
        desk.run()
        desk.api.put(f'/invoices/{one}', {'due_date': '2026-11-21'})
        assert desk.run(days(3))['proposed'] == 0
        assert desk.run(days(6))['proposed'] == 1

    def test_twice_a_day_gives_the_rows_of_one_run(self, desk: Desk) -> None:
        for customer in 'ABC':
            desk.late(6, customer=customer)
        desk.run()
        once = desk.letters()
        desk.late(50)  # comes too late for today
        assert desk.run() == {'settled': 0, 'proposed': 0}
        assert desk.letters() == once
        assert len(desk.told('dunning.proposed')) == 3

    def test_killed_half_way_and_run_again(
        self, desk: Desk, other: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        whole = Desk(furnished(other))
        for customer in 'ABCDE':
            for books in (desk, whole):
                books.late(6, customer=customer)
        whole.run()
        monkeypatch.setattr(proposals, 'MOST', 2)
        real, calls = proposals.announce, []

        def die_at_the_fourth(*arguments: object) -> None:
            calls.append(arguments)
            if len(calls) == 4:
                raise KeyboardInterrupt
            real(*arguments)

        monkeypatch.setattr(proposals, 'announce', die_at_the_fourth)
        with pytest.raises(KeyboardInterrupt):
            desk.run()
        assert len(desk.letters()) == 2
        monkeypatch.setattr(proposals, 'announce', real)
        assert desk.run()['proposed'] == 3
        assert desk.letters() == whole.letters()
        assert [one['customer_code'] for one in desk.told('dunning.proposed')] == list('ABCDE')

    def test_interest_only_where_it_was_agreed(self, desk: Desk) -> None:
        desk.late(73, customer='A')
        desk.late(73, customer='B')
        desk.change_customer('A', interest_rate_annual=24)
        desk.change_customer('B', interest_rate_annual=24, interest_agreed_on='2026-01-15')
        desk.run()
        # 1437.19 × 24 % × 73 / 365
        assert [one['interest'] for one in desk.letters()] == [0, 68.99]


class TestTransitions:
    @pytest.mark.parametrize('before', TRANSITIONS)
    @pytest.mark.parametrize('after', ['sent', 'cancelled'])
    def test_only_those_of_the_table(self, desk: Desk, before: str, after: str) -> None:
        invoice = desk.late(6)
        desk.run()
        letter = desk.api.get('/billing/dunning').json['data'][0]['id']
        if before != 'draft' and before != 'cancelled':
            assert desk.send(letter, mark_only=True).status_code == 200
        if before == 'resolved':
            desk.pay(invoice)
            desk.run()
        if before == 'cancelled':
            desk.api.post(f'/billing/dunning/{letter}/cancel', {'reason': 'on the phone'})
        shown = desk.api.get(f'/billing/dunning/{letter}').json
        assert shown['status'] == before
        verb, body = ('send', {'mark_only': True}) if after == 'sent' else ('cancel', {})
        answer = desk.api.post(f'/billing/dunning/{letter}/{verb}', body)
        if after in TRANSITIONS[before]:
            assert (answer.status_code, answer.json['status']) == (200, after)
        else:
            assert (answer.status_code, answer.json['code']) == (422, 'erp_invalid_state')
            assert desk.api.get(f'/billing/dunning/{letter}').json == shown


class TestSending:
    def test_by_mail_with_the_letter(self, desk: Desk) -> None:
        desk.late(6)
        desk.change_customer(email='ap@a.example', language='fr')
        desk.run()
        letter = desk.api.get('/billing/dunning').json['data'][0]['id']
        answer = desk.send(letter)
        assert answer.status_code == 200, answer.text
        assert (answer.json['status'], answer.json['sent_to']) == ('sent', 'ap@a.example')
        with desk.api.company():
            mail = Mail.get(Mail.kind == 'dunning')
            paper = jobs.paper(letter)
            assert jobs.paper(letter + 1) is None
        assert mail.subject.startswith('Rappel de paiement – ')
        assert '1\u202f437,19' in mail.text.replace('\u00a0', '\u202f')
        assert (mail.paper_kind, mail.paper_id) == ('dunning', letter)
        text = read(paper.body)
        assert 'Rappel de paiement' in text and 'INV-2026-0001' in text
        assert paper.name == 'A-2026-11-20.pdf'
        [told] = desk.told('dunning.sent')
        assert (told['state'], told['invoices']) == ('sent', ['INV-2026-0001'])

    def test_needs_an_address_unless_it_went_otherwise(self, desk: Desk) -> None:
        letter = desk.letter()
        assert refused(desk.send(letter), 'email') == 'the customer has no e-mail address'
        refused(desk.send(letter, email='nobody'), 'email')
        assert desk.send(letter, email='b@a.example').json['sent_to'] == 'b@a.example'

    def test_what_was_settled_meanwhile_is_not_asked_for(self, desk: Desk) -> None:
        first, second, third = (desk.late(days) for days in (8, 7, 6))
        desk.run()
        letter = desk.api.get('/billing/dunning').json['data'][0]['id']
        desk.pay(first)
        desk.pay(second, 1000)
        desk.api.put(f'/invoices/{third}', {'disputed': True})
        sent = desk.send(letter, mark_only=True).json
        assert [(x['invoice_id'], x['balance']) for x in sent['lines']] == [(second, 437.19)]
        assert sent['total'] == 437.19

    def test_nothing_left_to_ask_for(self, desk: Desk) -> None:
        one = desk.late(6)
        desk.run()
        letter = desk.api.get('/billing/dunning').json['data'][0]['id']
        desk.api.put(f'/invoices/{one}', {'promise_to_pay': '2026-12-01'})
        assert 'cancel it' in refused(desk.send(letter, mark_only=True))

    def test_a_formal_notice_sets_the_hold_and_payment_lifts_it(self, desk: Desk) -> None:
        one = desk.late(50)
        desk.run()
        assert desk.customer()['credit_hold'] is False  # a proposal has no effect
        letter = desk.api.get('/billing/dunning').json['data'][0]['id']
        desk.send(letter, mark_only=True)
        held = desk.customer()
        assert (held['credit_hold'], held['credit_hold_reason']) == (True, 'dunning, level 3')
        assert held['in_collections'] is False
        assert len(desk.told('customer.credit_hold')) == 1
        desk.pay(one)
        hear(desk, 'invoice.paid', one)
        assert desk.letters()[0]['status'] == 'resolved'
        assert desk.customer()['credit_hold'] is False

    def test_the_last_one_marks_for_collection(self, desk: Desk) -> None:
        one = desk.late(80)
        desk.run()
        letter = desk.api.get('/billing/dunning').json['data'][0]['id']
        desk.send(letter, mark_only=True)
        assert (desk.customer()['credit_hold'], desk.customer()['in_collections']) == (True, True)
        desk.api.post(f'/invoices/{one}/write-off', {'reason': 'bankrupt'})
        desk.run()
        assert desk.customer()['in_collections'] is False

    def test_a_persons_hold_stays(self, desk: Desk) -> None:
        one = desk.late(50)
        desk.change_customer(credit_hold=True, credit_hold_reason='rude')
        desk.run()
        desk.send(desk.api.get('/billing/dunning').json['data'][0]['id'], mark_only=True)
        desk.pay(one)
        desk.run()
        held = desk.customer()
        assert (held['credit_hold'], held['credit_hold_reason']) == (True, 'rude')

    def test_an_older_version_is_refused(self, desk: Desk) -> None:
        letter = desk.letter()
        stale = {'headers': {'If-Match': '"7"'}}
        for verb in ('send', 'cancel'):
            answer = desk.api.post(f'/billing/dunning/{letter}/{verb}', {}, **stale)
            assert answer.status_code == 412


def hear(desk: Desk, kind: str, invoice_id: int) -> None:
    """What the worker does with an event."""
    event = StoredEvent(
        seq=1, uid='evt_1', type=kind, occurred_at=dt.datetime.now(dt.UTC), resource='invoice',
        resource_id=invoice_id, object={}, previous={},
    )  # fmt: skip
    with desk.api.company():
        for handler in handlers[kind]:
            handler(event, system_actor('test', current_place()))


def read(body: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(body)).pages
    return ' '.join(' '.join(page.extract_text().split()) for page in pages)


class TestSettling:
    def test_when_every_invoice_is_settled(self, desk: Desk) -> None:
        first, second = desk.late(7), desk.late(6)
        desk.run()
        desk.send(desk.api.get('/billing/dunning').json['data'][0]['id'], mark_only=True)
        desk.pay(first)
        hear(desk, 'invoice.paid', first)
        assert desk.letters()[0]['status'] == 'sent'
        credit = {'invoice_id': second, 'total': '1437.19', 'reason': 'x'}
        assert desk.api.post('/billing/credits', credit).status_code == 201
        hear(desk, 'invoice.credited', second)
        hear(desk, 'invoice.paid', second)
        assert desk.letters()[0]['status'] == 'resolved'
        assert len(desk.told('dunning.resolved')) == 1

    def test_a_draft_falls_away(self, desk: Desk) -> None:
        one = desk.late(7)
        desk.run()
        desk.api.delete(f'/invoices/{one}')
        assert desk.run() == {'settled': 1, 'proposed': 0}
        assert [(x['status'], x['reason']) for x in desk.letters()] == [('cancelled', 'settled')]


class TestPaper:
    def test_in_the_language_asked_for_with_interest_by_the_year(self, desk: Desk) -> None:
        desk.late(50)
        desk.change_customer(interest_rate_annual=24, interest_agreed_on='2026-01-15')
        desk.run()
        letter = desk.api.get('/billing/dunning').json['data'][0]['id']
        answer = desk.api.get(f'/billing/dunning/{letter}/pdf?lang=fr+en')
        assert answer.headers['Content-Type'] == 'application/pdf'
        text = read(answer.content).replace('\u00a0', ' ').replace('\u202f', ' ')
        assert '24 % par an (2 % par mois)' in text
        assert '24% per year (2% per month)' in text
        assert 'Mise en demeure' in text and 'Formal notice' in text
        assert 'Intérêt couru' in text and '1 437,19' in text

    def test_says_nothing_of_interest_that_was_not_agreed(self, desk: Desk) -> None:
        letter = desk.letter()
        answer = desk.api.get(f'/billing/dunning/{letter}/pdf?lang=fr')
        assert answer.headers['Content-Language'] == 'fr'
        assert 'par an' not in read(answer.content)
        refused(desk.api.get(f'/billing/dunning/{letter}/pdf?lang=de'), 'lang')


class TestAccess:
    def test_filters(self, desk: Desk) -> None:
        desk.letter(days=6)
        for query, count in (
            ('status=draft', 1), ('status=sent', 0), ('level=1', 1), ('level=2', 0),
            ('customer_code=a', 1), ('customer_code=B', 0), ('invoice_no=inv-2026-0001', 1),
            ('date_from=2026-11-20', 1), ('date_to=2026-11-19', 0),
        ):  # fmt: skip
            assert len(desk.letters(query)) == count, query
        refused(desk.api.get('/billing/dunning?status=lost'), 'status')

    def test_a_read_only_key_reads(self, desk: Desk) -> None:
        letter = desk.letter()
        reader = Api(
            desk.api.client.app, desk.api.tenant, wide_key(desk.api.tenant, scopes=['read-only'])
        )
        assert reader.get(f'/billing/dunning/{letter}').status_code == 200
        for verb in ('send', 'cancel'):
            assert reader.post(f'/billing/dunning/{letter}/{verb}', {}).status_code == 403
        assert reader.put('/billing/dunning/levels', {'levels': []}).status_code == 403

    def test_another_tenants_letter_is_not_found(self, desk: Desk, other: Api) -> None:
        letter = desk.letter()
        answers = [
            other.get(f'/billing/dunning/{letter}'),
            other.get(f'/billing/dunning/{letter}/pdf'),
        ]
        answers += [
            other.post(f'/billing/dunning/{letter}/{verb}', {}) for verb in ('send', 'cancel')
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
