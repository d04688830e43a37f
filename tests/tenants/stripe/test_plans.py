"""Tenants pay for their plan: pages, the life of a subscription, usage, missed events."""

import datetime as dt
import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from karvo.kit import clock
from tenants.models import StripeReceipt, StripeSubscription, StripeUsage, Tenant, Usage
from tenants.stripe import jobs, meters, missed, plans
from tests.stripe.fixtures import settle, states
from tests.stripe.told import checked, deliver, event, name

NOW = int(time.time())


class Buyer:
    """A tenant that subscribes."""

    def __init__(self, api, stub) -> None:
        self.api, self.stub = api, stub
        Tenant.update(plan='free').where(Tenant.id == api.tenant.tenant_id).execute()
        self.uid = str(Tenant.get_by_id(api.tenant.tenant_id).uid)
        self.customer, self.subscription = name('cus'), name('sub')

    def told(self, kind: str, status: str, after: int, **more):
        """An event of the subscription."""
        key, usage = more.pop('lookup_key', 'starter'), more.pop('usage_type', 'licensed')
        item = {
            'id': 'si_1',
            'object': 'subscription_item',
            'current_period_end': NOW + 30 * 86400,
            'price': {
                'id': 'price_1',
                'object': 'price',
                'lookup_key': key,
                'unit_amount_decimal': '1900',
                'recurring': {'usage_type': usage, 'interval': 'month'},
            },
        }
        object = {
            'id': self.subscription,
            'object': 'subscription',
            'customer': self.customer,
            'status': status,
            'items': {'object': 'list', 'data': [item]},
            'cancel_at_period_end': False,
            'metadata': {'tenant': self.uid},
            'created': NOW - 9000,
        } | more
        at = NOW - 9000 + after
        return event(f'customer.subscription.{kind}', object, created=at)

    def tell(self, *events) -> None:
        for one in events:
            assert deliver(self.api.client, one).status_code == 200
        settle()

    def plan(self):
        return self.api.get('/billing-plan').json

    def writes(self) -> int:
        return self.api.post('/customers', {'name': 'x'}).status_code


@pytest.fixture
def buyer(api, platform):
    return Buyer(api, platform)


class TestPages:
    def test_checkout_by_lookup_key(self, buyer):
        answer = buyer.api.post('/billing-plan/checkout', {'plan': 'starter_yearly'})
        assert answer.json['url'].startswith('https://checkout.example/')
        form = buyer.stub.asked[-1][2]
        assert form['line_items[0][price]'] == 'price_starter_yearly'
        assert form['client_reference_id'] == form['metadata[tenant]'] == buyer.uid
        assert form['subscription_data[metadata][tenant]'] == buyer.uid

    @pytest.mark.parametrize('plan', ['free', 'gold', 'enterprise', 'Starter', ''])
    def test_no_such_plan(self, buyer, plan):
        answer = buyer.api.post('/billing-plan/checkout', {'plan': plan})
        assert (answer.status_code, 'plan' in answer.json['data']['params']) == (422, True)

    def test_the_portal_needs_a_customer(self, buyer):
        assert buyer.api.post('/billing-plan/portal').status_code == 422
        buyer.tell(buyer.told('created', 'active', 1))
        answer = buyer.api.post('/billing-plan/portal')
        assert answer.json['url'] == f'https://billing.example/{buyer.customer}'
        assert buyer.api.post('/billing-plan/checkout', {'plan': 'business'}).status_code == 422

    def test_nothing_is_sold_without_a_key(self, api):
        answer = api.post('/billing-plan/checkout', {'plan': 'starter'})
        assert (answer.status_code, answer.json['code']) == (422, 'erp_not_configured')
        assert api.get('/billing-plan').json['status'] == 'none'


class TestLife:
    def test_bought(self, buyer):
        session = {'id': name('cs'), 'object': 'checkout.session', 'mode': 'subscription'}
        session |= {'client_reference_id': buyer.uid, 'customer': buyer.customer}
        session |= {'subscription': buyer.subscription, 'payment_status': 'paid'}
        bought = buyer.told('created', 'active', 1, metadata={})
        buyer.tell(checked(bought), checked(event('checkout.session.completed', session)))
        shown = buyer.plan()
        assert (shown['plan'], shown['status'], shown['lookup_key']) == (
            'starter',
            'active',
            'starter',
        )
        assert states() == ['done', 'done']
        types = [e['type'] for e in buyer.api.get('/events?limit=100').json['data']]
        assert 'plan.changed' in types

    def test_the_first_payment_failed_nothing_changes(self, buyer):
        buyer.tell(buyer.told('created', 'incomplete', 1))
        buyer.tell(buyer.told('updated', 'incomplete_expired', 90000))
        assert (buyer.plan()['plan'], buyer.plan()['status'], buyer.writes()) == (
            'free',
            'none',
            201,
        )

    def test_overdue_has_grace_and_then_reads_only(self, buyer):
        buyer.tell(buyer.told('created', 'active', 1), buyer.told('updated', 'past_due', 100))
        assert (buyer.plan()['status'], buyer.writes()) == ('past_due', 201)
        assert jobs.end_grace(clock.now()) == {'read_only': 0}
        since = NOW - 9000 + 100 - 15 * 86400
        StripeSubscription.update(history=[[since, 'past_due']]).execute()
        Tenant.update(grace_until=clock.now()).where(Tenant.uid == buyer.uid).execute()
        assert jobs.end_grace(clock.now()) == {'read_only': 1}
        assert (buyer.plan()['status'], buyer.plan()['is_read_only']) == ('read_only', True)
        assert buyer.writes() == 403
        assert buyer.api.post('/customers', {'name': 'x'}).json['code'] == 'erp_plan_unpaid'
        assert buyer.api.get('/customers').status_code == 200
        assert buyer.api.post('/billing-plan/portal').status_code == 200
        buyer.tell(buyer.told('updated', 'active', 300))
        assert (buyer.plan()['status'], buyer.writes()) == ('active', 201)

    @pytest.mark.parametrize('status', ['unpaid', 'paused'])
    def test_unpaid_reads_only(self, buyer, status):
        buyer.tell(buyer.told('created', 'active', 1), buyer.told('updated', status, 100))
        assert (buyer.plan()['plan'], buyer.writes()) == ('starter', 403)

    def test_given_up_is_free(self, buyer):
        buyer.tell(buyer.told('created', 'active', 1))
        buyer.tell(buyer.told('deleted', 'canceled', 100))
        assert (buyer.plan()['plan'], buyer.plan()['status'], buyer.writes()) == (
            'free',
            'canceled',
            201,
        )

    def test_a_later_subscription_outlives_the_end_of_the_first(self, buyer):
        end = buyer.told('deleted', 'canceled', 200)
        buyer.tell(buyer.told('created', 'active', 1))
        buyer.subscription = name('sub')
        buyer.tell(buyer.told('created', 'active', 300, lookup_key='business_yearly'), end)
        assert (buyer.plan()['plan'], buyer.plan()['status']) == ('business', 'active')

    def test_a_price_of_no_plan_changes_none(self, buyer):
        buyer.tell(buyer.told('created', 'active', 1, lookup_key='setup_fee'))
        assert buyer.plan()['plan'] == 'free'

    def test_another_tenants_metadata_moves_no_customer(self, buyer, other):
        buyer.tell(buyer.told('created', 'active', 1))
        theirs = str(Tenant.get_by_id(other.tenant.tenant_id).uid)
        buyer.tell(buyer.told('updated', 'active', 5, metadata={'tenant': theirs}))
        assert other.get('/billing-plan').json['has_customer'] is False

    def test_an_unknown_customer_waits(self, buyer):
        buyer.tell(buyer.told('created', 'active', 1, metadata={}))
        assert states() == ['received']
        assert StripeReceipt.get().error == 'no tenant is bound to its customer'

    def test_notices(self, buyer):
        buyer.tell(buyer.told('created', 'active', 1))
        bill = {'id': 'in_1', 'object': 'invoice', 'customer': buyer.customer, 'amount_due': 1900}
        bill |= {'attempt_count': 1, 'next_payment_attempt': NOW}
        buyer.tell(*(event(f'invoice.{kind}', bill) for kind in ('payment_failed', 'paid')))
        types = {e['type'] for e in buyer.api.get('/events?limit=100').json['data']}
        assert {'plan.payment_failed', 'plan.paid'} <= types

    @settings(
        max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
    )
    @given(seed=st.integers(0, 10**6))
    def test_in_any_order_and_doubled_it_ends_the_same(self, buyer, seed):
        rng = random.Random(seed)
        buyer.customer, buyer.subscription = name('cus'), name('sub')
        StripeSubscription.delete().execute()
        mine = Tenant.uid == buyer.uid
        Tenant.update(stripe_customer=None, plan='free', billing_state='').where(mine).execute()
        life = [
            buyer.told('created', 'incomplete', 1),
            buyer.told('updated', 'active', 1),
            buyer.told('updated', 'trialing', 1),
            buyer.told('updated', 'past_due', 50),
            buyer.told('updated', 'past_due', 60),
            buyer.told('updated', 'active', 70, lookup_key='professional'),
            buyer.told('updated', 'past_due', 90, lookup_key='professional'),
            buyer.told('updated', 'past_due', 95, lookup_key='professional'),
        ]
        told = life + rng.sample(life, 3)
        rng.shuffle(told)
        buyer.tell(*told)
        shown = buyer.plan()
        assert (shown['plan'], shown['status']) == ('professional', 'past_due')
        until = dt.datetime.fromisoformat(shown['grace_until'])
        assert until == plans.moment(NOW - 9000 + 90) + plans.GRACE


class TestUsage:
    def test_hourly_once_by_the_hour(self, buyer):
        buyer.tell(buyer.told('created', 'active', 1, usage_type='metered'))
        tenant, now = buyer.api.tenant.tenant_id, clock.now()
        assert meters.collect(now - dt.timedelta(hours=1)) == 1
        count = {'tenant_id': tenant, 'day': dt.date(2001, 1, 1), 'api_calls': 70}
        Usage.insert(**count).execute()
        assert (meters.collect(now), meters.collect(now)) == (1, 0)
        buyer.stub.statuses = [500, 500, 500]
        assert meters.carry() is not None
        StripeUsage.update(due_at=now).where(StripeUsage.state == 'waiting').execute()
        assert meters.carry() is None
        sent = [form for _, path, form, _ in buyer.stub.asked if path.endswith('meter_events')]
        assert len(sent) == 4 and len({form['identifier'] for form in sent}) == 1
        hour = (now - dt.timedelta(hours=1)).strftime('%Y%m%d%H')
        assert sent[0]['identifier'] == f'{buyer.uid}:api_calls:{hour}'
        assert int(sent[0]['payload[value]']) >= 70
        assert sent[0]['payload[stripe_customer_id]'] == buyer.customer

    def test_an_outage_changes_nothing_for_the_tenant(self, buyer):
        buyer.tell(buyer.told('created', 'active', 1))
        buyer.stub.statuses = [500] * 9
        assert (buyer.plan()['status'], buyer.writes()) == ('active', 201)


class TestMissed:
    def test_events_that_never_came_are_fetched_once(self, buyer):
        listed = {'object': 'list', 'data': [buyer.told('created', 'active', 1)]}
        buyer.stub.answers['/v1/events'] = listed | {'has_more': False, 'url': '/v1/events'}
        assert (missed.fetch(clock.now()), missed.fetch(clock.now())) == (1, 0)
        settle()
        assert buyer.plan()['plan'] == 'starter'
        asked = buyer.stub.asked[-1][2]
        assert asked['delivery_success'] in ('false', 'False')
