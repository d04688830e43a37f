"""scripts/figures.py counts what it says, and its stops hold."""

import json
import pathlib

import pytest

from scripts import figures


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> pathlib.Path:
    """Two functions of 2 and 61 lines, one of them with a local import."""
    (tmp_path / 'karvo').mkdir()
    body = '    import json\n' + '    pass\n' * 59
    text = f'@decorated\ndef short():\n    pass\n\n\ndef long():\n{body}'
    (tmp_path / 'karvo' / 'app.py').write_text(text)
    (tmp_path / 'wsgi.py').write_text('A = 1\n' * 401)
    return tmp_path


class TestMeasure:
    def test_lengths_from_def_to_end(self, tree: pathlib.Path) -> None:
        found = figures.measure(tree)
        assert (found.files, found.functions) == (2, 2)
        assert (found.median, found.p90, found.longest) == (31.5, 61, 61)

    def test_names_what_is_too_long(self, tree: pathlib.Path) -> None:
        found = figures.measure(tree)
        assert found.long_functions == {'karvo/app.py:6 long': 61}
        assert found.long_files == {'wsgi.py': 401}
        assert found.local_imports == ['karvo/app.py:7']

    def test_an_empty_tree_has_figures(self, tmp_path: pathlib.Path) -> None:
        assert figures.measure(tmp_path / 'none').functions == 0


class TestMain:
    def test_check_names_every_breach(
        self, tree: pathlib.Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert figures.main(['--root', str(tree), '--check']) == 1
        assert capsys.readouterr().err.count('over the stop: ') == 5

    def test_without_check_it_only_tells(self, tree: pathlib.Path) -> None:
        assert figures.main(['--root', str(tree)]) == 0

    def test_json_is_one_object(
        self, tree: pathlib.Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        figures.main(['--root', str(tree), '--json'])
        assert json.loads(capsys.readouterr().out)['longest'] == 61
