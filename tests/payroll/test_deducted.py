"""Deductions beside the statutory ones, and what of the calculation each of them is."""

from decimal import Decimal

import pytest

from karvo.payroll.deducted import as_inputs, by_item, item_of, taken
from karvo.payroll.schemas.employees import Deduction


class TestDeductions:
    @pytest.mark.parametrize(
        ('code', 'pre_tax', 'item'),
        [
            ('RRSP', None, 'rrsp'),
            ('REER', True, 'rrsp'),
            ('VRSP', None, 'rrsp'),
            ('RPA', None, 'rpp'),
            ('CELIAPP', None, 'fhsa'),
            ('Union dues', None, 'union_dues'),
            ('Fonds FTQ', None, 'ftq_shares'),
            ('REER', False, 'other_deductions'),
            ('club', None, 'other_deductions'),
        ],
    )
    def test_by_their_codes(self, code, pre_tax, item):
        assert item_of(Deduction(code=code, amount=Decimal(1), pre_tax=pre_tax)) == item

    def test_amounts_and_percents_of_the_gross(self):
        own = [
            Deduction(code='rrsp', pct=Decimal('3.5')),
            Deduction(code='reer', amount=Decimal('10.01')),
            Deduction(code='club', amount=Decimal(5)),
        ]
        found = by_item(taken(own, Decimal('1234.56')))
        assert found['rrsp'] == Decimal('53.22')
        assert (found['other_deductions'], found['rpp']) == (5, 0)

    def test_nothing_of_nothing(self):
        assert taken([Deduction(code='club', amount=Decimal(5))], Decimal(0)) == []

    def test_a_percent_of_a_lump_sum_is_no_deduction_of_every_period(self):
        own = [Deduction(code=code, pct=Decimal(5)) for code in ('rrsp', 'union_dues', 'club')]
        found = taken(own, Decimal(2000), Decimal(20000))
        assert by_item(found)['rrsp'] == by_item(found)['union_dues'] == 1100
        inputs = as_inputs(found)
        assert (inputs['rrsp'], inputs['lump_rpp']) == (100, 1000)
        assert (inputs['union_dues'], inputs['other_deductions']) == (100, 100 + 1000 + 1000)
        assert sum(inputs.values()) == sum(one.amount for one in found)

    def test_a_lump_sum_alone_bears_percents_and_no_amounts(self):
        own = [Deduction(code='loan', amount=Decimal(100)), Deduction(code='rpp', pct=Decimal(5))]
        found = taken(own, Decimal(0), Decimal(150))
        assert [(one.code, one.amount, one.of_lump) for one in found] == [('rpp', 7.5, 7.5)]
