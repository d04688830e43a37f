"""Quotes of 2026-11-20, in books that hold together afterwards."""

import contextlib
from collections.abc import Iterator

import falcon
import pytest

from karvo.cli import check
from tests.conftest import Api, new_tenant, wide_key
from tests.days import stand_still
from tests.plugins.sales.desk import Desk
from tests.recycled import recycle


@contextlib.contextmanager
def own_company(app: falcon.App) -> Iterator[Desk]:
    """A company of its own for several tests."""
    tenant = new_tenant()
    api = Api(app, tenant, wide_key(tenant))
    with pytest.MonkeyPatch.context() as patch:
        stand_still(patch, '2026-11-20')
        yield Desk(api)
    _check(api)
    recycle(tenant)


@pytest.fixture(scope='module')
def desk(app: falcon.App) -> Iterator[Desk]:
    """One company for tests that leave nothing that others would trip over."""
    with own_company(app) as desk:
        yield desk


@pytest.fixture
def fresh(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A company without any quote."""
    stand_still(monkeypatch, '2026-11-20')
    yield Desk(api)
    _check(api)


def _check(api: Api) -> None:
    assert api.difference() == 0
    with api.company():
        assert check.problems() == []
