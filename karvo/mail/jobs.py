"""The carrier of mails: a few in one turn, over one connection to the mail server."""

import datetime as dt
import smtplib
import socket
from email.headerregistry import Address
from email.utils import parseaddr

from karvo.config import config
from karvo.kit import clock
from karvo.kit.actor import Actor
from karvo.kit.jobs import Carrier, Job, Report
from karvo.kit.log import log
from karvo.mail import operations, smtp
from karvo.mail.models import Mail
from karvo.mail.papers import paper_of
from karvo.mail.reads import next_due, waiting_mails
from karvo.settings.reads import read_settings
from karvo.settings.schemas import Settings

MOST = 10  #: mails in one turn
SECONDS = 40.0  #: for all mails of a turn
KEEP = dt.timedelta(days=365)


def carry(actor: Actor) -> dt.datetime | None:
    """One turn; the sender's name and the address for replies are the company's own."""
    mails = operations.claim_mails(MOST)
    if not mails:
        return next_due()
    if actor.is_sandbox or not config.smtp_url:
        why = 'a sandbox sends no mail' if actor.is_sandbox else 'no mail server is configured'
        for mail in mails:
            operations.mail_not_sent(mail, why)
        return next_due()
    try:
        with smtp.connected(smtp.server_of(config.smtp_url), SECONDS) as client:
            while mails:
                _send(client, mails[0], read_settings())
                del mails[0]
    except (OSError, smtplib.SMTPException) as error:
        # Of the server or the line, not of one mail: all the others have to wait too.
        for mail in mails:
            operations.mail_failed(mail, f'{type(error).__name__}: {error}')
    return next_due()


def _send(client: smtplib.SMTP, mail: Mail, settings: Settings) -> None:
    try:
        made = smtp.message(
            sender=_sender(settings),
            reply_to=settings.email,
            to=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            language=mail.language,
            uid=str(mail.uid),
            paper=paper_of(mail.paper_kind, mail.paper_id),
        )
    except (LookupError, ValueError) as error:
        operations.mail_failed(mail, f'{type(error).__name__}: {error}', is_last=True)
        return
    except Exception as error:  # its paper cannot be made now; the other mails do not wait for it
        log.error('a mail could not be made', mail=mail.id, exc_info=error)
        operations.mail_failed(mail, f'{type(error).__name__}: {error}')
        return
    try:
        smtp.send(client, made)
    except smtp.Refused as error:
        operations.mail_failed(mail, str(error), is_last=True)
        client.rset()
        return
    except smtplib.SMTPResponseException as error:
        operations.mail_failed(mail, f'{error.smtp_code} {error.smtp_error!r}')
        client.rset()
        return
    operations.mail_sent(mail)


def _sender(settings: Settings) -> Address:
    """The installation's address under the company's name; its own where none is configured."""
    name, address = parseaddr(config.mail_from)
    address = address or settings.email or f'karvo@{socket.getfqdn()}'
    return Address(display_name=settings.name or name, addr_spec=address)


def forget(actor: Actor, day: dt.date) -> Report:
    """Mails of more than a year ago; the documents that they sent stay."""
    gone = operations.forget_mails(clock.now() - KEEP)
    if gone:
        log.info('mails forgotten', tenant=actor.tenant_slug, count=gone)
    return {'forgotten': gone}


carriers = [Carrier(name='mail', carry=carry, size=waiting_mails)]
jobs = [Job(name='mail.forget', run=forget, at=dt.time(3, 10))]
