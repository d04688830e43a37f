"""A company with a customer in Québec, on 20 November 2026."""

import pytest

from tests.conftest import Api
from tests.days import stand_still


@pytest.fixture
def books(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    stand_still(monkeypatch, '2026-11-20')
    buyer = {'code': 'COTE', 'name': 'Épicerie Côté', 'province': 'QC', 'country': 'CA'}
    assert api.post('/customers', buyer).status_code == 201
    return api
