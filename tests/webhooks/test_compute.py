"""Patterns of types and conditions on bodies."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.kit.errors import Invalid
from karvo.webhooks.compute import check_filters, check_patterns, exact, passes, wants
from karvo.webhooks.schemas import EventFilter

NAMES = ['invoice.created', 'invoice.paid', 'payment.received']
BODY = exact(
    b'{"type": "invoice.paid", "object": {"total": 1437.19, "big": 12345678901234.5678, "n": 5,'
    b' "state": "posted", "date": "2026-11-20", "none": null, "yes": true, "tags": ["a", 1],'
    b' "lines": [{"sku": "CLN-5000"}]}, "previous_attributes": {"balance": 10.0}}'
)

words = st.text('abcdefgh_', min_size=1, max_size=6)
names = st.builds('{}.{}'.format, words, words)


class TestPatterns:
    @given(name=names, other=names)
    def test_a_name_its_family_and_the_star(self, name, other):
        family = name.split('.')[0]
        assert wants(['*'], name) and wants([name], name) and wants([f'{family}.*'], name)
        assert wants([other], name) == (other == name)
        assert wants([f'{other.split(".")[0]}.*'], name) == (other.split('.')[0] == family)
        assert wants([other, name], name) and not wants([], name)
        assert not wants([f'{family}x.*', f'{family[:-1]}.*', family], name)

    def test_checked_and_without_doubles(self):
        assert check_patterns(['*', 'invoice.*', '*'], NAMES) == ['*', 'invoice.*']

    @pytest.mark.parametrize(
        'bad', ['invoice', 'invoice.', '**', '*.paid', 'invoice.*.x', 'Invoice.*']
    )
    def test_unknown_ones_are_named(self, bad):
        with pytest.raises(Invalid) as refusal:
            check_patterns(['invoice.paid', bad], NAMES)
        assert refusal.value.fields == {'events[1]': f'is unknown: {bad}'}


def holds(path, op='eq', *value):
    return passes([EventFilter(path=path, op=op, **({'value': value[0]} if value else {}))], BODY)


class TestFilters:
    @pytest.mark.parametrize(
        ('path', 'op', 'value'),
        [
            ('type', 'eq', 'invoice.paid'),
            ('type', 'starts_with', 'invoice.'),
            ('object.total', 'eq', 1437.19),
            ('object.total', 'gt', 1437),
            ('object.total', 'lte', 1437.190),
            ('object.n', 'eq', 5.0),
            ('object.n', 'in', [4, 5]),
            ('object.state', 'in', ['posted', None]),
            ('object.state', 'ne', 'draft'),
            ('object.date', 'gte', '2026-11-01'),
            ('object.date', 'lt', '2026-12'),
            ('object.none', 'eq', None),
            ('object.none', 'exists', True),
            ('object.missing', 'exists', False),
            ('object.missing', 'ne', None),
            ('object.tags', 'contains', 1),
            ('object.state', 'contains', 'oste'),
            ('object.lines.0.sku', 'eq', 'CLN-5000'),
            ('previous_attributes.balance', 'gt', 9.99),
        ],
    )
    def test_that_hold(self, path, op, value):
        assert holds(path, op, value)

    @pytest.mark.parametrize(
        ('path', 'op', 'value'),
        [
            ('object.total', 'eq', '1437.19'),
            ('object.total', 'gt', 1437.19),
            ('object.total', 'gt', 'a'),
            ('object.n', 'eq', True),
            ('object.yes', 'eq', 1),
            ('object.yes', 'gt', 0),
            ('object.none', 'gt', 0),
            ('object.none', 'starts_with', ''),
            ('object.missing', 'eq', None),
            ('object.missing', 'in', [None]),
            ('object.missing', 'lt', 5),
            ('object.missing', 'exists', True),
            ('object.lines.1.sku', 'eq', 'CLN-5000'),
            ('object.lines.x', 'exists', True),
            ('object.n.deeper', 'exists', True),
            ('object.tags', 'contains', '1'),
            ('object.n', 'contains', 5),
        ],
    )
    def test_that_do_not(self, path, op, value):
        assert not holds(path, op, value)

    def test_exists_needs_no_value_and_all_must_hold(self):
        assert holds('object.n', 'exists')
        both = [
            EventFilter(path='object.n', value=5),
            EventFilter(path='object.n', op='gt', value=5),
        ]
        assert passes(both[:1], BODY) and not passes(both, BODY) and passes([], BODY)

    def test_numbers_are_compared_as_they_are_written(self):
        assert BODY['object']['big'] == Decimal('12345678901234.5678')
        body = exact(b'{"object": {"a": 0.3, "b": 0.30000000000000004}}')
        assert passes([EventFilter(path='object.a', value=0.3)], body)
        assert not passes([EventFilter(path='object.b', value=0.3)], body)

    @given(
        number=st.decimals(-(10**6), 10**6, places=2), other=st.decimals(-(10**6), 10**6, places=2)
    )
    def test_cents_are_ordered_exactly(self, number, other):
        body = exact(b'{"object": {"total": %s}}' % str(number).encode())
        for op, expected in (
            ('eq', number == other),
            ('ne', number != other),
            ('gt', number > other),
            ('gte', number >= other),
            ('lt', number < other),
            ('lte', number <= other),
        ):
            one = EventFilter(path='object.total', op=op, value=float(other))
            assert passes([one], body) == expected

    @pytest.mark.parametrize(
        ('path', 'op', 'value', 'field'),
        [
            ('total', 'eq', 1, 'path'),
            ('object', 'eq', 1, 'path'),
            ('type.x', 'eq', 1, 'path'),
            ('object..a', 'eq', 1, 'path'),
            ('object.' + '.'.join('a' * 11), 'eq', 1, 'path'),
            ('object.$where', 'eq', 1, 'path'),
            ('object.a', 'in', 1, 'value'),
            ('object.a', 'in', [], 'value'),
            ('object.a', 'in', [1] * 101, 'value'),
            ('object.a', 'eq', [1], 'value'),
            ('object.a', 'gt', None, 'value'),
            ('object.a', 'lt', True, 'value'),
            ('object.a', 'starts_with', 1, 'value'),
            ('object.a', 'exists', 'yes', 'value'),
            ('object.a', 'eq', 'x' * 1001, 'value'),
        ],
    )
    def test_refused(self, path, op, value, field):
        with pytest.raises(Invalid) as refusal:
            check_filters(
                [EventFilter(path='type', value='a'), EventFilter(path=path, op=op, value=value)]
            )
        assert set(refusal.value.fields) == {f'filters[1].{field}'}
