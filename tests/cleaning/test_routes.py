"""/cleaning/contracts over HTTP: entered, changed, each step of the tables."""

import pytest

from karvo.cleaning.models import TRANSITIONS, VISIT_TRANSITIONS, CleaningContract
from karvo.kit.outbox import AuditLog
from karvo.warehouses.reads import wrong_stock
from tests.cleaning.contracts import LINE, created, events, log, step
from tests.conftest import Api, wide_key
from tests.invoicing import refused

STEPS = {
    'active': ('activate', {}),
    'suspended': ('suspend', {}),
    'terminated': ('terminate', {'reason': 'moved'}),
    'renewed': ('renew', {}),
}
VISIT = {'scheduled_at': '2026-11-20T08:00:00'}


def brought_to(api: Api, state: str) -> dict:
    one = created(api, start_date='2026-11-20', end_date=None)
    if state != 'draft':
        step(api, one, 'activate')
    if state in ('suspended', 'terminated'):
        assert step(api, one, *['suspend'] if state == 'suspended' else ['terminate'],
                    reason='x').status_code == 200  # fmt: skip
    if state in ('expired', 'renewed'):
        with api.company():
            CleaningContract.update(state=state, end_date='2026-11-20').where(
                CleaningContract.id == one['id']
            ).execute()
    assert api.get(f'/cleaning/contracts/{one["id"]}').json['status'] == state
    return one


class TestCreate:
    def test_a_draft_with_its_lines(self, books: Api) -> None:
        one = created(books)
        assert (one['status'], one['contract_no']) == ('draft', 'CC-2026-0001')
        assert (one['total_value'], one['current_value'], one['language']) == (1000, 1000, 'fr')
        [line] = one['lines']
        assert (line['task_fr'], line['weekdays'], line['line_total']) == (
            'Planchers',
            ['mon'],
            1000,
        )
        assert (one['next_invoice_date'], one['service_log']) == (None, [])
        assert books.get('/invoices/number-audit?series=CC').json['unexplained'] == []

    def test_in_force_at_once(self, books: Api) -> None:
        one = created(books, status='active', billing_day=15)
        assert (one['status'], one['next_invoice_date']) == ('active', '2026-09-15')
        assert events(books) == ['contract_created', 'activated']
        told = books.get('/events').json['data'][-1]['data']['object']
        assert told['contract_no'] == 'CC-2026-0001'

    def test_the_key_code_is_sealed_and_masked(self, books: Api) -> None:
        one = created(books)
        assert (one['has_key_code'], one['key_code']) == (True, '••••')
        assert 'key_code' not in one['site']
        with books.company():
            row = CleaningContract.get_by_id(one['id'])
            assert '4711' not in row.key_code and '4711' not in str(row.site)
        shown = books.get(f'/cleaning/contracts/{one["id"]}/key-code')
        assert shown.json == {'key_code': '4711'}
        with books.company():
            assert AuditLog.select().where(AuditLog.action == 'cleaning.key_code_read').count() == 1
        books.put(f'/cleaning/contracts/{one["id"]}', {'site': {'city': 'Laval'}})
        assert books.get(f'/cleaning/contracts/{one["id"]}').json['has_key_code']
        books.put(f'/cleaning/contracts/{one["id"]}', {'site': {'key_code': None}})
        assert books.get(f'/cleaning/contracts/{one["id"]}/key-code').status_code == 404

    @pytest.mark.parametrize(
        ('change', 'field'),
        [
            ({'customer_code': None}, 'customer_code'),
            ({'customer_code': 'NOBODY'}, 'customer_code'),
            ({'start_date': '1980-01-01'}, 'start_date'),
            ({'end_date': '2026-08-31'}, 'end_date'),
            ({'lines': []}, 'lines'),
            ({'lines': [LINE | {'task_fr': None, 'task_en': None}]}, 'lines[0].task_fr'),
            ({'lines': [LINE | {'sku': 'NOPE'}]}, 'lines[0].sku'),
            ({'lines': [LINE | {'line_total': 5}]}, 'lines[0].line_total'),
            ({'lines': [LINE | {'weekdays': ['moon']}]}, 'lines[0].weekdays[0]'),
            ({'lines': [LINE | {'frequency': 'hourly'}]}, 'lines[0].frequency'),
            ({'billing_day': 32}, 'billing_day'),
            ({'billing': 'weekly'}, 'billing'),
            ({'currency': 'USD'}, 'currency'),
            ({'auto_renew': True, 'end_date': None}, 'auto_renew'),
            ({'indexation_pct': 2}, 'indexation_month'),
            ({'fr_version_delivered_at': '2090-01-01T00:00:00Z'}, 'fr_version_delivered_at'),
            ({'visit_time': '25:00'}, 'visit_time'),
            ({'status': 'suspended'}, 'status'),
        ],
    )
    def test_refusals_name_the_field(self, books: Api, change: dict, field: str) -> None:
        with pytest.raises(AssertionError) as refusal:
            created(books, **change)
        assert field in str(refusal.value)
        assert books.get('/cleaning/contracts').json['total'] == 0


class TestFrench:
    def test_english_alone_needs_the_french_version_first(self, books: Api) -> None:
        one = created(books, language='en')
        answer = step(books, one, 'activate')
        assert (answer.status_code, answer.json['code']) == (422, 'erp_french_version')
        given = {'fr_version_delivered_at': '2026-08-15T12:00:00Z'}
        books.put(f'/cleaning/contracts/{one["id"]}', given)
        assert step(books, one, 'activate').json['status'] == 'active'

    def test_elsewhere_it_does_not(self, books: Api) -> None:
        books.post('/customers', {'code': 'TOR', 'name': 'T', 'province': 'ON', 'country': 'CA'})
        one = created(books, customer_code='TOR', language='en', status='active')
        assert one['status'] == 'active'

    def test_french_comes_first_unless_the_customer_asked_for_english(self, books: Api) -> None:
        english = {'code': 'EN', 'name': 'E', 'province': 'QC', 'language': 'en'}
        made = books.post('/customers', english).json['id']
        assert created(books, customer_code='EN')['language'] == 'fr'
        choice = {'language_choice_recorded_ref': 'letter of 1 May'}
        assert books.put(f'/customers/{made}', choice).status_code == 200
        assert created(books, customer_code='EN')['language'] == 'en'


class TestList:
    def test_filters(self, books: Api) -> None:
        created(books)
        created(books, status='active', name='Usine', site={'city': 'Lévis'}, end_date='2026-12-01')

        def names(query: str) -> list[str]:
            return [row['name'] for row in books.get(f'/cleaning/contracts?{query}').json['data']]

        assert names('status=active') == names('city=levis') == ['Usine']
        assert names('status=draft,active&orderby=name') == ['Bureau Laval', 'Usine']
        assert (
            names('expiring_within_days=11') == ['Usine'] and names('expiring_within_days=10') == []
        )
        assert names('search=bureau') == ['Bureau Laval']
        assert names('search=cc-2026-0002') == ['Usine']
        assert names('customer_code=nobody') == []
        refused(books.get('/cleaning/contracts?status=lost'), 'status')

    def test_others_and_readers(self, books: Api, other: Api) -> None:
        one = created(books, status='active')
        path = f'/cleaning/contracts/{one["id"]}'
        assert other.get(path).status_code == 404
        assert other.put(path, {'notes': 'x'}).status_code == 404
        headers = {'X-SE-ERP-Key': wide_key(books.tenant, scopes=['read-only'])}
        assert books.get(path, headers=headers).status_code == 200
        assert books.get(f'{path}/key-code', headers=headers).status_code == 403
        for name in ('activate', 'suspend', 'resume', 'terminate', 'renew', 'service-log'):
            assert other.post(f'{path}/{name}', VISIT).status_code == 404
            assert books.post(f'{path}/{name}', VISIT, headers=headers).status_code == 403
        assert other.put(f'{path}/service-log/1', {}).status_code == 404


class TestChange:
    def test_a_draft_may_change_altogether(self, books: Api) -> None:
        one = created(books)
        change = {'start_date': '2026-10-01', 'lines': [LINE, LINE | {'qty': 2}], 'name': 'X'}
        shown = books.put(f'/cleaning/contracts/{one["id"]}', change).json
        assert (shown['name'], shown['total_value'], len(shown['lines'])) == ('X', 3000, 2)
        assert shown['priced_on'] == '2026-10-01'

    def test_what_was_agreed_stays(self, books: Api) -> None:
        one = created(books, status='active')
        path = f'/cleaning/contracts/{one["id"]}'
        for change in ({'start_date': '2026-10-01'}, {'billing': 'annual'}, {'lines': [LINE]}):
            assert books.put(path, change).status_code == 422
        shown = books.put(path, {'price_per_period': 900, 'crew': 'B'}).json
        assert (shown['total_value'], shown['priced_on']) == (900, '2026-11-20')
        assert books.put(path, {'crew': 'C'}, headers={'If-Match': '"1"'}).status_code == 412
        step(books, one, 'terminate', reason='moved')
        assert books.put(path, {'crew': 'D'}).status_code == 422
        assert books.put(path, {'notes': 'over'}).status_code == 200


class TestSteps:
    @pytest.mark.parametrize('state', sorted(TRANSITIONS))
    def test_every_pair(self, books: Api, state: str) -> None:
        """`expired` comes by the date alone (test_jobs); the others by their routes."""
        for target, (name, body) in STEPS.items():
            one = brought_to(books, state)
            name = 'resume' if (state, target) == ('suspended', 'active') else name
            answer = step(books, one, name, **body)
            if target in TRANSITIONS[state]:
                assert answer.status_code in (200, 201), (target, answer.text)
                assert books.get(f'/cleaning/contracts/{one["id"]}').json['status'] == target
            else:
                assert answer.status_code == 422, (state, target)
        wrong = {'active': 'resume', 'suspended': 'activate'}.get(state, 'resume')
        assert step(books, brought_to(books, state), wrong).status_code == 422

    def test_days_have_bounds(self, books: Api) -> None:
        one = created(books, status='active')
        refused(step(books, one, 'suspend', date='2026-11-21'), 'date')
        refused(step(books, one, 'suspend', date='2026-08-31'), 'date')
        refused(step(books, one, 'terminate'), 'reason')
        assert step(books, one, 'suspend', date='2026-11-10').status_code == 200
        refused(step(books, one, 'resume', date='2026-11-09'), 'date')
        shown = step(books, one, 'resume').json
        assert shown['suspensions'] == [{'from': '2026-11-10', 'to': '2026-11-19'}]
        assert events(books)[-2:] == ['suspended', 'resumed']


class TestVisits:
    def put(self, books: Api, one: dict, visit: dict, **body: object):
        return books.put(f'/cleaning/contracts/{one["id"]}/service-log/{visit["id"]}', body)

    def visit(self, books: Api, one: dict, **body: object) -> dict:
        answer = step(books, one, 'service-log', **VISIT | body)
        assert answer.status_code == 201, answer.text
        return answer.json

    @pytest.mark.parametrize('state', sorted(VISIT_TRANSITIONS))
    def test_every_pair(self, books: Api, state: str) -> None:
        one = created(books, status='active')
        for target in VISIT_TRANSITIONS:
            visit = self.visit(books, one)
            if state != 'scheduled':
                assert self.put(books, one, visit, status=state).status_code == 200
            more = {'scheduled_at': '2026-11-21T08:00:00'} if target == 'scheduled' else {}
            answer = self.put(books, one, visit, status=target, **more)
            is_good = target in VISIT_TRANSITIONS[state] or (
                target == state and not (more and state != 'scheduled')
            )
            assert answer.status_code == (200 if is_good else 422), (state, target, answer.text)

    def test_a_missed_one_needs_another_time(self, books: Api) -> None:
        one = created(books, status='active')
        visit = self.visit(books, one, status='missed')
        refused(self.put(books, one, visit, status='scheduled'), 'scheduled_at')
        late = self.put(books, one, visit, status='scheduled', scheduled_at='2028-01-01T08:00:00Z')
        refused(late, 'scheduled_at')
        assert events(books)[-2:] == ['service_scheduled', 'service_missed']

    def test_times_without_an_offset_are_the_companys(self, books: Api) -> None:
        visit = self.visit(books, created(books, status='active'))
        assert visit['scheduled_at'].startswith('2026-11-20T13:00:00')

    def test_only_of_a_contract_in_force(self, books: Api) -> None:
        one = created(books)
        assert step(books, one, 'service-log', **VISIT).status_code == 422
        other = created(books, status='active')
        visit = self.visit(books, other)
        assert self.put(books, one, visit, status='completed').status_code == 404

    def test_refusals(self, books: Api) -> None:
        one = created(books, status='active')
        visit = self.visit(books, one)
        refused(self.put(books, one, visit, tasks=[{'line_id': 99}]), 'tasks[0].line_id')
        refused(self.put(books, one, visit, quality_score=6), 'quality_score')
        times = {'started_at': '2026-11-20T09:00:00Z', 'ended_at': '2026-11-20T08:00:00Z'}
        refused(self.put(books, one, visit, **times), 'ended_at')
        supplies = [{'sku': 'NOPE', 'qty': 1}]
        bad = self.put(books, one, visit, status='completed', supplies=supplies)
        refused(bad, 'supplies[0].sku')
        assert log(books, one)[0]['status'] == 'scheduled'

    def test_supplies_leave_stock_once(self, books: Api) -> None:
        books.post('/products', {'sku': 'SOAP', 'name_en': 'Soap', 'cost': 4})
        books.post('/products', {'sku': 'RAG', 'name_en': 'Rag'})
        books.post('/warehouses', {'code': 'MTL', 'name': 'MTL'})
        lines = [{'sku': 'SOAP', 'qty': 10, 'unit_cost': 4}]
        books.post('/warehouses/receipts', {'warehouse': 'MTL', 'lines': lines})
        one = created(books, status='active')
        visit = self.visit(books, one)
        used = [{'sku': 'soap', 'qty': 2}, {'sku': 'SOAP', 'qty': 1}, {'sku': 'RAG', 'qty': 5}]
        short = [{'sku': 'SOAP', 'qty': 11}]
        assert self.put(books, one, visit, status='completed', supplies=short).status_code == 422
        assert log(books, one)[0]['supplies'] == []
        done = self.put(books, one, visit, status='completed', supplies=used)
        assert (done.status_code, done.json['status']) == (200, 'completed'), done.text
        assert done.json['supplies'][0] == {'sku': 'soap', 'qty': 2}
        assert books.get('/warehouses/stock/SOAP').json['total']['on_hand'] == 7
        [move] = books.get('/warehouses/moves?kind=consumption').json['data']
        assert move['qty'] == -3
        accounts = {a['code']: a for a in books.get('/ledger/trial-balance').json['data']}
        assert accounts['5000']['debit'] == 12
        again = self.put(books, one, visit, supplies=used)
        assert again.status_code == 422
        assert self.put(books, one, visit, quality_score=5).json['quality_score'] == 5
        with books.company():
            assert list(wrong_stock()) == []
        assert events(books)[-2:] == ['service_completed', 'service_updated']
