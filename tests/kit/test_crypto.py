"""Secrets at rest: the first key encrypts, every key decrypts."""

import pytest

from karvo.config import BadConfig, config
from karvo.kit import crypto


def clear() -> None:
    """What is remembered of the installation's keys."""
    for known in (crypto._keys, crypto._fernet, crypto.signing_keys):
        known.cache_clear()


@pytest.fixture
def keyed(monkeypatch):
    """Set KARVO_SECRET_KEY for one test."""

    def use(text):
        clear()
        monkeypatch.setattr(crypto, 'config', type('C', (), {'secret_key': text})())

    yield use
    monkeypatch.undo()
    clear()


OLD, NEW = 'old-secret-of-16-or-more', 'new-secret-of-16-or-more'


class TestRotation:
    def test_a_new_first_key_still_reads_the_old(self, keyed):
        keyed(OLD)
        stored = crypto.encrypt(b'123 456 782')
        assert b'123' not in stored
        keyed(f'{NEW},{OLD}')
        assert crypto.decrypt(stored) == b'123 456 782'
        moved = crypto.rotate(stored)
        keyed(NEW)
        assert crypto.decrypt(moved) == b'123 456 782'
        with pytest.raises(BadConfig, match='no key that decrypts'):
            crypto.decrypt(stored)

    @pytest.mark.parametrize('weak', ['changeme', 'short', 'x' * 15, f'{OLD},secret'])
    def test_a_weak_key_is_refused(self, keyed, weak):
        keyed(weak)
        with pytest.raises(BadConfig, match='too weak'):
            crypto.encrypt(b'x')


class TestStoredKey:
    def test_made_once_and_private(self, tmp_path):
        first = crypto.stored_secret_key(tmp_path / 'data')
        assert crypto.stored_secret_key(tmp_path / 'data') == first
        assert (tmp_path / 'data' / 'secret-key').stat().st_mode & 0o077 == 0
        assert len(first) > 40
        assert config.secret_key == ''
