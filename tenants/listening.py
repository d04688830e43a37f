"""Hears of news at once, over a connection of its own; where there is none, polling remains."""

import threading
import time
from collections.abc import Callable

import psycopg

from karvo.config import BadConfig, config
from karvo.kit.db import connect, ddl_url_of
from tenants.wake import CHANNEL

AGAIN = 1.0  #: seconds until the next try where the database is down
TURN = 60.0  #: seconds after which a silent connection is asked whether it lives


def listen(news: Callable[[], None]) -> None:
    """Call `news` whenever anybody woke the workers, from a thread that ends with the process.

    Past any pooler, since those pass on no notices; without a direct connection nobody listens.
    """
    if config.is_pooled and not config.database_ddl_url:
        return
    threading.Thread(target=_listen_forever, args=(news,), daemon=True, name='listen').start()


def _listen_forever(news: Callable[[], None]) -> None:
    while True:
        try:
            _listen(news)
        except (psycopg.Error, BadConfig, OSError):
            time.sleep(AGAIN)


def _listen(news: Callable[[], None]) -> None:
    with connect(ddl_url_of('main')) as connection:
        connection.execute(f'LISTEN {CHANNEL}')
        news()  # whatever was said before somebody listened
        while True:
            for _ in connection.notifies(timeout=TURN):
                news()
            connection.execute('SELECT 1')
