"""One request, at least, to every operation of the API, in an order in which each finds something.

Nothing here imports the tests' own set-up, so that a process with another configuration can walk.
"""

import json
import typing
from collections.abc import Callable
from functools import partial

import stripe

from karvo.app import jobs
from karvo.config import config
from karvo.kit import clock
from karvo.kit.actor import system_actor
from karvo.kit.db import company
from tenants.models import Company, StripeEndpoint, Tenant
from tenants.schema import place_of
from tenants.stripe.work import carry
from tests.walk_dialects import walk_dialects
from tests.walk_payfiles import walk_payfiles
from tests.walk_payroll import walk_payroll

BASE, WORDPRESS = '/wp-json/se-erp/v2', '/wp-json/wp/v2'
WHOLE = (WORDPRESS, '/api/v', '/v3/')  #: beginnings of paths that are of no se-erp/v2 route
#: (method, whole path, body, who: `key`, `platform` or `person`) → (status, JSON).
#: A person has an application password and asks from this machine; `t=…` is Stripe's signature.
Ask = Callable[[str, str, typing.Any, str], tuple[int, typing.Any]]
Answers = list[tuple[str, str, int, typing.Any]]


class Walk:
    """Goes and remembers: `answers` holds (METHOD, path of the route, status, JSON)."""

    def __init__(self, ask: Ask, slug: str, person: tuple[str, str]) -> None:
        """`slug` of the tenant that it makes, `person`: log-in and password of somebody."""
        self.ask, self.slug, self.person = ask, slug, person
        self.answers: Answers = []

    def go(
        self,
        method: str,
        route: str,
        body: typing.Any = None,
        query: str = '',
        who: str = '',
        **ids: typing.Any,
    ) -> typing.Any:
        """The JSON of the answer; `ids` fill the path. Routes are of se-erp/v2, or whole."""
        path = route
        for name, value in ids.items():
            path = path.replace(f'{{{name}:int}}', str(value)).replace(f'{{{name}}}', str(value))
        who = who or ('platform' if route.startswith('/tenants') else 'key')
        whole = path if path.startswith(WHOLE) else BASE + path
        status, shown = self.ask(method, whole + query, body, who)
        self.answers.append((method, route, status, shown))
        return shown

    def everything(self) -> Answers:
        """All of it."""
        for part in (self.system, self.customers, self.products, self.pricing, self.invoices):
            part()
        parts = (
            self.warehouses,
            self.shipments,
            self.backorders,
            self.whmis,
            self.cleaning,
            partial(walk_payroll, self),
            partial(walk_payfiles, self),
            self.billing,
            self.stripe,
            self.reports,
            self.analytics,
            self.webhooks,
            self.receivables,
            self.claims,
            self.questions,
            self.keys,
            self.tenants,
            partial(walk_dialects, self),
            self.people,
        )
        for part in parts:
            part()
        return self.answers

    def system(self) -> None:
        self.go('GET', '/ping')
        self.go('GET', '/openapi.json')
        self.go('GET', '/settings')
        self.go('PUT', '/settings', {'phone': '514 555-0100', 'terms_text_en': 'Net 30'})
        self.go('PUT', '/settings/lock-dates', {'sales_lock': '2001-12-31'})
        new = {'regime': 'pst_bc', 'number': 'PST-1234-5678', 'valid_from': '2020-01-01'}
        made = self.go('POST', '/settings/tax-registrations', new)
        one = '/settings/tax-registrations/{id:int}'
        self.go('PUT', one, {'valid_to': '2020-12-31'}, id=made['id'])
        self.go('GET', '/settings/tax-registrations')

    def customers(self) -> None:
        body = {'name': 'Épicerie Côté', 'code': 'COTE', 'email': 'a@cote.example'}
        self.customer = self.go('POST', '/customers', body)['id']
        spare = self.go('POST', '/customers', {'name': 'Nobody'})['id']
        self.go('GET', '/customers')
        self.go('GET', '/customers', query='?search=cote&sort=balance&has_balance=false')
        self.go('POST', '/customers/search', {'q': 'cote'})
        self.go('GET', '/customers/{id:int}', id=self.customer)
        self.go('PUT', '/customers/{id:int}', {'credit_limit': '5000'}, id=self.customer)
        self.go('DELETE', '/customers/{id:int}', id=spare)

    def products(self) -> None:
        body = {'sku': 'CLN-5000', 'name_en': 'Cleaner 5L', 'list_price': 25, 'category': 'Clean'}
        made = self.go('POST', '/products', body | {'aliases': ['OLD-5000']})['id']
        self.go('GET', '/products')
        self.go('GET', '/products', query='?search=clean')
        self.go('GET', '/products/categories')
        self.go('GET', '/products/sku/{sku}', sku='old-5000')
        self.go('GET', '/products/{id:int}', id=made)
        self.go('PUT', '/products/{id:int}', {'list_price': '26.00'}, id=made)

    def pricing(self) -> None:
        rule = {'customer_code': 'COTE', 'sku': 'CLN-5000', 'value': '24.50'}
        made = self.go('POST', '/pricing/rules', rule)['id']
        self.go('GET', '/pricing/rules', query='?customer_code=COTE')
        self.go('GET', '/pricing/rules/{id:int}', id=made)
        self.go('PUT', '/pricing/rules/{id:int}', {'priority': 1}, id=made)
        asked = {'customer_code': 'COTE', 'sku': 'CLN-5000', 'requested_price': '20.00'}
        wanted = self.go('POST', '/pricing/negotiations', asked)['id']
        one = '/pricing/negotiations/{id:int}'
        self.go('GET', '/pricing/negotiations', query='?status=pending')
        self.go('GET', one, id=wanted)
        self.go('PUT', one, {'action': 'counter', 'counter_price': 22}, id=wanted)
        self.go('PUT', one, {'status': 'approved'}, id=wanted)
        self.go('GET', '/pricing/{sku}', query='?customer_code=COTE', sku='CLN-5000')
        self.go('DELETE', '/pricing/rules/{id:int}', id=made)

    def invoice(self, **more: typing.Any) -> int:
        lines = [{'sku': 'CLN-5000', 'qty': 2, 'unit_price': 50}]
        body = {'customer_code': 'COTE', 'lines': lines} | more
        return self.go('POST', '/invoices', body)['id']

    def invoices(self) -> None:
        self.posted, draft, spare = self.invoice(), self.invoice(status='draft'), self.invoice()
        one = '/invoices/{id:int}'
        self.go('PUT', one, {'notes': 'Fragile'}, id=draft)
        self.go('POST', f'{one}/post', {}, id=draft)
        self.go('POST', f'{one}/send', {'mark_only': True}, id=self.posted)
        self.go('POST', f'{one}/duplicate', {}, id=self.posted)
        self.go('PUT', one, {'po_reference': 'PO-7'}, id=self.posted)
        self.go('DELETE', one, id=spare)
        self.go('PUT', one, {'status': 'void', 'void_reason': 'twice'}, id=self.invoice())
        self.go('POST', f'{one}/write-off', {'reason': 'bankrupt'}, id=draft)
        self.go('GET', one, id=self.posted)
        self.go('GET', f'{one}/lines', id=self.posted)
        self.go('GET', f'{one}/pdf', query='?lang=fr+en', id=self.posted)
        self.go('GET', '/invoices', query='?include=lines,payments&customer_code=COTE')
        self.go('GET', '/invoices', query='?status=overdue,unpaid&search=cote')
        self.go('GET', '/invoices/search', query='?q=INV')
        self.go('GET', '/invoices/number-audit')
        self.go('GET', '/customers/{id:int}/invoices', id=self.customer)

    def warehouses(self) -> None:
        one, many = '/warehouses/{id:int}', '/warehouses/transfers'
        made = [
            self.go('POST', '/warehouses', {'code': code, 'name': code})['id']
            for code in ('MTL', 'QC')
        ]
        self.go('POST', '/products', {'sku': 'MOP', 'name': 'Mop', 'cost': 4} | {
            'initial_stock': {'warehouse': 'MTL', 'qty': 2}})  # fmt: skip
        lines = [{'sku': 'CLN-5000', 'qty': 9, 'unit_cost': 20}]
        self.go('POST', '/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines})
        counted = [{'sku': 'CLN-5000', 'counted': 7}]
        self.go('POST', '/warehouses/adjustments', {'warehouse': 'MTL', 'lines': counted})
        self.go('POST', f'{one}/locations', {'code': 'A-01'}, id=made[0])
        self.go('PUT', one, {'name': 'Montréal'}, id=made[0])
        self.go('GET', one, id=made[0])
        self.go('GET', '/warehouses')
        two = {'from_warehouse': 'MTL', 'to_warehouse': 'QC', 'two_step': True}
        moved = [self.go('POST', many, two | {'lines': [{'sku': 'MOP', 'qty': 1}]}) for _ in '12']
        self.go('POST', f'{many}/{{transfer_id:int}}/receive', {}, transfer_id=moved[0]['id'])
        self.go('POST', f'{many}/{{transfer_id:int}}/cancel', {}, transfer_id=moved[1]['id'])
        self.go('GET', f'{many}/{{transfer_id:int}}', transfer_id=moved[0]['id'])
        self.go('GET', many)
        self.go('GET', '/warehouses/moves', query='?sku=MOP')
        self.go('GET', '/warehouses/stock', query='?warehouse=MTL&low_stock=false')
        self.go('GET', '/warehouses/stock/{sku}', sku='mop')
        self.go('GET', '/warehouses/valuation')

    def shipments(self) -> None:
        """Nine of ten are there: the last goes on backorder."""
        lines = [{'sku': 'CLN-5000', 'qty': 10, 'unit_price': 50}]
        self.sold = self.invoice(lines=lines)
        one = '/shipments/{id:int}'
        made = self.go('POST', '/shipments', {'invoice_id': self.sold, 'method': 'carrier'})['id']
        self.go('PUT', one, {'status': 'on_hold', 'note': 'asked to wait'}, id=made)
        self.go('PUT', one, {'status': 'pending', 'carrier': 'Purolator'}, id=made)
        self.go('POST', f'{one}/advance', {'tracking_number': '1Z'}, id=made)
        self.go('PUT', one, {'status': 'shipped'}, id=made)
        self.go('GET', one, id=made)
        self.go('GET', '/shipments', query='?status=shipped&customer_code=COTE')
        self.go('GET', f'{one}/packing-slip', query='?lang=fr+en', id=made)
        self.go('GET', f'{one}/delivery-slip', id=made)

    def backorders(self) -> None:
        one = '/backorders/{id:int}'
        [short] = self.go('GET', '/backorders', query='?status=open')['data']
        body = {'customer_code': 'COTE', 'sku': 'MOP', 'qty': 1, 'expected_date': '2026-12-01'}
        spare = self.go('POST', '/backorders', body)['id']
        self.go('PUT', one, {'priority': 1}, id=spare)
        self.go('POST', f'{one}/cancel', {'reason': 'changed his mind'}, id=spare)
        lines = [{'sku': 'CLN-5000', 'qty': 5, 'unit_cost': 20}]
        self.go('POST', '/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines})
        self.go('POST', f'{one}/fulfill', {}, id=short['id'])
        self.go('GET', one, id=short['id'])
        self.go('GET', '/backorders/by-customer/{code}', code='COTE')
        self.go('GET', '/backorders/by-sku/{sku}', sku='OLD-5000')

    def whmis(self) -> None:
        """One in force, a second version, the supplier's file, paper."""
        flame = [{'class_code': 'flammable_liquids', 'category': '2'}]
        body = {'revised_on': '2026-03-01', 'classification': flame}
        one = '/whmis/{sku}'
        self.go('POST', one, body, sku='CLN-5000')
        self.go('PUT', one, {'review_months': 24}, sku='CLN-5000')
        self.go('GET', '/whmis', query='?status=current,expired&class=flammable_liquids&search=cln')
        self.go('GET', one, query='?lang=fr&version=1', sku='old-5000')
        self.go(
            'PUT', f'{one}/pdf/{{lang}}', {'content': 'JVBERi0xLjQK'}, sku='CLN-5000', lang='fr'
        )
        self.go('GET', f'{one}/pdf/{{lang}}', sku='CLN-5000', lang='fr')
        self.go('GET', f'{one}/sheet', sku='CLN-5000')
        self.go('GET', f'{one}/label', query='?lang=fr', sku='CLN-5000')
        self.go('GET', f'{one}/label/pdf', sku='CLN-5000')
        self.go('GET', f'{one}/customers', query='?to_notify=true&search=cote', sku='CLN-5000')

    def cleaning(self) -> None:
        """A contract through all that may become of it but its renewal, which the date brings."""
        many, one = '/cleaning/contracts', '/cleaning/contracts/{id:int}'
        line = {'task_fr': 'Planchers', 'unit_price': 40}
        body = {'customer_code': 'COTE', 'start_date': '2026-01-05', 'lines': [line]}
        body |= {'site': {'city': 'Laval', 'key_code': '4711'}}
        made = self.go('POST', many, body)['id']
        self.go('GET', many, query='?status=draft&city=laval&expiring_within_days=9&search=cote')
        self.go('PUT', one, {'crew': 'A'}, id=made)
        self.go('POST', f'{one}/activate', {}, id=made)
        self.go('GET', f'{one}/key-code', id=made)
        at = {'scheduled_at': '2026-01-07T08:00:00'}
        visit = self.go('POST', f'{one}/service-log', at, id=made)['id']
        done = {'status': 'completed', 'supplies': [{'sku': 'CLN-5000', 'qty': 1}]}
        self.go('PUT', f'{one}/service-log/{{log_id:int}}', done, id=made, log_id=visit)
        self.go('POST', f'{one}/suspend', {}, id=made)
        self.go('POST', f'{one}/resume', {}, id=made)
        self.go('POST', f'{one}/terminate', {'reason': 'moved'}, id=made)
        self.go('GET', one, query='?log_from=2026-01-01', id=made)
        body |= {'start_date': '2025-01-01', 'end_date': '2025-12-31', 'status': 'active'}
        self.go('POST', f'{one}/renew', {}, id=self.go('POST', many, body)['id'])

    def billing(self) -> None:
        body = {'invoice_id': self.posted, 'amount': '50.00', 'method': 'cheque'}
        paid = self.go('POST', '/billing/payments', body)['id']
        self.go('POST', '/billing/payments', {'customer_code': 'COTE', 'amount': 5})
        self.go('GET', '/billing/payments')
        self.go('GET', '/billing/payments/{id:int}', id=paid)
        self.go('DELETE', '/billing/payments/{id:int}', id=paid)
        body = {'invoice_id': self.posted, 'amount': '10.00', 'reason': 'damaged'}
        credited = self.go('POST', '/billing/credits', body)['id']
        self.go('GET', '/billing/credits')
        self.go('GET', '/billing/credits/{id:int}', id=credited)
        self.go('GET', '/billing/credits/{id:int}/pdf', id=credited)
        self.go('GET', '/customers/{id:int}/statement', id=self.customer)
        self.go('GET', '/billing/aging', query='?detail=true')

    def receivables(self) -> None:
        self.invoice(date='2002-01-01', due_date='2002-01-31')
        self.jobs('receivables.snapshot', 'receivables.dunning')
        self.go('GET', '/billing/aging/snapshots', query='?from=2001-01-01')
        letter = self.go('GET', '/billing/dunning', query='?status=draft')['data'][0]['id']
        one = '/billing/dunning/{id:int}'
        self.go('GET', one, id=letter)
        self.go('GET', f'{one}/pdf', query='?lang=fr', id=letter)
        self.go('POST', f'{one}/send', {'mark_only': True}, id=letter)
        self.go('POST', f'{one}/cancel', {'reason': 'on the phone'}, id=letter)
        levels = self.go('GET', '/billing/dunning/levels')['levels']
        self.go('PUT', '/billing/dunning/levels', {'levels': levels[:3]})

    def jobs(self, *names: str) -> None:
        """As the scheduler does them; events tell whose key it is."""
        own = self.go('GET', '/events')['data'][0]['tenant_id']
        place = place_of(Company.get(Company.tenant == own))
        with company(place):
            for job in (job for job in jobs if job.name in names):
                job.run(system_actor(job.name, place), clock.now().date())

    def claims(self) -> None:
        number = self.go('GET', '/invoices/{id:int}', id=self.invoice())['invoice_no']
        body = {'customer_code': 'COTE', 'invoice_no': number, 'type': 'damaged'}
        body |= {'description': 'leaked', 'lines': [{'sku': 'CLN-5000', 'qty': 1}]}
        made = self.go('POST', '/claims', body)['id']
        one = '/claims/{id:int}'
        self.go('GET', '/claims', query='?status=open&overdue=false&search=CLM')
        self.go('GET', one, id=made)
        self.go('PUT', one, {'status': 'under_review', 'assigned_to': 'ana'}, id=made)
        granted = {'amount_approved': 20, 'resolution': 'credit_note'}
        self.go('PUT', one, {'status': 'approved'} | granted, id=made)
        self.go('PUT', one, {'status': 'resolved'}, id=made)

    def questions(self) -> None:
        talk = self.go('POST', '/ai/conversations', {})['id']
        one, saved = '/ai/conversations/{id:int}', '/ai/saved-queries/{id:int}'
        self.go('POST', f'{one}/message', {'message': 'Revenue this year'}, id=talk)
        self.go('GET', '/ai/conversations', query='?search=revenue')
        self.go('GET', one, id=talk)
        self.go('DELETE', one, id=talk)
        body = {'name': 'Best', 'query': 'Top 5 customers this year', 'schedule': 'weekly'}
        kept = self.go('POST', '/ai/saved-queries', body)['id']
        self.go('POST', f'{saved}/run', id=kept)
        self.go('PUT', saved, {'visibility': 'company'}, id=kept)
        self.go('GET', '/ai/saved-queries', query='?visibility=company')
        self.go('GET', saved, id=kept)
        self.go('DELETE', saved, id=kept)

    def told(self, route: str, secret: str, object: typing.Any, type: str, **ids: str) -> None:
        """An event of Stripe, worked through."""
        body = {'id': f'evt_{type}', 'object': 'event', 'type': type, 'created': 1790000000}
        body |= {'livemode': False, 'data': {'object': object}}
        text = json.dumps(body, ensure_ascii=False)
        sign = stripe.WebhookSignature.generate_signature_header
        self.go('POST', route, body, who=sign(text, secret), **ids)
        carry()

    def stripe(self) -> None:
        """A stand-in answers in its place; config names it."""
        own = {'api_key': 'rk_test_walked1', 'webhook_secrets': ['whsec_walkedOver1']}
        self.go('PUT', '/stripe/account', own)
        key = self.go('GET', '/stripe/account')['webhook_url'].rpartition('/')[2]
        self.go('POST', '/invoices/{id:int}/checkout', {}, id=self.invoice())
        paid = {'id': 'pi_1', 'amount_received': 500, 'currency': 'cad'}
        route = '/stripe/webhook/{key}'
        self.told(route, 'whsec_walkedOver1', paid, 'payment_intent.succeeded', key=key)
        [row] = self.go('GET', '/stripe/unmatched')['data']
        place = {'customer_code': 'COTE'}
        self.go('POST', '/stripe/unmatched/{id:int}/match', place, id=row['id'])
        self.go('POST', '/billing-plan/checkout', {'plan': 'starter'})
        mine = StripeEndpoint.get(StripeEndpoint.key == key).company_id
        tenant = Tenant.select().join(Company).where(Company.id == mine).get()
        price = {'id': 'price_1', 'lookup_key': 'enterprise'}
        bought = {'id': f'sub_{mine}', 'customer': f'cus_{mine}', 'status': 'active'}
        bought |= {'metadata': {'tenant': str(tenant.uid)}, 'items': {'data': [{'price': price}]}}
        secret = config.stripe_webhook_secret[0]
        self.told('/stripe/webhook', secret, bought, 'customer.subscription.created')
        self.go('GET', '/billing-plan')
        self.go('POST', '/billing-plan/portal', {})
        self.go('DELETE', '/stripe/account')

    def reports(self) -> None:
        self.go('GET', '/events', query='?limit=1000')
        self.go('GET', '/ledger/accounts')
        self.go('GET', '/ledger/trial-balance')

    def analytics(self) -> None:
        self.jobs('analytics.health')
        self.go('GET', '/analytics/revenue', query='?months=3&group_by=category')
        self.go('GET', '/analytics/forecast', query='?months=3')
        self.go('POST', '/analytics/forecast', {'history': [9, 10, 12], 'horizon': 2})
        self.go('GET', '/customers/{id:int}/health', query='?lang=en', id=self.customer)

    def webhooks(self) -> None:
        body = {'url': 'https://hooks.example/karvo', 'events': ['invoice.*'], 'verify': True}
        made = self.go('POST', '/webhooks', body | {'signatures': ['v1a', 'wc']})['id']
        one = '/webhooks/{id:int}'
        self.go('GET', '/webhooks', query='?status=active,paused&search=hooks')
        self.go('GET', one, id=made)
        self.go(
            'PUT', one, {'filters': [{'path': 'object.total', 'op': 'gt', 'value': 5}]}, id=made
        )
        self.go('POST', f'{one}/pause', {}, id=made)
        self.go('POST', f'{one}/resume', {}, id=made)
        self.go('POST', f'{one}/rotate-secret', {'overlap_hours': 1}, id=made)
        sent = self.go('POST', f'{one}/test', {'type': 'invoice.paid'}, id=made)['id']
        self.go('GET', f'{one}/deliveries', query='?state=waiting&type=invoice.*', id=made)
        self.go('GET', '/webhooks/deliveries/{delivery_id:int}', delivery_id=sent)
        self.go('POST', '/webhooks/deliveries/{delivery_id:int}/resend', {}, delivery_id=sent)
        replay = self.go('POST', f'{one}/replay', {'which': 'missing'}, id=made)['id']
        self.go('GET', f'{one}/replays', id=made)
        self.go('GET', '/webhooks/replays/{replay_id:int}', replay_id=replay)
        self.go('DELETE', '/webhooks/replays/{replay_id:int}', replay_id=replay)
        self.go('GET', f'{one}/statistics', id=made)
        self.go('GET', '/webhooks/event-types')
        self.go('GET', '/webhooks/event-types/{type}', type='invoice.paid')
        self.go('DELETE', one, id=made)

    def keys(self) -> None:
        made = self.go('POST', '/keys', {'name': 'till', 'scopes': ['read-only']})['id']
        one = '/keys/{key_id:int}'
        self.go('GET', '/keys')
        self.go('GET', one, key_id=made)
        self.go('PUT', one, {'name': 'till 2'}, key_id=made)
        self.go('POST', f'{one}/rotate', {}, key_id=made)
        self.go('DELETE', one, key_id=made)

    def tenants(self) -> None:
        body = {'name': 'Walked', 'slug': self.slug, 'email': 'a@b.example', 'plan': 'starter'}
        made = self.go('POST', '/tenants', body)['tenant_id']
        one = '/tenants/{id:int}'
        self.go('GET', '/tenants', query='?per_page=100')
        self.go('GET', f'{one}/usage', id=made)
        self.go('POST', f'{one}/suspend', {}, id=made)
        self.go('POST', f'{one}/resume', {}, id=made)
        key = self.go('POST', f'{one}/keys', {'scopes': ['read-only']}, id=made)['id']
        self.go('GET', f'{one}/keys', id=made)
        self.go('DELETE', f'{one}/keys/{{key_id:int}}', id=made, key_id=key)

    def people(self) -> None:
        """Last the passwords of all, the person's own among them."""
        users, me = f'{WORDPRESS}/users', f'{WORDPRESS}/users/me'
        own = self.go('GET', me, query='?context=edit', who='person')['id']
        self.go('GET', users, query='?search=a&orderby=email', who='person')
        self.go('GET', f'{users}/{{id:int}}', id=own)
        for of, ids in ((me, {}), (f'{users}/{{id:int}}', {'id': own})):
            many, body = f'{of}/application-passwords', {'name': 'till'}
            one = f'{many}/{{uuid}}'
            ids |= {'uuid': self.go('POST', many, body, who='person', **ids)['uuid']}
            self.go('GET', many, who='person', **ids)
            self.go('GET', f'{many}/introspect', who='person', **ids)
            self.go('GET', one, who='person', **ids)
            self.go('PUT', one, {'name': 'till 2'}, who='person', **ids)
            self.go('DELETE', one, who='person', **ids)
        self.go('DELETE', f'{me}/application-passwords', who='person')
        self.go('DELETE', f'{users}/{{id:int}}/application-passwords', id=own)
