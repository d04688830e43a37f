"""Workers for tests: in a thread of the test, impatient; or as a process of their own."""

import contextlib
import os
import pathlib
import subprocess
import sys
import threading
import time
import typing
from collections.abc import Callable, Iterator

from karvo.kit.db import url_of
from tenants.listening import listen
from tenants.worker import Pace, Worker

ROOT = pathlib.Path(__file__).parents[2]
FAST = Pace(lease=1.0, poll=0.05, idle=30, active=30, failing=0.3, lost=0.1, platform=0.1,
            adopt=0.3, stop=5)  # fmt: skip


@contextlib.contextmanager
def working(
    handlers: typing.Any = None,
    carriers: typing.Any = (),
    platform: typing.Any = (),
    *,
    pace: Pace = FAST,
    threads: int = 2,
    listens: bool = False,
) -> Iterator[Worker]:
    """A worker that works until the end of the block."""
    one = Worker(handlers or {}, carriers, platform, threads=threads, pace=pace)
    if listens:
        listen(one.news)
    ready = threading.Event()
    thread = threading.Thread(target=one.run, args=(ready.set,))
    thread.start()
    assert ready.wait(10)
    try:
        yield one
    finally:
        one.stop()
        thread.join(10)
        assert not thread.is_alive()


def until(holds: Callable[[], typing.Any], seconds: float = 20) -> float:
    """Waits for it; how long it took."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, 'it never came'
        time.sleep(0.01)
    return time.monotonic() - started


def process(text: str, folder: pathlib.Path, **environ: str) -> subprocess.Popen[str]:
    """Python of its own over this test's database."""
    own = {
        'KARVO_DATA_DIR': str(folder),
        'KARVO_DATABASE_URL': url_of('main'),
        'KARVO_LOG_FORMAT': 'json',
        'PYTHONPATH': str(ROOT),
    }
    return subprocess.Popen(
        [sys.executable, '-c', text],
        env=os.environ | own | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
