"""Deductions beside the statutory ones, and what of the calculation each of them is."""

from decimal import Decimal

import pytest

from karvo.payroll.deducted import by_item, item_of, taken
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
