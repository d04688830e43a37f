"""A mail server for tests: takes, refuses or stays silent, as it is told."""

import email
import email.policy
import socketserver
import threading
import time
import typing
from collections.abc import Iterator
from contextlib import contextmanager


class Receiver(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine; `mails` holds (sender, recipients, message)."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), _Session)
        self.mails: list[tuple[str, list[str], email.message.EmailMessage]] = []
        self.replies: dict[str, str] = {}  #: instead of 250, by the first word
        self.connections = 0
        self.logins: list[str] = []
        self.drip = 0.0  #: seconds between the bytes of an endless greeting

    @property
    def url(self) -> str:
        return f'smtp://127.0.0.1:{self.server_address[1]}'


class _Session(socketserver.StreamRequestHandler):
    server: Receiver

    def handle(self) -> None:
        self.server.connections += 1
        while self.server.drip:
            self.wfile.write(b'2')
            time.sleep(self.server.drip)
        self._say('220 here')
        sender, recipients = '', []
        while line := self.rfile.readline():
            word, _, rest = line.decode().strip().partition(' ')
            word = word.upper()
            if word in self.server.replies:
                self._say(self.server.replies[word])
            elif word == 'EHLO':
                self._say('250-here\r\n250 AUTH PLAIN')
            elif word == 'AUTH':
                self.server.logins.append(rest)
                self._say('235 ok')
            elif word == 'DATA':
                self._say('354 go on')
                self._take(sender, recipients)
                self._say('250 taken')
                recipients = []
            elif word == 'QUIT':
                self._say('221 bye')
                return
            else:
                if word == 'MAIL':
                    sender = rest
                elif word == 'RCPT':
                    recipients.append(rest)
                self._say('250 ok')

    def _take(self, sender: str, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b'.\r\n', b''):
            lines.append(line.removeprefix(b'.'))
        made = email.message_from_bytes(b''.join(lines), policy=email.policy.default)
        message = typing.cast(email.message.EmailMessage, made)
        self.server.mails.append((sender, recipients, message))

    def _say(self, text: str) -> None:
        self.wfile.write(f'{text}\r\n'.encode())


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver until the end of the block."""
    with Receiver() as one:
        threading.Thread(target=one.serve_forever, args=(0.02,), daemon=True).start()
        yield one
        one.shutdown()
