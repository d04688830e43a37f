"""Plugins: found, put in order, loaded. Which there are is nowhere in the code of the core.

A plugin is a package of a module's shape: `plugins/<name>` here, or one of an installed
distribution that names it in the entry point group `karvo.plugins`. Its `__init__.py` says what it
owns and `requires`; `models`, `dialect`, `routes` and `jobs` are loaded where it has them.
"""

import functools
import importlib
import importlib.metadata
import importlib.util
import pkgutil
import re
import types
import typing
from collections.abc import Iterable, Mapping

import msgspec

from karvo.config import BadConfig, config

BUILT_IN = 'plugins'
GROUP = 'karvo.plugins'
NAME = re.compile(r'[a-z][a-z0-9_]{0,29}')


class BadPlugin(BadConfig):
    """A plugin that cannot be loaded; the message names it and says why."""


class Plugin(msgspec.Struct, frozen=True, kw_only=True):
    """One that is installed. `version` is its distribution's, '' for those that come along;
    `problem` says why it cannot be loaded.
    """

    name: str
    package: str
    requires: tuple[str, ...] = ()
    summary: str = ''
    version: str = ''
    problem: str = ''

    def part(self, name: str) -> types.ModuleType | None:
        """Its module of that name (`models`, `routes`); None where it has none. Raises BadPlugin
        where it has one that cannot be imported.
        """
        whole = f'{self.package}.{name}'
        if self.problem or importlib.util.find_spec(whole) is None:
            return None
        return _imported(self.name, whole)


@functools.cache
def installed() -> dict[str, Plugin]:
    """All that could be loaded, by name. Raises BadPlugin for two of one name."""
    found: dict[str, Plugin] = {}
    for name, package, version in [*_built_in(), *_distributed()]:
        if name in found:
            raise BadPlugin(
                f'the plugin {name} is installed twice: {found[name].package}, {package}'
            )
        found[name] = _described(name, package, version)
    return found


def _built_in() -> Iterable[tuple[str, str, str]]:
    root = importlib.import_module(BUILT_IN)
    for module in sorted(pkgutil.iter_modules(root.__path__), key=lambda one: one.name):
        if module.ispkg:
            yield module.name, f'{BUILT_IN}.{module.name}', ''


def _distributed() -> Iterable[tuple[str, str, str]]:
    entries = importlib.metadata.entry_points(group=GROUP)
    for entry in sorted(entries, key=lambda one: one.name):
        yield entry.name, entry.value, entry.dist.version if entry.dist else ''


def _described(name: str, package: str, version: str) -> Plugin:
    """What it says of itself. A broken one is described too: it may be ruled out."""
    plugin = Plugin(name=name, package=package, version=version)
    try:
        if not NAME.fullmatch(name):
            raise BadPlugin(f'{name!r} is no name of a plugin: small letters, digits and _ only')
        module = _imported(name, package)
        requires = getattr(module, 'requires', ())
        if isinstance(requires, str):
            raise BadPlugin(f'the plugin {name}: `requires` must be a tuple of names')
    except BadPlugin as error:
        return msgspec.structs.replace(plugin, problem=str(error))
    text = (module.__doc__ or '').strip()
    return msgspec.structs.replace(plugin, requires=tuple(requires), summary=text.split('\n')[0])


def _imported(name: str, module: str) -> types.ModuleType:
    try:
        return importlib.import_module(module)
    except BadConfig:
        raise
    except Exception as error:  # somebody else's code: whatever it raises
        raise BadPlugin(f'the plugin {name} cannot be imported: {error!r}') from error


def ordered(known: Mapping[str, Plugin], names: Iterable[str] | None = None) -> list[Plugin]:
    """These and what they require, each after what it requires; all of them when None.

    Raises BadPlugin for a name that is not installed, and for those that require each other.
    """
    done: dict[str, Plugin] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = ' → '.join([*path[path.index(name) :], name])
            raise BadPlugin(f'plugins that require each other: {circle}')
        if name in done:
            return
        if name not in known:
            by = f', which {path[-1]} requires' if path else ''
            raise BadPlugin(f'there is no plugin {name}{by}; installed: {_list(known)}')
        if known[name].problem:
            raise BadPlugin(known[name].problem)
        for other in known[name].requires:
            visit(other, (*path, name))
        done[name] = known[name]

    for name in known if names is None else names:
        visit(name, ())
    return list(done.values())


def _list(names: Iterable[str]) -> str:
    return ', '.join(sorted(names)) or 'none'


def without(known: Mapping[str, Plugin], names: Iterable[str]) -> frozenset[str]:
    """What is off when these are: they, and whatever requires one of them."""
    off: set[str] = set()
    more = set(names)
    while more:
        off |= more
        more = {one.name for one in known.values() if off.intersection(one.requires)} - off
    return frozenset(off)


def chosen(known: Mapping[str, Plugin], asked: tuple[str, ...]) -> list[Plugin]:
    """What an installation loads, in order, of `KARVO_PLUGINS`: nothing said = all.

    `sales,karbon` = these and what they require; `-karbon` = all but this and what requires it.
    """
    wanted = [name for name in asked if not name.startswith('-')]
    unwanted = [name[1:] for name in asked if name.startswith('-')]
    for name in unwanted:
        if name not in known:
            raise BadPlugin(f'there is no plugin {name}; installed: {_list(known)}')
    off = without(known, unwanted)
    if not wanted:
        return ordered(known, [name for name in known if name not in off])
    plugins = ordered(known, wanted)
    if clash := [plugin.name for plugin in plugins if plugin.name in off]:
        raise BadPlugin(f'KARVO_PLUGINS asks for {_list(clash)} and rules it out')
    return plugins


@functools.cache
def active() -> list[Plugin]:
    """Those of this installation, each after what it requires. Raises BadPlugin."""
    return chosen(installed(), config.plugins)


def parts(name: str) -> Iterable[tuple[Plugin, types.ModuleType]]:
    """The modules of that name that active plugins have, in order."""
    for plugin in active():
        module = plugin.part(name)
        if module is not None:
            yield plugin, module


@functools.cache
def off_for(names: tuple[str, ...]) -> frozenset[str]:
    """What a tenant who has these switched off does without. Names that are gone do not count."""
    known = installed()
    return without(known, [name for name in names if name in known])


def gathered(name: str, member: str) -> Iterable[tuple[Plugin, typing.Any]]:
    """What the active plugins' modules of that name hold under `member`, where they hold it."""
    for plugin, module in parts(name):
        if hasattr(module, member):
            yield plugin, getattr(module, member)
