"""A company, and somebody who works in it."""

from collections.abc import Iterator

import pytest

from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from tests.conftest import Api


@pytest.fixture
def actor(api: Api) -> Iterator[Actor]:
    """Julie, in the books of `api`, which are open while the test runs."""
    with api.company():
        yield system_actor('Julie', current_place())
