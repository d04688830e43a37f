"""A business date that stands still, so that due dates and reports do not depend on the day."""

import datetime as dt

import msgspec
import pytest

from karvo.config import config


def stand_still(monkeypatch: pytest.MonkeyPatch, today: str) -> None:
    """Until the end of the test, every company's today is `today` (2026-11-20)."""
    still = msgspec.structs.replace(config, today=dt.date.fromisoformat(today))
    for module in ('karvo.kit.clock', 'karvo.settings.reads'):
        monkeypatch.setattr(f'{module}.config', still)
