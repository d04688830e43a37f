"""Processes that a supervisor starts together."""

import os
import signal
import sys
import time
from collections.abc import Iterator

import click
import pytest

from karvo.cli.children import Children

SLOW = 'import os, sys, time; time.sleep(1); os.close(int(sys.argv[-1])); time.sleep(60)'
ENDS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
DEAD = 'import sys; sys.exit(3)'


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """A supervisor ends with its children, and hears no signal meanwhile; this process goes on."""
    known = {number: signal.getsignal(number) for number in ENDS}
    yield
    for number, handler in known.items():
        signal.signal(number, handler)


def command(script: str) -> list[str]:
    return [sys.executable, '-c', script]


class TestStarting:
    def test_one_that_says_so_is_ready(self) -> None:
        with Children(dict(os.environ)) as children:
            began = time.monotonic()
            children.wait_ready(children.start_ready('slow', command(SLOW)), 20)
            assert time.monotonic() - began >= 1
            children.check()

    def test_one_that_dies_is_not_ready_nor_started_again(self) -> None:
        with Children(dict(os.environ)) as children:
            starting = children.start_ready('dead', command(DEAD))
            with pytest.raises(click.ClickException, match='the dead process ended by itself'):
                children.wait_ready(starting, 20)

    def test_nor_is_it_while_another_is_waited_for(self) -> None:
        with Children(dict(os.environ)) as children:
            children.start_ready('dead', command(DEAD))
            with pytest.raises(click.ClickException, match='the dead process ended by itself'):
                children.wait_ready(children.start_ready('slow', command(SLOW)), 20)
