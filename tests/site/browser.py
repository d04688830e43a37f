"""Headless Chromium over its debugging pipe: no driver, no socket, nothing to install besides."""

import base64
import contextlib
import json
import os
import pathlib
import queue
import subprocess
import threading
import time
import typing

Message = dict[str, typing.Any]
WAIT = 30
#: what Chromium says of a script whose page went away while it ran
LEFT = (
    'Inspected target navigated or closed',
    'Execution context was destroyed.',
    'Cannot find context with specified id',
)
OPTIONS = [
    '--headless=new',
    '--no-sandbox',  # the suite may run as root, in a container
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--disable-extensions',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-default-apps',
    '--hide-scrollbars',
    '--remote-debugging-pipe',
]


class PageLeft(AssertionError):
    """The page that a script ran in was left for another."""


class Browser:
    """One Chromium; `page` opens tabs in it."""

    def __init__(self, program: str, profile: pathlib.Path) -> None:
        to_read, write = os.pipe()
        read, to_write = os.pipe()
        # It talks over descriptors 3 and 4, whatever ours are.
        wrapper = f'exec "$@" 3</dev/fd/{to_read} 4>/dev/fd/{to_write}'
        command = ['sh', '-c', wrapper, 'sh', program, *OPTIONS, f'--user-data-dir={profile}']
        self.process = subprocess.Popen(
            command, pass_fds=(to_read, to_write), stderr=subprocess.DEVNULL
        )
        os.close(to_read)
        os.close(to_write)
        self._write = os.fdopen(write, 'wb', buffering=0)
        self._read = os.fdopen(read, 'rb')
        self._number = 0
        self._answers: dict[int, queue.Queue[Message]] = {}
        self._pages: dict[str, Page] = {}
        self.contexts: list[str] = []  #: of the open pages, in their order
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        rest = b''
        while part := self._read.read1(65536):
            *messages, rest = (rest + part).split(b'\0')
            for text in messages:
                self._sort(json.loads(text))

    def _sort(self, message: Message) -> None:
        if 'id' in message:
            self._answers.pop(message['id']).put(message)
        elif page := self._pages.get(message.get('sessionId', '')):
            page.events.append(message)

    def ask(self, method: str, session: str = '', **params: typing.Any) -> typing.Any:
        """The result of a command of the DevTools protocol."""
        self._number += 1
        number, waiting = self._number, queue.Queue[Message]()
        self._answers[number] = waiting
        message: Message = {'id': number, 'method': method, 'params': params}
        if session:
            message['sessionId'] = session
        self._write.write(json.dumps(message).encode() + b'\0')
        answer = waiting.get(timeout=WAIT)
        if answer.get('error', {}).get('message') in LEFT:
            raise PageLeft(method, answer['error'])
        assert 'error' not in answer, (method, answer['error'])
        return answer['result']

    def page(self, width: int = 1280, height: int = 900, **media: str) -> 'Page':
        """A new tab; `media` are features such as `prefers_color_scheme='dark'`."""
        context = self.ask('Target.createBrowserContext')['browserContextId']
        target = self.ask('Target.createTarget', url='about:blank', browserContextId=context)
        session = self.ask('Target.attachToTarget', targetId=target['targetId'], flatten=True)
        page = Page(self, session['sessionId'])
        self._pages[page.session] = page
        self.contexts.append(context)
        page.set_up(width, height, media)
        return page

    def close_pages(self, first: int = 0) -> None:
        """Of those that are open, the ones from this place on."""
        while len(self.contexts) > first:
            self.ask('Target.disposeBrowserContext', browserContextId=self.contexts.pop())

    def close(self) -> None:
        with contextlib.suppress(OSError, AssertionError, queue.Empty):
            self.ask('Browser.close')
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._listener.join(10)
        self._write.close()
        self._read.close()


class Page:
    """One tab; `events` is everything that it reported."""

    def __init__(self, browser: Browser, session: str) -> None:
        self.browser, self.session = browser, session
        self.events: list[Message] = []

    def ask(self, method: str, **params: typing.Any) -> typing.Any:
        return self.browser.ask(method, self.session, **params)

    def set_up(self, width: int, height: int, media: dict[str, str]) -> None:
        for domain in ('Page', 'Runtime', 'Log', 'Network', 'Audits'):
            self.ask(f'{domain}.enable')
        self.ask(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        features = [{'name': k.replace('_', '-'), 'value': v} for k, v in media.items()]
        self.ask('Emulation.setEmulatedMedia', features=features)

    def open(self, url: str, until: str = 'document.readyState === "complete"') -> None:
        """Goes there, and waits until this JavaScript is true."""
        self.ask('Page.navigate', url=url)
        self.wait(f'location.href.startsWith({json.dumps(url)}) && {until}')

    def run(self, script: str) -> typing.Any:
        """The value of a JavaScript expression; a promise is awaited. Raises `PageLeft`."""
        done = self.ask(
            'Runtime.evaluate', expression=script, returnByValue=True, awaitPromise=True
        )
        assert 'exceptionDetails' not in done, done['exceptionDetails']
        return done['result'].get('value')

    def wait(self, condition: str) -> None:
        """Until a JavaScript expression, or what it promises, is true; on the next page too."""
        deadline = time.monotonic() + WAIT
        while not self._holds(condition):
            assert time.monotonic() < deadline, f'never true: {condition}\n{self.complaints()}'
            time.sleep(0.05)

    def _holds(self, condition: str) -> bool:
        try:
            return self.run(f'Promise.resolve({condition}).then(Boolean)')
        except PageLeft:
            return False

    def complaints(self) -> list[Message]:
        """Errors and warnings of the console, uncaught exceptions, violations of the policy."""
        return [event['params'] for event in list(self.events) if _is_complaint(event)]

    def requests(self) -> list[str]:
        """The address of every request that the page made."""
        found = [
            e['params'] for e in list(self.events) if e['method'] == 'Network.requestWillBeSent'
        ]
        return [params['request']['url'] for params in found]

    def type(self, selector: str, text: str) -> None:
        """Puts a text into a field as a person does."""
        self.run(f'document.querySelector({json.dumps(selector)}).focus()')
        self.run('document.activeElement.select()')
        self.ask('Input.insertText', text=text)

    def picture(self, path: pathlib.Path, whole: bool = True) -> None:
        """A PNG of the page."""
        shot = self.ask('Page.captureScreenshot', captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot['data']))


def _is_complaint(event: Message) -> bool:
    params, bad = event['params'], ('error', 'warning')
    match event['method']:
        case 'Runtime.exceptionThrown':
            return True
        case 'Audits.issueAdded':
            return params['issue']['code'] == 'ContentSecurityPolicyIssue'
        case 'Log.entryAdded':
            return params['entry']['level'] in bad
        case 'Runtime.consoleAPICalled':
            return params['type'] in bad
    return False
