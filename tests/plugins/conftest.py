"""A company, and somebody who works in it: for the domain plugins' tests."""

from collections.abc import Iterator

import falcon
import pytest

from karvo.kit.actor import Actor, system_actor
from karvo.kit.db import current_place
from tests.conftest import Api, new_tenant, wide_key
from tests.recycled import recycle


@pytest.fixture
def actor(api: Api) -> Iterator[Actor]:
    """Julie, in the books of `api`, which are open while the test runs."""
    with api.company():
        yield system_actor('Julie', current_place())


@pytest.fixture(scope='module')
def shared(app: falcon.App) -> Iterator[Api]:
    """One company for all tests of a file that do not mind what the others left in it."""
    tenant = new_tenant()
    yield Api(app, tenant, wide_key(tenant))
    recycle(tenant)


@pytest.fixture
def clerk(shared: Api) -> Iterator[Actor]:
    """Luc, in the books of `shared`."""
    with shared.company():
        yield system_actor('Luc', current_place())
