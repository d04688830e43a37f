"""Reading only: transactions that cannot write, whose statements are bounded or see one moment."""

import contextlib
from collections.abc import Iterator

import psycopg

from karvo.kit.db import database
from karvo.kit.errors import Unavailable


class TookTooLong(Unavailable):
    """A statement was cancelled: it was still running when its time was over."""

    code = 'erp_took_too_long'


@contextlib.contextmanager
def reading(milliseconds: int) -> Iterator[None]:
    """`with reading(3000):` whatever is tried inside, no row of the company changes.

    The settings are the transaction's own and come with its BEGIN: what is asked here is asked
    once, so it is planned for its own values. Raises TookTooLong.
    """
    own = f'SET LOCAL statement_timeout = {milliseconds:d}; SET LOCAL plan_cache_mode = auto'
    try:
        with database.transaction(f'BEGIN READ ONLY; {own}'):
            yield
    except psycopg.errors.QueryCanceled as error:
        raise TookTooLong('the question took too long to answer') from error


@contextlib.contextmanager
def one_moment() -> Iterator[None]:
    """`with one_moment():` all statements inside see what was committed when the first began.

    For sums that must agree with each other while others go on writing.
    """
    with database.transaction('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY'):
        yield
