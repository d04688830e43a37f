"""Shapes of remittances: what is owed to an authority for a period, and by when."""

import datetime as dt
import typing
from decimal import Decimal

import msgspec

from karvo.kit.fields import Line
from karvo.payfiles.schemas.settings import Authority

#: `cnt` (labour standards) and `wsdrf` (training) are yearly, with the RL-1 summary.
RemittanceKind = typing.Literal['source_deductions', 'cnt', 'wsdrf']


class RemittanceItem(msgspec.Struct, kw_only=True):
    """A tax, premium or contribution, in both languages."""

    code: str
    label_fr: str
    label_en: str
    employee: Decimal
    employer: Decimal
    total: Decimal


class RemittancePaid(msgspec.Struct, kw_only=True):
    """A payment of it."""

    date: dt.date
    reference: str | None
    amount: Decimal


class RemittanceRead(msgspec.Struct, kw_only=True):
    """What a period's posted pays come to for an authority.

    `paid` is whether nothing is left of it; `balance` is what is left, below zero when a run was
    voided after the payment. `tolerated_until`: until when Revenu Québec asks interest only.
    """

    code: str
    authority: Authority
    kind: RemittanceKind
    frequency: str
    period_start: dt.date
    period_end: dt.date
    due_date: dt.date
    tolerated_until: dt.date
    gross_payroll: Decimal
    employees_paid: int
    items: list[RemittanceItem]
    employee_total: Decimal
    employer_total: Decimal
    total: Decimal
    paid_amount: Decimal
    balance: Decimal
    paid: bool
    overdue: bool
    payments: list[RemittancePaid]


class RemittanceStep(msgspec.Struct, kw_only=True):
    """When it was paid, today when absent, and under which reference."""

    date: dt.date | None = None
    reference: Line | None = None
