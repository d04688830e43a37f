"""`karvo role …`: the process of a role without HTTP, as `karvo serve` starts it."""

import os
import signal
import sys
import types
from collections.abc import Callable

import click

from karvo.app import carriers, handlers, jobs, platform_carriers, platform_jobs
from karvo.cli.database import close_connections, open_database
from karvo.kit import log
from karvo.kit.structs import make_ready
from tenants.listening import listen
from tenants.runs import LEASE
from tenants.scheduler import TICK, Scheduler
from tenants.worker import Worker

ready_option = click.option('--ready', type=int, help='Descriptor to close once ready.')


@click.group(hidden=True)
def role() -> None:
    """One process of a role; `karvo serve --only worker,scheduler` watches over them."""


@role.command()
@click.option('--threads', default=4, show_default=True, type=click.IntRange(1, 64))
@ready_option
def worker(threads: int, ready: int | None) -> None:
    """Carry what requests left behind."""
    one = Worker(handlers, carriers, platform_carriers, threads=threads)
    listen(one.news)
    _live(one.run, one.stop, ready)


@role.command()
@click.option('--lease', default=LEASE, show_default=True, type=click.FloatRange(0.3), help='s.')
@click.option('--tick', default=TICK, show_default=True, type=click.FloatRange(0.1), help='s.')
@ready_option
def scheduler(lease: float, tick: float, ready: int | None) -> None:
    """Do jobs by the clock, while no other does."""
    one = Scheduler(jobs, platform_jobs, lease=lease, tick=tick)
    _live(one.run, one.stop, ready)


def _live(
    run: Callable[[Callable[[], None]], None], stop: Callable[[], None], ready: int | None
) -> None:
    """Until SIGTERM or SIGINT. What then still runs is undone by the database."""

    def end(_number: int, _frame: types.FrameType | None) -> None:
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    log.configure()
    make_ready()
    with open_database():
        run(lambda: _say_ready(ready))
        close_connections()
        sys.stdout.flush()
        sys.stderr.flush()
        # Threads that wait for a stranger (a mail server) would hold the process up for as long.
        os._exit(0)


def _say_ready(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)


commands = [role]
