"""The file to the byte, and the reader that finds what is wrong with one."""

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karvo.payfiles.bank_profiles import profiles
from karvo.payfiles.cpa005 import (
    DETAIL,
    HEADER,
    RECORD,
    TRAILER,
    Account,
    Batch,
    Form,
    Originator,
    Payment,
    ascii_text,
    julian,
    write,
)
from karvo.payfiles.cpa005_check import check, date_of

OWN = Account(institution='815', transit='12345', account='7654321')
ACME = Originator(
    id='0123456789',
    short_name='ACME',
    long_name='Nettoyage Acmé inc.',
    data_centre='81510',
    returns=OWN,
)
DAY = dt.date(2026, 8, 21)


def payment(n: int = 1, cents: int = 250_000, **more) -> Payment:
    to = Account(institution='004', transit='12345', account='000123456789')
    defaults = {'cents': cents, 'date': DAY, 'to': to, 'payee': 'Zoé Côté', 'reference': f'E{n}'}
    return Payment(**defaults | more)


def batch(count: int = 1, **more) -> Batch:
    payments = [payment(n, 100 * n) for n in range(1, count + 1)] if count > 1 else [payment()]
    defaults = {'originator': ACME, 'number': 7, 'created': dt.date(2026, 8, 14)}
    return Batch(**defaults | {'payments': payments} | more)


class TestLayout:
    @pytest.mark.parametrize(
        ('columns', 'length'), [(HEADER, RECORD), (DETAIL, 240), (TRAILER, RECORD)]
    )
    def test_elements_follow_one_another_without_a_gap(self, columns, length):
        at = 1
        for column in columns:
            assert column.first == at, column
            at += column.length
        assert at == length + 1


class TestWrite:
    def test_the_worked_example_to_the_byte(self):
        a, c, z = write(batch(), Form()).decode('ascii').split('\n')
        blank = ' '
        assert a == f'A00000000101234567890007026226815{10}' + blank * 20 + 'CAD' + blank * 1406
        segment = '200' + '0000250000' + '026233' + '000412345' + '000123456789' + '0' * 22 + '000'
        segment += 'ACME'.ljust(15) + 'Zoe Cote'.ljust(30) + 'Nettoyage Acme inc.'.ljust(30)
        segment += '0123456789' + 'E1'.ljust(19) + '081512345' + '7654321'.ljust(12)
        segment += blank * (15 + 22 + 2) + '0' * 11
        assert len(segment) == 240
        assert c == f'C00000000201234567890007{segment}' + blank * 1200
        z_sums = '0' * 22 + '00000000250000' + '00000001' + '0' * 44
        assert z == f'Z00000000301234567890007{z_sums}' + blank * 1352
        assert {len(a), len(c), len(z)} == {1464}

    def test_six_segments_count_payments_not_records(self):
        six = write(batch(8), Form(payments_per_record=6)).decode().split('\n')
        assert [one[0] for one in six] == ['A', 'C', 'C', 'Z']
        assert six[-1][46:68] == '00000000003600' + '00000008'
        assert six[1][24 + 240 * 5 :][3:13] == '0000000600'
        assert six[2][24 + 240 * 2 :].strip() == ''

    def test_a_clearer_gives_structured_trace_numbers(self):
        origin = msgspec.structs.replace(ACME, clearer='815')
        records = write(batch(2, originator=origin), Form()).decode().split('\n')
        assert [one[64:86] for one in records[1:3]] == [
            '8151008150007000000001',
            '8151008150007000000002',
        ]

    @pytest.mark.parametrize(
        ('name', 'first', 'end'),
        [('desjardins', 'A', '\n'), ('rbc', '$', '\r\n'), ('standard', 'A', '\r\n')],
    )
    def test_banks_differ_in_lines_and_case(self, name, first, end):
        form = profiles()[name].form(None, None)
        text = write(batch(), form).decode()
        assert text[0] == first
        assert len(text.split(end)) == (4 if first == '$' else 3)
        assert not text.endswith('\n')
        assert ('ZOE COTE' in text) == form.is_upper_case

    def test_every_profile_names_its_source(self):
        assert set(profiles()) >= {'desjardins', 'rbc', 'central_1', 'standard'}
        assert all(len(one.source) > 30 for one in profiles().values())

    @pytest.mark.parametrize('cents', [0, -1, 10**10])
    def test_refuses_an_amount_that_does_not_fit(self, cents):
        with pytest.raises(ValueError, match='amount'):
            write(batch(payments=[payment(cents=cents)]), Form())

    def test_refuses_an_empty_file(self):
        with pytest.raises(ValueError, match='payment'):
            write(batch(payments=[]), Form())


class TestText:
    @pytest.mark.parametrize(
        ('given', 'shown'),
        [
            ('Zoé Côté', 'Zoe Cote'),
            ('D’Œuvre–Noël', "D'OEuvre-Noel"),
            ('王 Wei', 'Wei'),
            ('\tA\n B', 'A B'),
        ],
    )
    def test_only_ascii_is_left(self, given, shown):
        assert ascii_text(given) == shown

    @pytest.mark.parametrize(('day', 'shown'), [('2026-03-13', '026072'), ('2024-12-31', '024366')])
    def test_dates_are_days_of_the_year(self, day, shown):
        assert julian(dt.date.fromisoformat(day)) == shown
        assert date_of(shown) == dt.date.fromisoformat(day)

    @pytest.mark.parametrize('text', ['026366', '026000', '126001', '02600', 'x26001'])
    def test_no_dates(self, text):
        assert date_of(text) is None


TEXT = st.text(st.characters(codec='utf-8'), max_size=40).map(lambda one: f'x{one}')
DIGITS = st.text('0123456789', min_size=5, max_size=12)
payments = st.lists(
    st.builds(
        lambda cents, payee, account, days: payment(
            cents=cents,
            payee=payee,
            date=DAY + dt.timedelta(days=days),
            to=Account(institution='815', transit='00001', account=account),
        ),
        st.integers(1, 10**10 - 1),
        TEXT,
        DIGITS,
        st.integers(0, 100),
    ),
    min_size=1,
    max_size=14,
)
forms = st.builds(
    Form,
    line_end=st.sampled_from(['\n', '\r\n']),
    ends_with_line_end=st.booleans(),
    payments_per_record=st.sampled_from([1, 6]),
    is_upper_case=st.booleans(),
    first_line=st.sampled_from(['', '$$AAPACPA1464[PROD[NL$$']),
)


class TestRoundTrip:
    @settings(max_examples=40, deadline=None)
    @given(payments, forms, st.sampled_from(['', '81510']))
    def test_what_is_written_reads_the_same(self, found, form, clearer):
        paid = [msgspec.structs.replace(one, reference=f'E{n}') for n, one in enumerate(found)]
        origin = msgspec.structs.replace(ACME, clearer=clearer)
        read = check(write(batch(payments=paid, originator=origin), form))
        assert read.defects == []
        assert [int(one.amount * 100) for one in read.payments] == [one.cents for one in paid]
        assert [one.date for one in read.payments] == [one.date for one in paid]
        assert [one.account[-3:] for one in read.payments] == [one.to.account[-3:] for one in paid]
        assert read.credits * 100 == sum(one.cents for one in paid)
        assert read.credit_count == len(paid)
        assert (read.file_number, read.created) == ('0007', dt.date(2026, 8, 14))


#: Elements of which any other character is a defect; the rest a reader cannot know.
STRICT_DETAIL = [1, *range(2, 25), *range(28, 38), *range(87, 105), *range(135, 175)]
STRICT_DETAIL += [*range(194, 215), *range(230, 1465)]
STRICT = {
    0: [*range(1, 21), *range(59, 1465)],
    1: STRICT_DETAIL,
    2: STRICT_DETAIL,
    3: list(range(1, 1465)),
}


class TestCheck:
    FILE = write(batch(2), Form())

    @settings(max_examples=100, deadline=None)
    @given(st.integers(0, 3), st.data())
    def test_any_other_character_is_found_where_it_stands(self, record, data):
        at = data.draw(st.sampled_from(STRICT[record]))
        records = self.FILE.split(b'\n')
        was = records[record][at - 1 : at].decode()
        other = data.draw(st.sampled_from('0159AZ ~').filter(lambda one: one != was))
        records[record] = records[record][: at - 1] + other.encode() + records[record][at:]
        assert check(b'\n'.join(records)).defects

    @settings(max_examples=40, deadline=None)
    @given(st.integers(0, 4 * 1465 - 2), st.sampled_from(['cut', 'doubled', 'accent']))
    def test_a_shifted_record_is_found(self, at, how):
        part = {'cut': b'', 'doubled': self.FILE[at : at + 1] * 2, 'accent': 'é'.encode()}[how]
        assert check(self.FILE[:at] + part + self.FILE[at + 1 :]).defects

    @pytest.mark.parametrize('order', [(0, 1, 3), (0, 1, 1, 2, 3), (0, 2, 1, 3), (1, 2, 3), (0, 3)])
    def test_records_missing_doubled_or_swapped(self, order):
        records = self.FILE.split(b'\n')
        assert check(b'\n'.join(records[n] for n in order)).defects

    @settings(max_examples=40, deadline=None)
    @given(st.binary(max_size=4000))
    def test_never_breaks_on_what_is_no_file(self, data):
        assert check(data).defects

    def test_says_which_record_and_column(self):
        records = self.FILE.split(b'\n')
        records[2] = records[2].replace(b'2000000000200', b'2000000000201')
        [found] = check(b'\n'.join(records)).defects
        assert (found.record, found.column) == (4, 47)
        assert 'credit_total is 300, the payments come to 301' in found.message

    def test_a_payment_date_too_far_away_is_a_warning(self):
        far = write(batch(payments=[payment(date=dt.date(2027, 8, 21))]), Form())
        read = check(far)
        assert read.defects == []
        assert [one.column for one in read.warnings] == [38]

    def test_a_file_without_line_ends(self):
        read = check(self.FILE.replace(b'\n', b''))
        assert (read.defects, read.credit_count) == ([], 2)

    def test_returned_payments_are_read_notices_counted(self):
        a, c, _, z = self.FILE.decode().split('\n')
        returned = 'I' + c[1:24] + '905' + c[27:]
        notice = 'S' + f'{3:09}' + c[10:24] + ' ' * 1440
        z = 'Z' + f'{4:09}' + z[10:46] + '00000000000100' + '00000001' + z[68:]
        read = check('\r\n'.join([a, returned, notice, z]).encode())
        assert read.defects == []
        assert [(one.kind, one.code) for one in read.payments] == [('returned_credit', '905')]
        assert read.notices == 1

    @pytest.mark.parametrize('record', [0, 1, 3])
    def test_a_digit_that_is_no_figure_is_a_defect(self, record):
        records = self.FILE.split(b'\n')
        whole = records[record]
        for at in range(1, 240):
            records[record] = whole[:at] + b'\xb2' + whole[at + 1 :]
            assert check(b'\n'.join(records)).defects
