"""`scripts/bench` runs, and its last line is the object that others read."""

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parents[2]
MEMBERS = {'rps', 'p50_ms', 'p95_ms', 'cpu_ms', 'ratio', 'statements'}


class TestBench:
    def test_the_last_line_holds_every_figure(self) -> None:
        command = ['./scripts/bench', '--json', '--smoke']
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr[-2000:]
        found = json.loads(done.stdout.strip().splitlines()[-1])
        assert list(found) == [
            'get', 'list', 'search', 'create', 'aging', 'tenants_100_over_1', 'worker_mib',
        ]  # fmt: skip
        for name in ('get', 'list', 'search', 'create', 'aging'):
            assert found[name].keys() >= MEMBERS
            assert all(found[name][member] > 0 for member in MEMBERS), name
        assert 0 < found['worker_mib'] < 80
        assert found['create']['statements'] == 1

    def test_an_unknown_option_is_refused_with_a_line(self) -> None:
        command = ['./scripts/bench', '--nothing']
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert 'unrecognized arguments: --nothing' in done.stderr
