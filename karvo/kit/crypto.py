"""Secrets at rest. The first key of KARVO_SECRET_KEY encrypts, all of them decrypt (rotation)."""

import base64
import functools
import hashlib
import os
import pathlib
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from karvo.config import BadConfig, config

WEAK = {'changeme', 'change-me', 'secret', 'default', 'password', 'karvo'}
SHORTEST = 16


def encrypt(data: bytes) -> bytes:
    return _fernet().encrypt(data)


def decrypt(token: bytes) -> bytes:
    """Raises BadConfig when none of the configured keys fits."""
    try:
        return _fernet().decrypt(token)
    except InvalidToken:
        raise BadConfig('KARVO_SECRET_KEY holds no key that decrypts stored secrets') from None


@functools.cache
def signing_keys(purpose: str) -> list[bytes]:
    """32 bytes for HMAC out of each configured key: the first signs, all of them verify."""
    return [hashlib.sha256(f'karvo {purpose}:{key}'.encode()).digest() for key in _keys()]


def rotate(token: bytes) -> bytes:
    """The same secret under the first key."""
    return _fernet().rotate(token)


def check_secret_key(text: str) -> None:
    """Refuses a key that anybody could guess; raises BadConfig."""
    for key in text.split(','):
        if key.strip().lower() in WEAK or len(key.strip()) < SHORTEST:
            raise BadConfig(
                f'KARVO_SECRET_KEY is too weak: use {SHORTEST} random characters or more, '
                'or unset it and one is generated into the data folder'
            )


@functools.cache
def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(_derive(key)) for key in _keys()])


@functools.cache
def _keys() -> list[str]:
    text = config.secret_key or stored_secret_key(config.data_dir)
    check_secret_key(text)
    return [key.strip() for key in text.split(',')]


def _derive(key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b'karvo secrets 1:' + key.encode()).digest())


def stored_secret_key(folder: pathlib.Path) -> str:
    """The data folder's own key, made at first use; two processes at once agree on one."""
    path = folder / 'secret-key'
    if not path.exists():
        _create_exclusively(path, secrets.token_urlsafe(48))
    return path.read_text().strip()


def _create_exclusively(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f'{path.name}.{os.getpid()}')
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        os.link(draft, path)  # atomic, and fails if another process was first
    except FileExistsError:
        pass
    finally:
        draft.unlink()
