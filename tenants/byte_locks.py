"""Locks on single bytes of a file, between processes. The kernel frees those of one that dies.

`fcntl.lockf` lets the other threads run around each call. Under load a lock is then kept until its
thread has its turn again, milliseconds for what takes microseconds, and the other processes queue
up behind it. Where the system's `struct flock` is known the calls are made without that; they wait
for nobody, and only a lock that somebody else holds is waited for in Python's way. The file lies on
a disk of this machine: over a network such a call would stop the whole process.
"""

import ctypes
import errno
import fcntl
import struct
import sys
import time
import typing


class _Flock(ctypes.Structure):
    """`struct flock` of 64-bit Linux."""

    _fields_ = (
        ('l_type', ctypes.c_short),
        ('l_whence', ctypes.c_short),
        ('l_start', ctypes.c_int64),
        ('l_len', ctypes.c_int64),
        ('l_pid', ctypes.c_int),
    )


IS_KNOWN = sys.platform == 'linux' and struct.calcsize('P') == 8


class ByteLocks:
    """Bytes 0 to `count` − 1 of an open file. A thread holds one at a time, and no two threads of
    a process want the same one: their own lock is around it.
    """

    def __init__(self, file: int, count: int) -> None:
        self._file = file
        self._taking = [_Flock(fcntl.F_WRLCK, 0, byte, 1, 0) for byte in range(count)]
        self._leaving = [_Flock(fcntl.F_UNLCK, 0, byte, 1, 0) for byte in range(count)]
        # PyDLL: called with the interpreter's lock held, unlike CDLL.
        self._fcntl: typing.Any = ctypes.PyDLL(None).fcntl if IS_KNOWN else None

    def take(self, byte: int) -> None:
        """Waits for the process that holds it."""
        if self._fcntl and not self._set(self._taking[byte]):
            return
        # The kernel sees processes, not their threads, so under load it takes two bytes held by
        # different threads for a deadlock; there is none, a thread never holds two.
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX, 1, byte)
            except OSError as error:
                if error.errno != errno.EDEADLK:
                    raise
                time.sleep(0.0005)
            else:
                return

    def leave(self, byte: int) -> None:
        """Somebody else may have it."""
        if not self._fcntl or self._set(self._leaving[byte]):
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)

    def _set(self, asked: _Flock) -> int:
        """0 for done."""
        done: int = self._fcntl(self._file, fcntl.F_SETLK, ctypes.byref(asked))
        return done
