"""Locks on the bytes of a file, in the system's own way and in Python's."""

import os
import pathlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from tenants.byte_locks import IS_KNOWN, ByteLocks

HOLD = """
import os, sys, time
from tenants.byte_locks import ByteLocks
locks = ByteLocks(os.open(sys.argv[1], os.O_RDWR), 4)
locks.take(2); print('taken', flush=True); sys.stdin.readline(); locks.leave(2)
"""


@pytest.fixture(params=['fcntl', 'lockf'])
def locks(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Iterator[ByteLocks]:
    if request.param == 'fcntl' and not IS_KNOWN:
        pytest.skip('the struct flock of this system is not known')
    file = os.open(tmp_path / 'file', os.O_RDWR | os.O_CREAT)
    made = ByteLocks(file, 4)
    if request.param == 'lockf':
        made._fcntl = None
    yield made
    os.close(file)


@pytest.fixture
def holder(tmp_path: pathlib.Path, locks: ByteLocks) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds byte 2 until it is told something."""
    with subprocess.Popen(
        [sys.executable, '-c', HOLD, str(tmp_path / 'file')],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == b'taken\n'
        yield process
        process.kill()


def taker(locks: ByteLocks, byte: int) -> threading.Thread:
    thread = threading.Thread(target=lambda: (locks.take(byte), locks.leave(byte)), daemon=True)
    thread.start()
    return thread


class TestByteLocks:
    def test_the_other_bytes_are_free(self, locks, holder):
        thread = taker(locks, 1)
        thread.join(5)
        assert not thread.is_alive()

    def test_a_held_byte_is_waited_for_and_this_process_goes_on_meanwhile(self, locks, holder):
        thread = taker(locks, 2)
        thread.join(0.3)
        assert thread.is_alive()
        holder.stdin.write(b'now\n')
        holder.stdin.flush()
        thread.join(5)
        assert not thread.is_alive()

    def test_who_is_killed_holds_nothing(self, locks, holder):
        holder.kill()
        holder.wait()
        began = time.monotonic()
        locks.take(2)
        assert time.monotonic() - began < 5

    def test_what_is_left_may_be_taken_elsewhere(self, locks, tmp_path):
        locks.take(2)
        locks.leave(2)
        with subprocess.Popen(
            [sys.executable, '-c', HOLD, str(tmp_path / 'file')],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.communicate(b'now\n', timeout=20)[0] == b'taken\n'
