"""Every test of shipments leaves books and stock that agree."""

from collections.abc import Iterator

import pytest

from karvo.cli import check
from tests.conftest import Api
from tests.shipping import stock_up


@pytest.fixture
def shop(api: Api) -> Iterator[Api]:
    """A company with some stock."""
    stock_up(api)
    yield api
    assert api.difference() == 0
    with api.company():
        assert check.problems() == []
