"""The project's own rules, which no linter knows. Prints `path:line: rule: message`, exit 1 if any.

A finding is allowed by a comment on one of its lines, or alone on the line above:
`# lint: allow <rule> - reason`. For findings about a whole file: anywhere in its first five lines.
"""

import argparse
import ast
import io
import pathlib
import re
import sys
import tokenize
import typing
from collections.abc import Callable, Iterable, Iterator

PACKAGES = ('karvo', 'plugins', 'tenants')
SKIP = re.compile(r'#\s*lint:\s*allow\s+(?P<rule>\S+)(?:\s+-\s+(?P<reason>\S.*))?')
HEAD = 5  #: lines of a file in which a skip for the whole file may stand
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Finding(typing.NamedTuple):
    """Lines first to last of the file hold it; 0 to 0 is the file as a whole."""

    rule: str
    first: int
    last: int
    message: str


class File:
    """A Python file, parsed once for all rules."""

    def __init__(self, root: pathlib.Path, path: pathlib.Path) -> None:
        self.path = path.relative_to(root)
        self.text = path.read_text(encoding='utf-8')
        self.tree = ast.parse(self.text, str(path))
        self.nodes = list(ast.walk(self.tree))
        self.functions = [node for node in self.nodes if isinstance(node, FUNCTIONS)]

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and the name without its suffix: ('karvo', 'kit', 'clock')."""
        return self.path.with_suffix('').parts


Rule = Callable[[File], Iterator[tuple[ast.AST | None, str]]]
RULES: dict[str, tuple[Rule, tuple[str, ...]]] = {}


def rule(name: str, *folders: str) -> Callable[[Rule], Rule]:
    """Registers a rule for files under these folders, or these files."""

    def register(check: Rule) -> Rule:
        RULES[name] = (check, folders)
        return check

    return register


# Writes ---------------------------------------------------------------------------------------

WRITERS = {'operations', 'jobs', 'migrations', 'kit', 'cli', '__main__'}
CLASS_WRITES = {
    'create', 'get_or_create', 'update', 'delete', 'bulk_create', 'bulk_update', 'replace_many',
    'insert', 'insert_many', 'insert_from', 'delete_by_id', 'set_by_id',
}  # fmt: skip
ROW_WRITES = {'save', 'delete_instance'}
SQL_WRITE = re.compile(
    r'(^|\bAS\s*\()\s*(INSERT\s+INTO\s|DELETE\s+FROM\s|UPDATE\s+(ONLY\s+)?\S+\s+(AS\s+)?(\w+\s+)?SET\s)',
    re.IGNORECASE,
)


@rule('writes-only-in-operations', *PACKAGES)
def writes_only_in_operations(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """Rows change, and units of work open, where a reader looks for it."""
    if _may_write(file.parts):
        return
    foreign = _foreign_names(file)
    for node in file.nodes:
        if isinstance(node, ast.Call) and (name := _write(node, foreign)):
            yield node, f'{name}(...) belongs in operations'
    for text_node, text in _texts(file):
        if found := SQL_WRITE.search(text):
            yield text_node, f'{found[2].split()[0].upper()} in SQL belongs in operations'


def _may_write(parts: tuple[str, ...]) -> bool:
    """In `tenants` the verbs are files by subject (decision 0006); its edges still may not."""
    if parts[0] == 'tenants':
        return not {'routes', 'reads', 'models', 'middleware'} & set(parts)
    return any(part in WRITERS or part.startswith(('operations_', 'seed')) for part in parts)


def _write(call: ast.Call, foreign: set[str]) -> str:
    """The name of what is called if that writes rows or opens a unit of work; else ''."""
    name = _last_name(call.func)
    if name == 'atomic':
        return name
    if not isinstance(call.func, ast.Attribute):
        return ''
    receiver = call.func.value
    is_model = _last_name(receiver)[:1].isupper() or _last_name(receiver) == 'cls'
    if name in CLASS_WRITES and is_model and _first_name(receiver) not in foreign:
        return f'{_last_name(receiver)}.{name}'
    return f'.{name}' if name in ROW_WRITES and _first_name(receiver) not in foreign else ''


def _foreign_names(file: File) -> set[str]:
    """Names that this file imports from outside the project: `stripe.Customer` is no table."""
    names = set()
    for node in file.nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            if (node.module or '').split('.')[0] not in PACKAGES:
                names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            outside = [alias for alias in node.names if alias.name.split('.')[0] not in PACKAGES]
            names |= {alias.asname or alias.name.split('.')[0] for alias in outside}
        elif isinstance(node, ast.Assign) and _is_lazy(node.value):
            names |= {_last_name(target) for target in node.targets}
    return names


def _is_lazy(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and _last_name(node.func) == 'lazy'


def _texts(file: File) -> Iterator[tuple[ast.AST, str]]:
    """String constants that are no docstrings; an f-string is one, its holes read `x`."""
    inside = {id(part) for node in file.nodes if isinstance(node, ast.JoinedStr)
              for part in node.values}  # fmt: skip
    docs = {id(node.value) for node in file.nodes if isinstance(node, ast.Expr)}
    for node in file.nodes:
        if id(node) in docs or id(node) in inside:
            continue
        if isinstance(node, ast.JoinedStr):
            yield node, ''.join(_text(part) or 'x' for part in node.values)
        elif text := _text(node):
            yield node, text


def _text(node: ast.AST) -> str:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text else ''  # type: ignore[attr-defined]


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ''


def _first_name(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.value if isinstance(node, ast.Attribute) else node.func
    return _last_name(node)


# Imports, money, dates ------------------------------------------------------------------------


@rule('no-local-import', *PACKAGES, 'scripts', 'tests', 'wsgi.py')
def no_local_import(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """An import inside a function hides an edge of the import graph, usually a cycle."""
    for node in local_imports(file.functions):
        yield node, 'import at the top of the file'


def local_imports(functions: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Each import below one of these functions once; those under TYPE_CHECKING do not count."""
    seen: set[int] = set()
    for function in functions:
        waiting = list(ast.iter_child_nodes(function))
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.If) and _last_name(node.test) == 'TYPE_CHECKING':
                waiting += node.orelse
                continue
            if isinstance(node, ast.Import | ast.ImportFrom) and id(node) not in seen:
                seen.add(id(node))
                yield node
            waiting += ast.iter_child_nodes(node)


MONEY = (
    'ledger',
    'taxes',
    'invoices',
    'billing',
    'customers',
    'products',
    'pricing',
    'payroll',
    'payfiles',
)


@rule('no-float-money', *(f'karvo/{name}' for name in MONEY))
def no_float_money(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """Amounts are Decimal end to end."""
    for node in file.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == 'float':
                yield node, 'float(...) beside money: use Decimal'
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node, f'the literal {node.value} is a float: use Decimal'


@rule('no-date-today', *PACKAGES, 'wsgi.py')
def no_date_today(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """The business clock can stand still and has a time zone; only kit.clock asks Python's."""
    if file.parts == ('karvo', 'kit', 'clock'):
        return
    names = {'date', 'datetime'} | {
        alias.asname
        for node in file.nodes
        if isinstance(node, ast.ImportFrom) and node.module == 'datetime'
        for alias in node.names
        if alias.asname and alias.name in ('date', 'datetime')
    }
    for node in file.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ('today', 'now', 'utcnow'):
            if _last_name(node.value) in names:
                yield node, f'{_last_name(node.value)}.{node.attr}: ask karvo.kit.clock'


# Annotations, docstrings, names ---------------------------------------------------------------


@rule('annotated-public', *PACKAGES)
def annotated_public(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """Public functions of modules and public methods say all their types."""
    for function, is_method in _public(file.tree, is_class=False):
        missing = list(_unannotated(function, is_method))
        if missing:
            yield _signature(function), f'{function.name} lacks types: {", ".join(missing)}'


def _public(
    owner: ast.Module | ast.ClassDef, is_class: bool, is_hidden: bool = False
) -> Iterator[tuple[Function, bool]]:
    """(function, is a method); in a private class only Falcon's responders."""
    for node in owner.body:
        if isinstance(node, ast.ClassDef):
            yield from _public(node, True, is_hidden or node.name.startswith('_'))
        elif isinstance(node, FUNCTIONS) and not node.name.startswith('_'):
            if not is_hidden or node.name.startswith('on_'):
                yield node, is_class


def _unannotated(function: Function, is_method: bool) -> Iterator[str]:
    arguments = function.args
    is_static = any(_last_name(node) == 'staticmethod' for node in function.decorator_list)
    named = [*arguments.posonlyargs, *arguments.args][1 if is_method and not is_static else 0 :]
    rest = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    for argument in [*named, *arguments.kwonlyargs, *rest]:
        if argument.annotation is None:
            yield argument.arg
    if function.returns is None:
        yield 'return'


def _signature(function: Function) -> ast.AST:
    """A node that spans the signature only, so that a skip in the body does not count."""
    last = max(function.lineno, function.body[0].lineno - 1)
    return ast.Pass(lineno=function.lineno, end_lineno=last)


@rule('pattern-ends', *PACKAGES)
def pattern_ends(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """`$` alone lets one line feed through at the end: no code, no currency ends in one."""
    for node, text in _patterns(file):
        if text.endswith('$') and not text.endswith(r'(?!\n)$'):
            yield node, r'end the pattern with (?!\n)$'


@rule('pattern-digits', *PACKAGES)
def pattern_digits(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """JSON Schema's digits are 0 to 9, Python's are every script's: say which are meant."""
    for node, text in _patterns(file):
        if r'\d' in text:
            yield node, r'write [0-9], not \d'


def _patterns(file: File) -> Iterator[tuple[ast.AST, str]]:
    """Texts given as a pattern, in place or under a name of this file."""
    given = [n.value for n in file.nodes if isinstance(n, ast.keyword) and n.arg == 'pattern']
    names = {node.id for node in given if isinstance(node, ast.Name)}
    for node in file.nodes:
        if isinstance(node, ast.Assign) and names & {_last_name(name) for name in node.targets}:
            given.append(node.value)
    for node in given:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


@rule('module-docstring', *PACKAGES, 'scripts', 'wsgi.py')
def module_docstring(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """Each file opens with what it owns."""
    if not ast.get_docstring(file.tree):
        yield None, 'open the file with one or two sentences of what it owns'


BANNED = {'manager', 'managers', 'helper', 'helpers', 'util', 'utils', 'service', 'services'}


@rule('no-banned-names', *PACKAGES, 'scripts', 'wsgi.py')
def no_banned_names(file: File) -> Iterator[tuple[ast.AST | None, str]]:
    """Names that say nothing attract everything."""
    for part in file.parts:
        if _words(part) & BANNED:
            yield None, f'{part!r} is no name for a file or folder: say what it holds'
    for function in file.functions:
        if _words(function.name) & BANNED:
            yield _signature(function), f'{function.name!r} does not say what the function does'
    for node in file.nodes:
        if isinstance(node, ast.ClassDef) and _words(node.name) & BANNED:
            yield ast.Pass(lineno=node.lineno, end_lineno=node.lineno), f'{node.name!r}: say what'


def _words(name: str) -> set[str]:
    """'TaxService' and 'tax_service' have the words tax and service."""
    return set(re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', name).lower().split('_'))


# Decisions ------------------------------------------------------------------------------------


def decisions_numbered(root: pathlib.Path) -> Iterator[tuple[pathlib.Path, str]]:
    """karvo/decisions/NNNN-title.md, counted from 0001 without a gap or a number twice."""
    due = 1
    for path in sorted((root / 'karvo' / 'decisions').glob('*.md')):
        found = re.fullmatch(r'(\d{4})-[a-z0-9-]+\.md', path.name)
        if not found:
            yield path.relative_to(root), 'a decision is named NNNN-words-with-hyphens.md'
            continue
        if int(found[1]) != due:
            yield path.relative_to(root), f'the next decision is {due:04}'
        due = int(found[1]) + 1


# Skips and output -----------------------------------------------------------------------------


class Skips:
    """The skip comments of one file, and which of them were of use."""

    def __init__(self, comments: Iterable[tuple[int, str, bool]]) -> None:
        found = [(line, SKIP.search(text), alone) for line, text, alone in comments]
        self.all = [(line, skip, alone) for line, skip, alone in found if skip]
        self.used: set[int] = set()

    def allow(self, finding: Finding) -> bool:
        lines = [
            line
            for line, skip, alone in self.all
            if skip['rule'] == finding.rule and skip['reason'] and _covers(finding, line, alone)
        ]
        self.used.update(lines)
        return bool(lines)

    def findings(self) -> Iterator[Finding]:
        """Comments that allow nothing: misspelt, unexplained or left over."""
        for line, skip, _ in self.all:
            if not skip['reason']:
                yield Finding('skip-comment', line, line, 'say why: `- reason`')
            elif line not in self.used:
                yield Finding('skip-comment', line, line, f'nothing here breaks {skip["rule"]}')


def _covers(finding: Finding, line: int, alone: bool) -> bool:
    if not finding.first:
        return line <= HEAD
    return finding.first <= line <= finding.last or (alone and line == finding.first - 1)


def _comments(text: str) -> Iterator[tuple[int, str, bool]]:
    """(line, comment, stands alone on its line); a `#` inside a string is no comment."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string, not token.line[: token.start[1]].strip()


def check_file(root: pathlib.Path, path: pathlib.Path) -> list[Finding]:
    """What one Python file breaks and does not explain."""
    try:
        file = File(root, path)
    except SyntaxError as error:
        return [Finding('syntax', error.lineno or 1, error.lineno or 1, error.msg)]
    skips = Skips(_comments(file.text))
    found = [finding for finding in _findings(file) if not skips.allow(finding)]
    return sorted([*found, *skips.findings()], key=lambda finding: finding.first)


def _findings(file: File) -> Iterator[Finding]:
    for name, (check, folders) in RULES.items():
        if any(file.path.is_relative_to(folder) for folder in folders):
            for node, message in check(file):
                first = getattr(node, 'lineno', 0)
                yield Finding(name, first, getattr(node, 'end_lineno', first), message)


def check_tree(root: pathlib.Path) -> list[str]:
    """Every finding in the tree, one line each."""
    lines = []
    for path in _python_files(root):
        name = path.relative_to(root)
        for found in check_file(root, path):
            lines.append(f'{name}:{max(1, found.first)}: {found.rule}: {found.message}')
    for name, message in decisions_numbered(root):
        finding = Finding('decisions-numbered', 0, 0, message)
        text = (root / name).read_text(encoding='utf-8').splitlines()[:HEAD]
        if not Skips((n, line, True) for n, line in enumerate(text, 1)).allow(finding):
            lines.append(f'{name}:1: {finding.rule}: {message}')
    return lines


def _python_files(root: pathlib.Path) -> list[pathlib.Path]:
    folders = [root / name for name in (*PACKAGES, 'scripts', 'tests')]
    files = [path for folder in folders for path in sorted(folder.rglob('*.py'))]
    return files + [path for path in [root / 'wsgi.py'] if path.exists()]


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 when nothing was found, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--root', type=pathlib.Path, default=pathlib.Path(__file__).parents[1])
    lines = check_tree(parser.parse_args(arguments).root.resolve())
    print('\n'.join(lines) or 'No finding.')
    return 1 if lines else 0


if __name__ == '__main__':
    sys.exit(main())
