"""GET /payroll/runs/{id}/cpa005 and the settings that it needs."""

from karvo.cli import check as check_books
from karvo.payfiles.cpa005_check import check
from karvo.payfiles.reads import wrong_files
from tests.payfiles.paid import (
    BANK,
    RUNS,
    SETTINGS,
    booked,
    employ,
    error,
    full,
    run,
    set_up,
    steps,
    together,
)


class TestDownload:
    def test_a_run_is_paid_to_the_cent_the_same_bytes_each_time(self, api):
        api = full(api)
        set_up(api)
        one, other = employ(api), employ(api, first_name='Émile', last_name='Noël-Œil')
        made = steps(api, run(api), 'approve')
        path = f'{RUNS}/{made["id"]}/cpa005'
        first = api.get(path)
        assert first.status_code == 200, first.text
        assert first.headers['content-type'] == 'text/plain; charset=us-ascii'
        name = f'CPA005_{made["run_no"]}.txt'
        assert first.headers['content-disposition'] == f'attachment; filename="{name}"'
        assert first.headers['x-file-number'] == '0001'
        assert 'x-skipped' not in first.headers
        assert 'days from the creation' in first.headers['x-warning']
        read = check(first.content)
        assert read.defects == []
        assert float(read.credits) == made['totals']['net']
        assert [pay.payee for pay in read.payments] == ['Zoe Cote', 'Emile Noel-OEil']
        assert [pay.date.isoformat() for pay in read.payments] == ['2026-03-13'] * 2
        assert [pay.reference for pay in read.payments] == [
            f'{who["employee_no"]}{made["run_no"].replace("-", "")}' for who in (one, other)
        ]
        assert (read.originator_id, read.data_centre) == ('KARVO00001', '81510')
        api.put(f'/payroll/employees/{one["id"]}', {'bank': BANK | {'account': '9999999'}})
        set_up(api, short_name='OTHER')
        steps(api, made, 'post', 'pay')
        again = api.get(path + '?skip_missing=true')
        assert again.content == first.content
        assert again.headers['x-file-number'] == '0001'

    def test_whose_account_is_not_the_one_of_the_stub_is_told(self, api):
        api = full(api)
        set_up(api)
        one, _ = employ(api), employ(api, first_name='Ana')
        made = steps(api, run(api), 'approve')
        api.put(f'/payroll/employees/{one["id"]}', {'bank': BANK | {'account': '9999999'}})
        told = api.get(f'{RUNS}/{made["id"]}/cpa005').headers['x-warning']
        assert told.endswith(f'bank accounts changed since the run: {one["employee_no"]}')

    def test_numbers_grow_by_originator(self, api):
        api = full(api)
        set_up(api, first_file_number=9999)
        employ(api)
        numbers = []
        for date in ('2026-03-13', '2026-03-27'):
            made = booked(api, date)
            numbers.append(api.get(f'{RUNS}/{made["id"]}/cpa005').headers['x-file-number'])
        set_up(api, originator_id='OTHER', first_file_number=40)
        made = booked(api, '2026-04-10')
        numbers.append(api.get(f'{RUNS}/{made["id"]}/cpa005').headers['x-file-number'])
        assert numbers == ['9999', '0001', '0040']

    def test_two_at_once_take_one_number(self, api):
        api = full(api)
        set_up(api)
        employ(api)
        made = booked(api)
        path = f'{RUNS}/{made["id"]}/cpa005'
        found = together(4, lambda _: api.get(path))
        assert [one.status_code for one in found] == [200] * 4
        assert len({one.content for one in found}) == 1
        events = api.get('/events?type=payroll.bank_file_created').json['data']
        assert len(events) == 1

    def test_who_has_no_account_is_named_and_left_out_only_when_asked(self, api):
        api = full(api)
        set_up(api)
        employ(api)
        poor = employ(api, first_name='Ana', last_name='Roy', bank=None)
        made = booked(api)
        path = f'{RUNS}/{made["id"]}/cpa005'
        refused = api.get(path)
        assert refused.status_code == 422
        assert f'{poor["employee_no"]} Ana Roy' in error(refused)
        done = api.get(path + '?skip_missing=true')
        assert done.headers['x-skipped'] == poor['employee_no']
        read = check(done.content)
        stubs = api.get(f'{RUNS}/{made["id"]}/stubs').json['data']
        [net] = [one['net'] for one in stubs if one['employee_id'] != poor['id']]
        assert float(read.credits) == net
        assert api.get(path).headers['x-skipped'] == poor['employee_no']

    def test_only_runs_that_are_final(self, api):
        api = full(api)
        set_up(api)
        employ(api)
        made = run(api)
        path = f'{RUNS}/{made["id"]}/cpa005'
        assert 'calculated has no payment file' in error(api.get(path))
        steps(api, made, 'approve', 'post')
        assert api.get(path).status_code == 200
        steps(api, made, 'void')
        assert api.get(path).status_code == 422
        assert api.get(f'{RUNS}/999/cpa005').status_code == 404

    def test_what_is_approved_anew_gets_another_file(self, api):
        api = full(api)
        set_up(api)
        who = employ(api)
        made = steps(api, run(api), 'approve')
        path = f'{RUNS}/{made["id"]}/cpa005'
        first = api.get(path)
        steps(api, made, 'reopen')
        bonus = [{'employee_id': who['id'], 'amount': 100}]
        api.post(f'{RUNS}/{made["id"]}/recalculate', {'lump_sums': bonus})
        steps(api, made, 'approve')
        second = api.get(path)
        assert second.headers['x-file-number'] == '0002'
        assert second.headers['x-replaces'] == '0001'
        assert check(second.content).credits > check(first.content).credits
        assert api.get(path).content == second.content
        with api.company():
            assert wrong_files() == []
            assert list(check_books.problems()) == []

    def test_a_bonus_run_has_its_own_code(self, api):
        api = full(api)
        set_up(api)
        who = employ(api)
        bonus = [{'employee_id': who['id'], 'amount': 500}]
        made = booked(api, kind='special', lump_sums=bonus)
        [paid] = check(api.get(f'{RUNS}/{made["id"]}/cpa005').content).payments
        assert paid.code == '206'

    def test_missing_settings_are_named(self, api):
        api = full(api)
        employ(api)
        made = booked(api)
        refused = api.get(f'{RUNS}/{made["id"]}/cpa005')
        assert refused.status_code == 422
        for name in ('originator_id', 'short_name', 'long_name', 'data_centre', 'return_account'):
            assert name in error(refused)

    def test_needs_payroll_full(self, api):
        assert api.get(f'{RUNS}/1/cpa005').status_code == 403

    def test_a_name_without_a_latin_letter_is_refused(self, api):
        api = full(api)
        set_up(api)
        who = employ(api, first_name='王', last_name='伟')
        made = booked(api)
        refused = api.get(f'{RUNS}/{made["id"]}/cpa005')
        assert refused.status_code == 422
        assert who['employee_no'] in error(refused)


class TestSettings:
    def test_the_account_is_stored_encrypted_and_read_masked(self, api):
        api = full(api)
        set_up(api)
        shown = api.get('/payroll/filing-settings').json
        masked = {'institution': '815', 'transit': '*****', 'account': '****321'}
        assert shown['return_account'] == masked
        assert shown['bank_profile'] == 'desjardins'
        set_up(api, return_account=shown['return_account'], short_name='ACME 2')
        employ(api)
        made = booked(api)
        text = api.get(f'{RUNS}/{made["id"]}/cpa005').content.decode()
        assert text[1465 + 193 : 1465 + 214] == '0815123457654321     '
        for one in api.get('/events').json['data']:
            assert '7654321' not in str(one)

    def test_bad_values_are_all_named(self, api):
        bad = {
            'originator_id': 'TOO LONG FOR IT',
            'data_centre': '815',
            'short_name': '王',
            'cra_account': '123456789RP0001',
            'rq_account': '12RS1',
            'bank_profile': 'nobody',
            'rl1_first': '12345678',
            'remitters': [{'authority': 'cra', 'year': 2026, 'frequency': 'annual'}],
            'account_wsdrf': '9999',
        }
        refused = full(api).put('/payroll/filing-settings', bad)
        assert refused.status_code == 422, refused.text
        names = (*(set(bad) - {'rl1_first', 'remitters'}), 'rl1_last', 'remitters[0].frequency')
        for name in names:
            assert name in error(refused), name

    def test_the_originator_is_kept_as_its_file_has_it(self, api):
        api = full(api)
        set_up(api, bank_profile='rbc', originator_id=' karvo  1 ')
        assert api.get('/payroll/filing-settings').json['originator_id'] == 'KARVO 1'

    def test_a_contact_that_a_return_cannot_hold(self, api):
        bad = {'area_code': '41', 'phone': '555 0100 x', 'extension': '\u00b2'}
        refused = full(api).put('/payroll/filing-settings', {'contact': bad})
        assert refused.status_code == 422
        for name in bad:
            assert f'contact.{name}' in error(refused)

    def test_an_account_with_letters_is_refused(self, api):
        account = SETTINGS['return_account'] | {'account': '12AB567'}
        refused = full(api).put('/payroll/filing-settings', {'return_account': account})
        assert refused.status_code == 422
        assert 'return_account.account must be 5 to 12 digits' in error(refused)

    def test_null_goes_back_to_the_default(self, api):
        api = full(api)
        set_up(api)
        put = api.put('/payroll/filing-settings', {'return_account': None, 'bank_profile': None})
        assert put.json['return_account'] is None
        assert put.json['bank_profile'] == 'standard'
