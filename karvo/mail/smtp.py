"""The mail server of KARVO_SMTP_URL: one connection for several mails, given up in time."""

import contextlib
import email.message
import email.policy
import email.utils
import ipaddress
import smtplib
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Iterator
from email.headerregistry import Address

import msgspec

from karvo.config import BadConfig
from karvo.mail.schemas import Paper

SECONDS = 10.0  #: without a word from the server
PORTS = {'smtp': 25, 'smtps': 465}
#: what the server says of the mail or its reader for good; a wrong password is the operator's
FOR_GOOD = range(500, 600)


class Server(msgspec.Struct, frozen=True):
    """Where mails go."""

    host: str
    port: int
    is_tls: bool
    user: str
    password: str


class Refused(Exception):
    """The server will never take this mail."""


def server_of(url: str) -> Server:
    """smtp[s]://user:pass@host:port. Raises BadConfig."""
    parts = urllib.parse.urlsplit(url)
    try:
        port = parts.port or PORTS[parts.scheme]
    except (KeyError, ValueError):
        raise BadConfig('KARVO_SMTP_URL must be like smtp[s]://user:pass@host:port') from None
    if not parts.hostname:
        raise BadConfig('KARVO_SMTP_URL names no host')
    user, password = (urllib.parse.unquote(text or '') for text in (parts.username, parts.password))
    return Server(parts.hostname, port, parts.scheme == 'smtps', user, password)


@contextlib.contextmanager
def connected(server: Server, seconds: float) -> Iterator[smtplib.SMTP]:
    """A connection for so many seconds in all, however slowly the server speaks.

    TLS where the server offers it; a password only over TLS, or to this machine. Raises OSError,
    smtplib.SMTPException.
    """
    context = ssl.create_default_context()
    client = (
        smtplib.SMTP_SSL(timeout=SECONDS, context=context)
        if server.is_tls
        else smtplib.SMTP(timeout=SECONDS)
    )
    # smtplib checks certificates against this name; only its constructor would set it.
    client._host = server.host  # type: ignore[attr-defined]
    watchdog = threading.Timer(seconds, _cut, [client])
    watchdog.daemon = True
    watchdog.start()
    try:
        _open(client, server, context)
        yield client
        with contextlib.suppress(OSError, smtplib.SMTPException):
            client.quit()
    finally:
        watchdog.cancel()
        client.close()


def _open(client: smtplib.SMTP, server: Server, context: ssl.SSLContext) -> None:
    code, said = client.connect(server.host, server.port)
    if code != 220:
        raise smtplib.SMTPConnectError(code, said)
    client.ehlo_or_helo_if_needed()
    is_safe = server.is_tls or _is_here(server.host)
    if not server.is_tls and client.has_extn('starttls'):
        client.starttls(context=context)
        client.ehlo()
        is_safe = True
    if server.user:
        if not is_safe:
            raise smtplib.SMTPException('the server offers no TLS: no password is sent there')
        client.login(server.user, server.password)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == 'localhost'


def _cut(client: smtplib.SMTP) -> None:
    """Ends whatever waits for the server."""
    if client.sock is not None:
        with contextlib.suppress(OSError):
            client.sock.shutdown(socket.SHUT_RDWR)


def message(
    *,
    sender: Address,
    reply_to: str,
    to: str,
    subject: str,
    text: str,
    html: str | None,
    language: str,
    uid: str,
    paper: Paper | None,
) -> email.message.EmailMessage:
    """A mail as it goes out. No text can make a header: line breaks raise ValueError."""
    made = email.message.EmailMessage(email.policy.SMTP)
    made['From'], made['To'], made['Subject'] = sender, to, subject
    if reply_to:
        made['Reply-To'] = reply_to
    made['Date'] = email.utils.localtime()
    # The same at each attempt, so that one sent twice is seen to be one.
    made['Message-ID'] = f'<{uid}@{sender.domain}>'
    made['Content-Language'] = language
    made['Auto-Submitted'] = 'auto-generated'
    made.set_content(text)
    if html is not None:
        made.add_alternative(html, subtype='html')
    if paper is not None:
        main, _, sub = paper.type.partition('/')
        made.add_attachment(paper.body, maintype=main, subtype=sub, filename=paper.name)
    return made


def send(client: smtplib.SMTP, made: email.message.EmailMessage) -> None:
    """Raises Refused where another attempt would be in vain; else what smtplib does."""
    try:
        client.send_message(made)
    except smtplib.SMTPRecipientsRefused as error:
        [(code, said)] = error.recipients.values()
        if code in FOR_GOOD:
            raise Refused(f'{code} {said.decode(errors="replace")}') from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code in FOR_GOOD:
            raise Refused(str(error)) from error
        raise
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(str(error)) from error
