"""Queueing mails, inside the transaction that gives the reason for them."""

import datetime as dt
import re

import email_validator

from karvo.kit import clock, ids
from karvo.kit.actor import Actor
from karvo.kit.db import database
from karvo.kit.errors import invalid
from karvo.kit.log import log
from karvo.kit.work import atomic
from karvo.mail.models import Mail
from karvo.mail.schemas import NewMail
from karvo.settings.reads import read_settings

LONGEST_SUBJECT = 200
HELD = dt.timedelta(minutes=5)  #: more than one turn takes
DELAYS = (60, 300, 900, 3600, 4 * 3600, 12 * 3600)  #: seconds before each further attempt
BLANKS = re.compile(r'[\s\x00-\x1f\x7f-\x9f]+')


def queue_mail(new: NewMail, *, actor: Actor) -> int:
    """Have a mail sent once this is committed; its id. Raises Invalid for an unusable address."""
    paper_kind, paper_id = new.paper or (None, None)
    with atomic() as work:
        mail = Mail.create(
            uid=ids.uuid7(),
            recipient=usable_address(new.to),
            subject=BLANKS.sub(' ', new.subject).strip()[:LONGEST_SUBJECT],
            text=new.text.replace('\0', ''),
            html=new.html,
            language=new.language,
            kind=new.kind,
            paper_kind=paper_kind,
            paper_id=paper_id,
            due_at=work.at,
            created_at=work.at,
        )
        work.audit('mail.queued', 'mail', mail.id, actor, None, {'kind': new.kind, 'to': new.to})
        work.has_news = True
    return int(mail.id)


def notify_admin(
    subject_fr: str, subject_en: str, text_fr: str, text_en: str, *, actor: Actor, kind: str
) -> int | None:
    """Tell the company's own people, in its language, at the address in its settings.

    None, and a line in the log, where the company has given none.
    """
    settings = read_settings()
    is_french = settings.language == 'fr'
    subject, text = (subject_fr, text_fr) if is_french else (subject_en, text_en)
    if not settings.email:
        log.warning('notice without an address', kind=kind, subject=subject)
        return None
    new = NewMail(
        to=settings.email, subject=subject, text=text, language=settings.language, kind=kind
    )
    return queue_mail(new, actor=actor)


def usable_address(text: str) -> str:
    """One address, as mail servers take it; raises Invalid."""
    try:
        found = email_validator.validate_email(
            text, check_deliverability=False, test_environment=True, allow_smtputf8=True
        )
    except email_validator.EmailNotValidError as error:
        raise invalid(email=f'is no e-mail address: {error}') from None
    return found.ascii_email or found.normalized


def forget_mails(before: dt.datetime) -> int:
    """Remove mails that were queued before and do not wait; how many."""
    sql = "DELETE FROM @mail WHERE created_at < %(before)s AND state <> 'queued'"
    return int(database.run(sql, {'before': before}).rowcount)


def claim_mails(most: int) -> list[Mail]:
    """Mails that are due, each ours for a while: if we die, they are tried again after it."""
    now = clock.now()
    with atomic():
        due = Mail.select().where((Mail.state == 'queued') & (Mail.due_at <= now))
        due = due.order_by(Mail.due_at, Mail.id).limit(most).for_update(skip_locked=True)
        mails = list(due)
        for mail in mails:
            mail.attempts, mail.due_at = mail.attempts + 1, now + HELD
            mail.save(only=[Mail.attempts, Mail.due_at])
    return mails


def mail_sent(mail: Mail) -> None:
    """The mail server took it."""
    _end(mail, 'sent', '')


def mail_not_sent(mail: Mail, why: str) -> None:
    """There is no mail server, or it is none of its business: kept, and said in the log."""
    log.warning('mail not sent', why=why, kind=mail.kind, mail=mail.id)
    _end(mail, 'not_sent', why)


def mail_failed(mail: Mail, error: str, *, is_last: bool = False) -> None:
    """Tried again later, unless nothing can help or it was too often."""
    if is_last or mail.attempts > len(DELAYS):
        log.error('mail given up', kind=mail.kind, mail=mail.id, error=error)
        _end(mail, 'failed', error)
        return
    log.warning('mail failed, tried again', kind=mail.kind, mail=mail.id, error=error)
    mail.due_at = clock.now() + dt.timedelta(seconds=DELAYS[mail.attempts - 1])
    mail.error = _shown(error)
    mail.save(only=[Mail.due_at, Mail.error])


def _end(mail: Mail, state: str, error: str) -> None:
    mail.state, mail.error, mail.due_at = state, _shown(error), None
    if state == 'sent':
        mail.sent_at = clock.now()
    mail.save(only=[Mail.state, Mail.error, Mail.due_at, Mail.sent_at])


def _shown(error: str) -> str:
    return error.replace('\0', '')[:1000]
