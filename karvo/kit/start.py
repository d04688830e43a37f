"""How a process begins that lives long."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """What is made inside stays: modules, classes, routes. The garbage collector looks for nothing
    among it, which is a quarter of the time that starting takes, nor does it ever afterwards.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
