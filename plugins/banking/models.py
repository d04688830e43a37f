"""Income and expenses that were booked at once."""

import peewee

from karvo.customers.models import Party
from karvo.kit.columns import Cents, Instant
from karvo.kit.db import Model
from karvo.ledger.models import Account
from karvo.ledger.schemas import UNDEPOSITED
from plugins.banking.schemas import Kind

#: Types of bank accounts, and where cash and cheques wait for the bank.
CASH_TYPES = ('asset_bank',)
CASH_CODES = (UNDEPOSITED,)
#: What income and expenses may be booked on.
CATEGORY_TYPES: dict[Kind, tuple[str, ...]] = {
    'income': ('income', 'other_income'),
    'expense': ('expense', 'cogs', 'depreciation'),
}


class Transaction(Model):
    """Money in or out against an income or expense account. Never changed, only reversed (G-6)."""

    party_id: int | None
    account_id: int
    category_id: int
    uid = peewee.UUIDField(unique=True)
    key = peewee.TextField(unique=True)
    number = peewee.TextField(null=True, unique=True)
    number_year = peewee.IntegerField(null=True)
    number_value = peewee.BigIntegerField(null=True)
    type = peewee.TextField()  # income, expense
    state = peewee.TextField(default='posted')  # posted, reversed
    account = peewee.ForeignKeyField(Account)
    category = peewee.ForeignKeyField(Account)
    party = peewee.ForeignKeyField(Party, null=True)
    date = peewee.DateField()
    amount = Cents()
    currency = peewee.TextField()
    description = peewee.TextField(null=True)
    reference = peewee.TextField(null=True)
    reversed_on = peewee.DateField(null=True)
    search_text = peewee.TextField()
    version = peewee.IntegerField(default=1)
    created_at = Instant()
    updated_at = Instant(index=True)

    class Meta:
        table_name = 'banking_transaction'
        constraints = [
            peewee.Check(
                "amount > 0 AND (state = 'reversed') = (reversed_on IS NOT NULL)",
                'banking_transaction_shape',
            )
        ]


# Holds what the list filters by, so that its total is counted from the index alone.
Transaction.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "banking_transaction_listed" ON "banking_transaction" '
        '(date, id) INCLUDE (state, type, account_id, category_id, party_id)'
    )
)
Transaction.add_index(
    peewee.SQL(
        'CREATE INDEX IF NOT EXISTS "banking_transaction_search" ON "banking_transaction" '
        'USING gin (search_text public.gin_trgm_ops) WITH (fastupdate = off)'
    )
)

TABLES: list[type[peewee.Model]] = [Transaction]

SERIES = {'TX': 'TX-{YYYY}-{0000}'}
#: The rows that carry the numbers of a series, for the number audit (G-5).
AUDITED = {
    'TX': """(SELECT number_value, number_year, CASE state WHEN 'reversed' THEN 'void'
      ELSE state END AS state FROM @banking_transaction) d WHERE true"""
}
