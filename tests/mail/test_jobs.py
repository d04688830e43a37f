"""Mails: queued with their reason, taken by a real mail server, tried again, never lost."""

import datetime as dt
import io
import socket
import time
import typing
from collections.abc import Iterator

import msgspec
import pypdf
import pytest

from karvo.config import BadConfig, config
from karvo.invoices import jobs as invoices_jobs
from karvo.kit import clock
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.kit.errors import Invalid
from karvo.kit.work import atomic
from karvo.mail import jobs, smtp
from karvo.mail.models import Mail
from karvo.mail.operations import DELAYS, notify_admin, queue_mail
from karvo.mail.schemas import NewMail
from tests.conftest import Api
from tests.mail.receiver import Receiver, receiving

assert invoices_jobs.jobs  # their paper is known to mails


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as one:
        use(monkeypatch, one.url)
        yield one


@pytest.fixture
def books(api: Api) -> Iterator[Api]:
    with api.company():
        yield api


def use(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    changed = msgspec.structs.replace(config, smtp_url=url, mail_from='KARVO <erp@karvo.example>')
    monkeypatch.setattr(jobs, 'config', changed)


def queue(**values: typing.Any) -> Mail:
    default = {'to': 'a@b.example', 'subject': 'Hello', 'text': 'World\n.dot\n', 'kind': 'test'}
    number = queue_mail(NewMail(**default | values), actor=actor())
    return Mail.get_by_id(number)


def actor() -> typing.Any:
    return system_actor('test', current_place())


def carry() -> dt.datetime | None:
    return jobs.carry(actor())


def again(mail: Mail) -> Mail:
    return Mail.get_by_id(mail.id)


class TestSending:
    def test_what_the_receiver_gets(self, books: Api, receiver: Receiver) -> None:
        mail = queue(subject='Prêt à payer', html='<p>World</p>')
        assert carry() is None
        [(sender, recipients, got)] = receiver.mails
        assert sender.startswith('FROM:<erp@karvo.example>')
        assert recipients == ['TO:<a@b.example>']
        assert got['From'] == 'Acme <erp@karvo.example>'
        assert (got['Subject'], got['Reply-To']) == ('Prêt à payer', 'admin@acme.example')
        assert got['Message-ID'] == f'<{mail.uid}@karvo.example>'
        assert got.get_body(('plain',)).get_content() == 'World\r\n.dot\r\n'
        assert got.get_body(('html',)).get_content().strip() == '<p>World</p>'
        assert (again(mail).state, again(mail).attempts) == ('sent', 1)
        assert again(mail).sent_at is not None
        assert carry() is None
        assert len(receiver.mails) == 1

    def test_several_over_one_connection_and_a_turn_is_bounded(
        self, books: Api, receiver: Receiver
    ) -> None:
        for _ in range(12):
            queue()
        assert carry() <= clock.now()
        assert (len(receiver.mails), receiver.connections) == (jobs.MOST, 1)
        assert carry() is None
        assert len(receiver.mails) == 12

    def test_no_text_makes_a_header(self, books: Api, receiver: Receiver) -> None:
        queue(subject='Hello\r\nBcc: all@b.example\n\nBody', text='\r\nBcc: x@y.example\r\n')
        for address in ('a@b.example\r\nBcc: c@d.example', 'a@b.example, c@d.example', 'x', ''):
            with pytest.raises(Invalid):
                queue(to=address)
        carry()
        [(_, recipients, got)] = receiver.mails
        assert recipients == ['TO:<a@b.example>']
        assert (got['Bcc'], got['Subject']) == (None, 'Hello Bcc: all@b.example Body')

    def test_a_password_goes_to_this_machine_or_over_tls(
        self, books: Api, receiver: Receiver, monkeypatch
    ) -> None:
        use(monkeypatch, receiver.url.replace('//', '//user:p%40ss@'))
        queue()
        carry()
        assert len(receiver.logins) == 1
        monkeypatch.setattr(smtp, '_is_here', lambda host: False)
        second = queue()
        carry()
        assert len(receiver.logins) == 1
        assert 'offers no TLS' in again(second).error

    @pytest.mark.parametrize('url', ['http://x', 'smtp://', 'smtp://x:port', 'nothing'])
    def test_an_url_that_makes_no_sense(self, url: str) -> None:
        with pytest.raises(BadConfig):
            smtp.server_of(url)

    def test_rolled_back_nothing_is_sent(self, books: Api, receiver: Receiver) -> None:
        with pytest.raises(RuntimeError), atomic():
            queue()
            raise RuntimeError
        assert carry() is None
        assert receiver.mails == []


class TestFailing:
    def test_a_server_that_is_busy_is_asked_again_later(
        self, books: Api, receiver: Receiver
    ) -> None:
        mail, other = queue(), queue()
        receiver.replies['DATA'] = '451 later'
        due = carry()
        assert due is not None
        assert 30 < (due - clock.now()).total_seconds() < DELAYS[0] + 1
        assert (again(mail).state, again(other).attempts) == ('queued', 1)
        assert '451' in again(mail).error
        receiver.replies.clear()
        assert carry() == due  # not before its time
        Mail.update(due_at=clock.now()).execute()
        assert carry() is None
        assert (again(mail).state, again(mail).attempts) == ('sent', 2)

    def test_a_reader_who_does_not_exist_is_given_up_at_once(
        self, books: Api, receiver: Receiver
    ) -> None:
        mail = queue()
        receiver.replies['RCPT'] = '550 nobody here'
        assert carry() is None
        assert (again(mail).state, again(mail).error) == ('failed', '550 nobody here')

    def test_nobody_listens_and_in_the_end_it_is_given_up(self, books: Api, monkeypatch) -> None:
        with socket.socket() as free:
            free.bind(('127.0.0.1', 0))
            use(monkeypatch, f'smtp://127.0.0.1:{free.getsockname()[1]}')
        mail = queue()
        for _ in range(len(DELAYS) + 1):
            assert again(mail).state == 'queued'
            Mail.update(due_at=clock.now()).execute()
            carry()
        assert again(mail).state == 'failed'
        assert 'ConnectionRefused' in again(mail).error

    @pytest.mark.wall_clock
    def test_a_server_that_drips_is_left_in_time(
        self, books: Api, receiver: Receiver, monkeypatch
    ) -> None:
        monkeypatch.setattr(jobs, 'SECONDS', 0.5)
        receiver.drip = 0.05
        mail, started = queue(), time.monotonic()
        carry()
        receiver.drip = 0
        assert time.monotonic() - started < 3
        assert again(mail).state == 'queued'

    def test_without_a_server_mails_are_kept_as_not_sent(self, books: Api) -> None:
        mail = queue()
        assert carry() is None
        assert (again(mail).state, again(mail).sent_at) == ('not_sent', None)

    def test_who_dies_while_sending_leaves_the_mail_to_others(
        self, books: Api, receiver: Receiver
    ) -> None:
        mail = queue()
        [claimed] = jobs.operations.claim_mails(5)
        assert claimed.id == mail.id
        due = carry()
        assert due is not None and due > clock.now()  # ours for a while
        Mail.update(due_at=clock.now()).execute()
        carry()
        assert again(mail).state == 'sent'


class TestInvoice:
    BODY: typing.ClassVar = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100}

    def test_goes_to_the_customer_with_its_paper(self, books: Api, receiver: Receiver) -> None:
        books.post('/customers', {'code': 'A', 'name': 'A', 'email': 'buyer@a.example'})
        made = books.post('/invoices', self.BODY).json
        assert books.post(f'/invoices/{made["id"]}/send').status_code == 200
        assert receiver.mails == []  # never inside the request
        carry()
        [(_, recipients, got)] = receiver.mails
        assert recipients == ['TO:<buyer@a.example>']
        assert got['Subject'] == f'Facture {made["invoice_no"]} de Acme'
        assert '114,98' in got.get_body(('plain',)).get_content()
        [paper] = got.iter_attachments()
        assert paper.get_filename() == f'{made["invoice_no"]}.pdf'
        text = pypdf.PdfReader(io.BytesIO(paper.get_content())).pages[0].extract_text()
        assert made['invoice_no'] in text

    def test_only_noted_as_sent(self, books: Api, receiver: Receiver) -> None:
        made = books.post('/invoices', self.BODY).json['id']
        assert books.post(f'/invoices/{made}/send', {'mark_only': True}).status_code == 200
        assert books.post(f'/invoices/{made}/send').status_code == 422
        assert books.post(f'/invoices/{made}/send', {'email': 'nonsense'}).status_code == 422
        assert Mail.select().count() == 0

    def test_in_both_languages_where_the_law_asks_for_it(
        self, books: Api, receiver: Receiver
    ) -> None:
        books.post('/customers', {'code': 'A', 'name': 'A', 'email': 'a@b.example'})
        made = books.post('/invoices', self.BODY | {'language': 'en'}).json
        books.post(f'/invoices/{made["id"]}/send')
        mail = Mail.get()
        number = made['invoice_no']
        assert mail.subject == f'Facture {number} de Acme / Invoice {number} from Acme'
        assert 'Thank you' in mail.text and 'Merci' in mail.text

    def test_a_paper_that_is_gone_is_said(self, books: Api, receiver: Receiver) -> None:
        mail = queue(paper=('invoice', 777))
        carry()
        assert again(mail).state == 'failed'
        assert 'there is no invoice 777' in again(mail).error


class TestNotice:
    def test_goes_to_the_company_in_its_language(self, books: Api, receiver: Receiver) -> None:
        said = ('Objet', 'Subject', 'Texte', 'Text')
        notify_admin(*said, actor=actor(), kind='test')
        books.put('/settings', {'language': 'en'})
        notify_admin(*said, actor=actor(), kind='test')
        books.put('/settings', {'email': None})
        assert notify_admin(*said, actor=actor(), kind='test') is None
        carry()
        assert [got['Subject'] for *_, got in receiver.mails] == ['Objet', 'Subject']
        assert {got['To'] for *_, got in receiver.mails} == {'admin@acme.example'}


class TestForgetting:
    def test_of_old_ones_that_do_not_wait(self, books: Api) -> None:
        old, waiting, new = queue(), queue(), queue()
        long_ago = clock.now() - dt.timedelta(days=400)
        Mail.update(created_at=long_ago).where(Mail.id.in_([old.id, waiting.id])).execute()
        Mail.update(state='sent').where(Mail.id.in_([old.id, new.id])).execute()
        assert jobs.forget(actor(), dt.date(2026, 11, 20)) == {'forgotten': 1}
        assert [mail.id for mail in Mail.select().order_by(Mail.id)] == [waiting.id, new.id]
