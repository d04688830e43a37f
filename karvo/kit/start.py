"""How a process begins that lives long."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """What is made inside stays: modules, classes, routes. The garbage collector looks for nothing
    among it, neither now, which would take longer, nor ever afterwards (decision 26).
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
