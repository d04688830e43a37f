"""The code's figures, beside the house's limits: how long functions and files are.

A function's length is its lines from `def` to the end of its body: the signature and the docstring
count, decorators do not. Nested functions count for themselves and within the one around them.
A file's length is all its lines.
"""

import argparse
import ast
import json
import math
import pathlib
import statistics
import sys
import typing
from collections.abc import Iterable, Iterator

SOURCES = ('karvo', 'plugins', 'tenants', 'wsgi.py')
MEDIAN, P90, FUNCTION, FILE = 8, 30, 60, 400  #: stops; the aims are 10 and 200


class Figures(typing.NamedTuple):
    """Lengths are lines; places read `path:line name`."""

    files: int
    functions: int
    median: float
    p90: int
    longest: int
    long_functions: dict[str, int]
    long_files: dict[str, int]
    local_imports: list[str]


def measure(root: pathlib.Path) -> Figures:
    """Figures of all the project's Python under the root; scripts and tests are left out."""
    trees = {path: ast.parse(path.read_text(encoding='utf-8')) for path in _python_files(root)}
    functions = dict(_functions(root, trees.items()))
    lengths = sorted(functions.values()) or [0]
    files = {str(path.relative_to(root)): _line_count(path) for path in trees}
    return Figures(
        files=len(files),
        functions=len(functions),
        median=statistics.median(lengths),
        p90=lengths[math.ceil(len(lengths) * 0.9) - 1],
        longest=lengths[-1],
        long_functions={name: n for name, n in functions.items() if n > FUNCTION},
        long_files={name: n for name, n in files.items() if n > FILE},
        local_imports=sorted(
            f'{path.relative_to(root)}:{line}'
            for path, tree in trees.items()
            for line in _local_imports(tree)
        ),
    )


def breaches(figures: Figures) -> list[str]:
    """What is over a stop, one line each."""
    found = []
    if figures.median > MEDIAN:
        found.append(f'the median function has {figures.median:g} lines, over {MEDIAN}')
    if figures.p90 > P90:
        found.append(f'one function in ten has {figures.p90} lines or more, over {P90}')
    for name, lines in (figures.long_functions | figures.long_files).items():
        found.append(f'{name} has {lines} lines')
    found += [f'{place} imports inside a function' for place in figures.local_imports]
    return found


def _python_files(root: pathlib.Path) -> Iterator[pathlib.Path]:
    for name in SOURCES:
        path = root / name
        yield from [path] if path.is_file() else sorted(path.rglob('*.py'))


def _functions(
    root: pathlib.Path, trees: Iterable[tuple[pathlib.Path, ast.Module]]
) -> Iterator[tuple[str, int]]:
    for path, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                place = f'{path.relative_to(root)}:{node.lineno} {node.name}'
                yield place, (node.end_lineno or node.lineno) - node.lineno + 1


def _line_count(path: pathlib.Path) -> int:
    return len(path.read_text(encoding='utf-8').splitlines())


def _local_imports(tree: ast.Module) -> set[int]:
    """Lines of imports inside functions. Those under `if TYPE_CHECKING` never run."""
    never = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and 'TYPE_CHECKING' in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    return {
        inner.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom) and id(inner) not in never
    }


def report(figures: Figures) -> str:
    """The figures as text, each beside its stop."""
    lines = [
        f'{figures.functions} functions in {figures.files} files ({", ".join(SOURCES)}),'
        ' lines from def to the end',
        f'median  {figures.median:>5g}   (stop {MEDIAN})',
        f'p90     {figures.p90:>5}   (stop {P90})',
        f'longest {figures.longest:>5}   (stop {FUNCTION})',
        f'functions over {FUNCTION}: {len(figures.long_functions)}',
        *(f'  {name}: {n}' for name, n in figures.long_functions.items()),
        f'files over {FILE}: {len(figures.long_files)}',
        *(f'  {name}: {n}' for name, n in figures.long_files.items()),
        f'imports inside functions: {len(figures.local_imports)}',
        *(f'  {place}' for place in figures.local_imports),
    ]
    return '\n'.join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 1 when `--check` finds a figure over its stop, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--check', action='store_true', help='exit 1 when a stop is passed')
    parser.add_argument('--json', action='store_true', help='one JSON object')
    parser.add_argument('--root', type=pathlib.Path, default=pathlib.Path(__file__).parents[1])
    options = parser.parse_args(arguments)
    figures = measure(options.root.resolve())
    print(json.dumps(figures._asdict()) if options.json else report(figures))
    over = breaches(figures) if options.check else []
    for line in over:
        print(f'over the stop: {line}', file=sys.stderr)
    return 1 if over else 0


if __name__ == '__main__':
    sys.exit(main())
