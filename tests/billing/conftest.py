"""Every test of billing happens on 2026-11-20, and leaves books that hold together."""

from collections.abc import Iterator

import pytest

from karvo.cli import check
from tests import paper
from tests.conftest import Api
from tests.days import stand_still


@pytest.fixture
def shop(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A company with a letterhead and a customer, whose books are checked after the test."""
    stand_still(monkeypatch, '2026-11-20')
    yield paper.furnished(api)
    assert api.difference() == 0
    with api.company():
        assert check.problems() == []
