"""Each rule of scripts/lint.py is seen to break on a planted violation and to accept its skip."""

import pathlib

import pytest

from scripts import lint

DOC = '"""Owns it."""\n'

#: rule, file that breaks it, text in which {skip} stands where its comment may
PLANTED = [
    (
        'writes-only-in-operations',
        'karvo/invoices/models.py',
        DOC + 'def pay() -> None:\n    Invoice.create(number=1){skip}\n',
    ),
    (
        'no-local-import',
        'tenants/access.py',
        DOC + 'def pay() -> None:\n    import json{skip}\n',
    ),
    ('no-float-money', 'karvo/taxes/schemas.py', DOC + 'RATE = 0.05{skip}\n'),
    (
        'annotated-public',
        'plugins/crm/models.py',
        DOC + 'def pay(amount):{skip}\n    return amount\n',
    ),
    (
        'no-date-today',
        'karvo/invoices/compute.py',
        DOC + 'import datetime as dt\nTODAY = dt.date.today(){skip}\n',
    ),
    (
        'pattern-ends',
        'karvo/settings/schemas.py',
        DOC + "CODE = Meta(\n    pattern=r'^[A-Z]$'{skip}\n)\n",
    ),
    (
        'pattern-digits',
        'karvo/settings/schemas.py',
        DOC + "MONTH = r'^\\d\\d'{skip}\nCODE = Meta(pattern=MONTH)\n",
    ),
    ('module-docstring', 'karvo/invoices/models.py', 'A = 1\nB = 2{skip}\n'),
    (
        'no-banned-names',
        'karvo/invoices/models.py',
        DOC + 'def tax_helper() -> None:{skip}\n    pass\n',
    ),
    ('decisions-numbered', 'karvo/decisions/0002-late.md', '# Late {skip}\n'),
]


def plant(root: pathlib.Path, name: str, text: str) -> list[str]:
    """Findings of a tree that holds this one file."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return lint.check_tree(root)


def rules_broken(lines: list[str]) -> list[str]:
    return [line.split(': ')[1] for line in lines]


class TestEveryRule:
    def test_all_rules_are_planted(self) -> None:
        assert {rule for rule, _, _ in PLANTED} == {*lint.RULES, 'decisions-numbered'}

    @pytest.mark.parametrize(('rule', 'name', 'text'), PLANTED, ids=[row[0] for row in PLANTED])
    def test_breaks(self, tmp_path: pathlib.Path, rule: str, name: str, text: str) -> None:
        lines = plant(tmp_path, name, text.format(skip=''))
        assert rules_broken(lines) == [rule]
        assert lines[0].startswith(f'{name}:')

    @pytest.mark.parametrize(('rule', 'name', 'text'), PLANTED, ids=[row[0] for row in PLANTED])
    def test_accepts_its_skip(
        self, tmp_path: pathlib.Path, rule: str, name: str, text: str
    ) -> None:
        skip = f'  # lint: allow {rule} - the test says so'
        assert plant(tmp_path, name, text.format(skip=skip)) == []

    @pytest.mark.parametrize(('rule', 'name', 'text'), PLANTED, ids=[row[0] for row in PLANTED])
    def test_refuses_a_skip_without_a_reason(
        self, tmp_path: pathlib.Path, rule: str, name: str, text: str
    ) -> None:
        lines = plant(tmp_path, name, text.format(skip=f'  # lint: allow {rule}'))
        assert rule in rules_broken(lines)


class TestWrites:
    @pytest.mark.parametrize(
        'statement',
        [
            'Invoice.insert_many([]).execute()',
            'models.Invoice.update(a=1).execute()',
            'Invoice.delete().where(Invoice.id == 1)',
            'row.save()',
            'row.delete_instance()',
            'cls.create()',
            'with atomic(): pass',
            'with database.atomic(): pass',
            'database.run("INSERT INTO @invoice VALUES (1)")',
            'database.run("update @invoice i set a = 1")',
            'database.run(f"DELETE FROM {table}")',
            'database.run("WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x")',
        ],
    )
    def test_found(self, tmp_path: pathlib.Path, statement: str) -> None:
        lines = plant(tmp_path, 'karvo/invoices/routes.py', f'{DOC}{statement}\n')
        assert rules_broken(lines) == ['writes-only-in-operations']

    @pytest.mark.parametrize(
        'statement',
        [
            'known.update(a=1)',
            'digest.update(b"")',
            'names.insert(0, "a")',
            'text = "Update the number and set it"',
            'import stripe\nstripe.Customer.create(name="a")',
            'stripe = lazy("stripe")\nstripe.Customer.create(name="a")',
            'Invoice.select()',
        ],
    )
    def test_other_calls_pass(self, tmp_path: pathlib.Path, statement: str) -> None:
        assert plant(tmp_path, 'karvo/invoices/routes.py', f'{DOC}{statement}\n') == []

    @pytest.mark.parametrize(
        'name',
        [
            'karvo/invoices/operations.py',
            'karvo/invoices/operations/posting.py',
            'karvo/invoices/jobs.py',
            'karvo/invoices/migrations/0001_initial.py',
            'karvo/kit/numbering.py',
            'karvo/cli/imports.py',
            'tests/invoices/test_models.py',
        ],
    )
    def test_places_that_write(self, tmp_path: pathlib.Path, name: str) -> None:
        assert plant(tmp_path, name, DOC + 'Invoice.create()\n') == []


class TestOtherRules:
    def test_import_for_type_checking_only_passes(self, tmp_path: pathlib.Path) -> None:
        text = DOC + 'def f() -> None:\n    if TYPE_CHECKING:\n        import json\n'
        assert plant(tmp_path, 'karvo/app.py', text) == []

    def test_import_in_a_nested_function_is_found_once(self, tmp_path: pathlib.Path) -> None:
        text = DOC + 'def f() -> None:\n    def g() -> None:\n        import json\n'
        assert rules_broken(plant(tmp_path, 'karvo/app.py', text)) == ['no-local-import']

    def test_floats_away_from_money_pass(self, tmp_path: pathlib.Path) -> None:
        assert plant(tmp_path, 'karvo/kit/db.py', DOC + 'AGE = 0.5\n') == []

    def test_float_call_beside_money(self, tmp_path: pathlib.Path) -> None:
        lines = plant(tmp_path, 'karvo/ledger/compute.py', DOC + 'A = float("1")\n')
        assert rules_broken(lines) == ['no-float-money']

    def test_responder_of_a_private_class_is_annotated(self, tmp_path: pathlib.Path) -> None:
        text = DOC + 'class _Ping:\n    def on_get(self, req, *rest):\n        pass\n'
        [line] = plant(tmp_path, 'karvo/app.py', text)
        assert line == 'karvo/app.py:3: annotated-public: on_get lacks types: req, rest, return'

    def test_private_functions_and_self_need_no_annotation(self, tmp_path: pathlib.Path) -> None:
        text = (
            DOC + 'def _f(a):\n    pass\nclass A:\n    def b(self) -> None:\n        pass\n'
            '    @staticmethod\n    def c(d: int) -> int:\n        return d\n'
        )
        assert plant(tmp_path, 'karvo/app.py', text) == []

    @pytest.mark.parametrize(
        'call', ['datetime.now()', 'dt.datetime.utcnow()', 'day.today()', 'datetime.datetime.now']
    )
    def test_clocks_of_python(self, tmp_path: pathlib.Path, call: str) -> None:
        text = f'{DOC}from datetime import date as day\nNOW = {call}\n'
        assert rules_broken(plant(tmp_path, 'karvo/app.py', text)) == ['no-date-today']

    def test_the_clock_itself_may(self, tmp_path: pathlib.Path) -> None:
        assert plant(tmp_path, 'karvo/kit/clock.py', DOC + 'NOW = dt.datetime.now()\n') == []

    @pytest.mark.parametrize('name', ['karvo/kit/utils.py', 'plugins/tax_service/models.py'])
    def test_names_of_files(self, tmp_path: pathlib.Path, name: str) -> None:
        assert rules_broken(plant(tmp_path, name, DOC)) == ['no-banned-names']

    def test_class_name(self, tmp_path: pathlib.Path) -> None:
        lines = plant(tmp_path, 'karvo/app.py', DOC + 'class TaxManager:\n    pass\n')
        assert rules_broken(lines) == ['no-banned-names']

    def test_contextmanager_is_no_manager(self, tmp_path: pathlib.Path) -> None:
        text = DOC + 'def contextmanager() -> None:\n    pass\n'
        assert plant(tmp_path, 'karvo/app.py', text) == []

    def test_number_given_twice(self, tmp_path: pathlib.Path) -> None:
        plant(tmp_path, 'karvo/decisions/0001-one.md', '# One\n')
        lines = plant(tmp_path, 'karvo/decisions/0001-two.md', '# Two\n')
        assert lines == [
            'karvo/decisions/0001-two.md:1: decisions-numbered: the next decision is 0002'
        ]

    def test_syntax_error_is_a_finding(self, tmp_path: pathlib.Path) -> None:
        assert rules_broken(plant(tmp_path, 'karvo/app.py', 'def\n')) == ['syntax']


class TestSkips:
    def test_on_the_line_above(self, tmp_path: pathlib.Path) -> None:
        text = DOC + '# lint: allow no-float-money - a ratio\nRATIO = 0.5\n'
        assert plant(tmp_path, 'karvo/taxes/models.py', text) == []

    def test_for_another_rule_does_not_help(self, tmp_path: pathlib.Path) -> None:
        text = DOC + 'RATIO = 0.5  # lint: allow no-date-today - a ratio\n'
        lines = plant(tmp_path, 'karvo/taxes/models.py', text)
        assert rules_broken(lines) == ['no-float-money', 'skip-comment']

    def test_left_over_is_a_finding(self, tmp_path: pathlib.Path) -> None:
        text = DOC + 'RATIO = 5  # lint: allow no-float-money - a ratio\n'
        assert rules_broken(plant(tmp_path, 'karvo/taxes/models.py', text)) == ['skip-comment']

    def test_inside_a_string_is_none(self, tmp_path: pathlib.Path) -> None:
        text = DOC + 'A = "# lint: allow no-float-money - a"\n'
        assert plant(tmp_path, 'karvo/taxes/models.py', text) == []


class TestMain:
    def test_exit_status_and_line(
        self, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert lint.main(['--root', str(tmp_path)]) == 0
        plant(tmp_path, 'wsgi.py', 'A = 1\n')
        capsys.readouterr()
        assert lint.main(['--root', str(tmp_path)]) == 1
        assert capsys.readouterr().out.startswith('wsgi.py:1: module-docstring: open the file')
