"""Income and expenses: booked at once, taken back by a reversing entry (V2-3)."""

import datetime as dt
import typing
from decimal import Decimal

import pytest

from karvo.invoices.audit import audit_numbers
from karvo.kit.actor import EVERYTHING, Actor
from karvo.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed
from karvo.ledger.models import Account
from karvo.ledger.reads import balance_of
from plugins.banking.models import Transaction
from plugins.banking.operations import record_transaction, reverse_transaction
from plugins.banking.reads import read_transaction
from plugins.banking.schemas import NewTransaction, TransactionRead
from tests.conftest import Api
from tests.days import stand_still

ALL = Actor(kind='system', scopes=EVERYTHING)

DAY = dt.date(2026, 11, 20)


@pytest.fixture(autouse=True)
def day(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch, str(DAY))


def account(code: str) -> int:
    return int(Account.get(Account.code == code).id)


def recorded(actor: Actor, **values: typing.Any) -> int:
    """A consultation paid in cash over the counter, unless told otherwise."""
    plain: dict[str, typing.Any] = {'type': 'income', 'amount': Decimal('1500.00')}
    plain |= {'account_id': account('1000'), 'category_id': account('4010')}
    return record_transaction(NewTransaction(**plain | values), actor=actor)


def spent(actor: Actor, **values: typing.Any) -> int:
    fees = {'type': 'expense', 'category_id': account('6200'), 'amount': Decimal('12.50')}
    return recorded(actor, **fees | values)


def seen(transaction: int) -> TransactionRead:
    found = read_transaction(transaction, actor=ALL)
    assert found
    return found


def refusal(call: typing.Callable[[], object]) -> dict[str, str]:
    before = Transaction.select().count(), balance_of('1000')
    with pytest.raises(Invalid) as caught:
        call()
    assert (Transaction.select().count(), balance_of('1000')) == before
    return caught.value.fields


class TestRecordTransaction:
    def test_income_debits_the_bank(self, api: Api, actor: Actor) -> None:
        made = recorded(actor, description='Website', reference='R-1')
        row = seen(made)
        assert (balance_of('1000'), balance_of('4010')) == (Decimal('1500.00'), Decimal('-1500.00'))
        assert (row.id, row.source, row.number) == (made, 'transaction', 'TX-2026-0001')
        assert (row.type, row.status, row.date) == ('income', 'posted', DAY)
        assert (row.amount, row.currency) == (Decimal('1500.00'), 'CAD')
        assert (row.account_code, row.category_code) == ('1000', '4010')
        assert (row.description, row.reference) == ('Website', 'R-1')
        assert api.difference() == 0
        [event] = api.get('/events?type=transaction.recorded').json['data']
        assert event['data']['object']['number'] == 'TX-2026-0001'
        assert event['data']['object']['amount'] == 1500

    def test_an_expense_credits_it(self, api: Api, actor: Actor) -> None:
        spent(actor, account_id=account('1050'))
        assert (balance_of('1050'), balance_of('6200')) == (Decimal('-12.50'), Decimal('12.50'))
        assert api.difference() == 0

    @pytest.mark.parametrize(
        ('kind', 'code'),
        [
            ('income', '4000'),
            ('income', '4900'),
            ('expense', '5000'),
            ('expense', '6000'),
            ('expense', '6300'),
        ],
    )
    def test_categories_of_its_kind(self, clerk: Actor, kind: str, code: str) -> None:
        assert seen(recorded(clerk, type=kind, category_id=account(code))).category_code == code

    @pytest.mark.parametrize('code', ['1100', '1060', '1200', '2000', '3000', '4000', '6200'])
    def test_only_bank_and_cash_are_accounts(self, clerk: Actor, code: str) -> None:
        fields = refusal(lambda: recorded(clerk, account_id=account(code)))
        assert fields == {'account_id': 'must be a bank or cash account'}

    @pytest.mark.parametrize(
        ('kind', 'code'),
        [
            ('income', '6200'),
            ('income', '5000'),
            ('expense', '4000'),
            ('expense', '7000'),
            ('income', '1000'),
            ('income', '2100'),
            ('expense', '2000'),
            ('expense', '3000'),
        ],
    )
    def test_a_category_of_another_kind(self, clerk: Actor, kind: str, code: str) -> None:
        fields = refusal(lambda: recorded(clerk, type=kind, category_id=account(code)))
        assert fields == {'category_id': f'must be an {kind} account'}

    @pytest.mark.parametrize(
        ('values', 'field'),
        [
            ({'account_id': 9999}, 'account_id'),
            ({'category_id': 9999}, 'category_id'),
            ({'amount': Decimal(0)}, 'amount'),
            ({'amount': Decimal('-5')}, 'amount'),
            ({'amount': Decimal('1.001')}, 'amount'),
            ({'amount': Decimal('NaN')}, 'amount'),
            ({'amount': Decimal('1e12')}, 'amount'),
            ({'date': dt.date(1989, 12, 31)}, 'date'),
            ({'date': dt.date(2037, 1, 1)}, 'date'),
            ({'customer_id': 77}, 'customer_id'),
        ],
    )
    def test_refusals_name_the_field(
        self, clerk: Actor, values: dict[str, typing.Any], field: str
    ) -> None:
        assert set(refusal(lambda: recorded(clerk, **values))) == {field}

    def test_an_account_that_is_out_of_use(self, actor: Actor) -> None:
        Account.update(is_active=False).where(Account.code == '4010').execute()
        assert refusal(lambda: recorded(actor)) == {'category_id': 'is inactive'}

    def test_a_customer_may_be_named(self, api: Api, actor: Actor) -> None:
        customer = api.post('/customers', {'name': 'Acme'}).json['id']
        made = recorded(actor, customer_id=customer)
        assert (seen(made).customer_id, seen(made).customer_name) == (customer, 'Acme')
        assert balance_of('1100') == 0

    @pytest.mark.parametrize(
        ('lock', 'kind'),
        [
            ('sales_lock', 'income'),
            ('purchase_lock', 'expense'),
            ('all_lock', 'income'),
            ('all_lock', 'expense'),
        ],
    )
    def test_a_locked_period(self, api: Api, actor: Actor, lock: str, kind: str) -> None:
        api.put('/settings/lock-dates', {lock: '2026-10-31'})
        code = '4010' if kind == 'income' else '6200'
        late = {'type': kind, 'category_id': account(code), 'date': dt.date(2026, 10, 31)}
        with pytest.raises(Conflict) as caught:
            recorded(actor, **late)
        assert caught.value.message == 'period locked until 2026-10-31'
        recorded(actor, **late | {'date': dt.date(2026, 11, 1)})

    def test_the_other_side_s_lock_does_not_bind(self, api: Api, actor: Actor) -> None:
        api.put('/settings/lock-dates', {'purchase_lock': '2026-10-31'})
        assert recorded(actor, date=dt.date(2026, 10, 1))

    def test_numbers_have_no_gaps(self, actor: Actor) -> None:
        first = recorded(actor)
        with pytest.raises(Invalid):
            recorded(actor, amount=Decimal(0))
        assert seen(spent(actor)).number == 'TX-2026-0002'
        reverse_transaction(first, actor=actor)
        found = audit_numbers('TX', 2026)
        assert (found.issued, found.voided, found.unexplained) == (2, [1], [])


class TestReverseTransaction:
    @pytest.mark.parametrize('make', [recorded, spent])
    def test_it_is_as_if_it_had_not_been(
        self, api: Api, actor: Actor, make: typing.Callable[..., int]
    ) -> None:
        made = make(actor, date=dt.date(2026, 11, 3))
        assert reverse_transaction(made, actor=actor, version=1) == DAY
        assert {balance_of(code) for code in ('1000', '4010', '6200')} == {Decimal('0.00')}
        row = seen(made)
        assert (row.status, row.reversed_on, row.date) == ('reversed', DAY, dt.date(2026, 11, 3))
        assert api.difference() == 0
        [event] = api.get('/events?type=transaction.reversed').json['data']
        assert event['data']['object']['reversed_on'] == '2026-11-20'

    def test_only_once(self, actor: Actor) -> None:
        made = recorded(actor)
        reverse_transaction(made, actor=actor)
        with pytest.raises(Conflict):
            reverse_transaction(made, actor=actor)
        assert balance_of('1000') == 0

    def test_of_a_locked_period_on_the_first_open_day(self, api: Api, actor: Actor) -> None:
        made = recorded(actor, date=dt.date(2026, 10, 1))
        api.put('/settings/lock-dates', {'sales_lock': '2026-11-30'})
        assert reverse_transaction(made, actor=actor) == dt.date(2026, 12, 1)
        as_of = api.get('/ledger/trial-balance?as_of=2026-11-30').json
        [bank] = [row['balance'] for row in as_of['data'] if row['code'] == '1000']
        assert (bank, as_of['difference']) == (1500, 0)
        assert api.difference() == 0

    def test_one_of_tomorrow_not_before_it_happened(self, clerk: Actor) -> None:
        made = recorded(clerk, date=dt.date(2026, 12, 24))
        assert reverse_transaction(made, actor=clerk) == dt.date(2026, 12, 24)

    def test_another_version(self, clerk: Actor) -> None:
        with pytest.raises(PreconditionFailed):
            reverse_transaction(recorded(clerk), actor=clerk, version=9)

    def test_another_company_s_is_not_found(self, actor: Actor, other: Api) -> None:
        made = recorded(actor)
        with other.company():
            with pytest.raises(NotFound):
                reverse_transaction(made, actor=actor)
            assert read_transaction(made, actor=ALL) is None
        assert seen(made).status == 'posted'
