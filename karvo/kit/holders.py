"""Which living processes hold a shared thing: a JSON list in a file, read and written under flock.

A process is known by its id and the moment it began, so that a reused id is not mistaken for it.
"""

import contextlib
import fcntl
import os
import pathlib
from collections.abc import Iterator

import msgspec
import psutil


class Holder(msgspec.Struct, frozen=True):
    pid: int
    #: opaque, only ever compared: see `birth`
    started: int


def birth(pid: int) -> int | None:
    """When this process began, None when it is gone (a zombie is gone)."""
    try:
        if psutil.LINUX:
            return _birth_in_ticks(pid)
        return round(psutil.Process(pid).create_time())
    except (OSError, psutil.Error):
        return None


def _birth_in_ticks(pid: int) -> int | None:
    # Ticks since boot, unlike a time of day, do not move when the clock is set.
    stat = pathlib.Path(f'/proc/{pid}/stat').read_text()
    state, *fields = stat[stat.rindex(')') + 1 :].split()
    return None if state in 'ZX' else int(fields[18])


def open_lock(path: pathlib.Path) -> int:
    """A descriptor of the file, made when absent, for flock; children do not inherit it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if os.geteuid() == 0:
        # Root looking in once must not shut out the user whose data folder this is.
        folder = path.parent.stat()
        os.fchown(descriptor, folder.st_uid, folder.st_gid)
    return descriptor


class Holders:
    """The list while its lock is held; made by `locked`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def living(self) -> list[Holder]:
        return [holder for holder in self._read() if birth(holder.pid) == holder.started]

    def add_self(self) -> None:
        self._write([*self.living(), _self()])

    def remove_self(self) -> None:
        """Takes one entry of this process away; it may hold the thing several times."""
        holders = self.living()
        if _self() in holders:
            holders.remove(_self())
        self._write(holders)

    def _read(self) -> list[Holder]:
        size = os.fstat(self._descriptor).st_size
        text = os.pread(self._descriptor, size, 0)
        try:
            return msgspec.json.decode(text, type=list[Holder])
        except msgspec.DecodeError:
            return []  # new, or spoilt by hand: nobody can be told from it

    def _write(self, holders: list[Holder]) -> None:
        # One write, padded over what was there: a kill in between leaves no half list.
        size = os.fstat(self._descriptor).st_size
        os.pwrite(self._descriptor, msgspec.json.encode(holders).ljust(size), 0)


def _self() -> Holder:
    pid = os.getpid()
    return Holder(pid=pid, started=birth(pid) or 0)


@contextlib.contextmanager
def locked(path: pathlib.Path) -> Iterator[Holders]:
    """The holders listed in this file, nobody else reading or writing them meanwhile."""
    descriptor = open_lock(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield Holders(descriptor)
    finally:
        os.close(descriptor)
