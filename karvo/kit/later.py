"""What requests leave to a thread of their process: done a moment later, at once for all of them.

It costs the request nothing but a look, and what waits is in memory only: a process that is killed
takes it along.
"""

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Callable

from karvo.kit.log import log

PATIENCE = 10.0  #: seconds that one waits for another who is at it, should that one hang


class Later:
    """Work that is asked for again and again. What there is to do, its owner keeps: he puts it
    down first, then asks.

    `work` says whether it could do it. Where not, and where it raises, it is tried again after so
    many seconds: its owner must have kept what there is to do. It is never done twice at the same
    time.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[], bool],
        *,
        gather: float,
        rest: float = 0.0,
        again: float = 1.0,
    ) -> None:
        """Seconds: `gather` from the first who asks until it is done, `rest` at least from then to
        the next time, `again` after it failed.
        """
        self._name, self._work = name, work
        self._gather, self._rest, self._again = gather, rest, again
        self._begin_anew()
        os.register_at_fork(after_in_child=self._begin_anew)

    def _begin_anew(self) -> None:
        """A process has none of the threads of the one that it is a copy of."""
        self._starting, self.doing = threading.Lock(), threading.Lock()
        self._woken = threading.Event()
        self._is_asked = self._is_awake = self._is_begun = False

    def ask(self) -> None:
        """Have it done soon. Who waits for nothing is woken; who is at it looks again anyway, so
        that a busy process wakes nobody.
        """
        self._is_asked = True
        if not self._is_awake and self._begin():
            self._is_awake = True
            self._woken.set()

    def _begin(self) -> bool:
        """This process's thread, the first time. False where there may be no more threads now."""
        with self._starting, contextlib.suppress(RuntimeError):
            if not self._is_begun:
                threading.Thread(target=self._go_on, daemon=True, name=self._name).start()
                atexit.register(self.flush)
                self._is_begun = True
            return True
        return False

    def flush(self) -> bool:
        """Do it now. False where that failed, or somebody else who is at it hangs. Raises what
        `work` does.
        """
        if not self.doing.acquire(timeout=PATIENCE):
            return False
        is_done = False
        try:
            self._is_asked = False  # who asks from now on may come too late for this time
            is_done = self._work()
        finally:
            self._is_asked = self._is_asked or not is_done
            self.doing.release()
        return is_done

    def _go_on(self) -> None:
        while self._woken.wait():
            self._woken.clear()
            self._do_all()
            self._is_awake = False
            if self._is_asked:  # by somebody who saw it awake
                self._woken.set()

    def _do_all(self) -> None:
        while self._is_asked:
            time.sleep(self._gather)
            while not self._tried():
                time.sleep(self._again)
            time.sleep(self._rest)

    def _tried(self) -> bool:
        try:
            return self.flush()
        except Exception:
            with contextlib.suppress(Exception):  # the log may be what failed
                log.exception('left undone', work=self._name)
            return False
