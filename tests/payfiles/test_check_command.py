"""`karvo payroll check-cpa005 FILE`."""

import json

from click.testing import CliRunner

from karvo.__main__ import karvo
from karvo.payfiles.cpa005 import Form, write
from tests.payfiles.test_cpa005 import batch

GOOD = write(batch(2), Form())


def run(tmp_path, data: bytes, *options: str):
    file = tmp_path / 'file.txt'
    file.write_bytes(data)
    return CliRunner().invoke(karvo, ['payroll', 'check-cpa005', str(file), *options])


def test_a_good_file_is_told_whole(tmp_path):
    done = run(tmp_path, GOOD)
    assert done.exit_code == 0
    assert 'Originator 0123456789, file 0007, created 2026-08-14' in done.output
    assert 'Credits: 2, 3.00' in done.output
    assert '*********789' in done.output
    assert '000123456789' not in done.output
    assert 'No defect.' in done.output


def test_a_defect_says_where_and_exits_1(tmp_path):
    records = GOOD.split(b'\n')
    records[1] = records[1].replace(b'2000000000100', b'20000000001O0')
    done = run(tmp_path, b'\n'.join(records))
    assert done.exit_code == 1
    assert "DEFECT: record 2, column 28: amount '00000001O0' is no number" in done.output
    assert 'No defect.' not in done.output


def test_json_holds_the_same(tmp_path):
    done = run(tmp_path, GOOD, '--json')
    shown = json.loads(done.output)
    assert (shown['credits'], shown['credit_count'], shown['defects']) == (3.0, 2, [])
    assert [one['payee'] for one in shown['payments']] == ['Zoe Cote', 'Zoe Cote']


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path):
    done = CliRunner().invoke(karvo, ['payroll', 'check-cpa005', str(tmp_path / 'none')])
    assert done.exit_code == 2
