"""Payroll is for those whose credential names it."""

import json
import zipfile

import pytest

from karvo.kit import ended
from karvo.kit.db import database
from karvo.kit.errors import Invalid
from tenants.archive import export_tenant
from tenants.operations import tenant_by_slug
from tenants.scopes import ROLES, Scopes
from tests.conftest import wide_key
from tests.payroll.conftest import ANA, BANK, SIN

PATHS = [
    ('GET', '/payroll/employees'),
    ('GET', '/payroll/employees/1'),
    ('POST', '/payroll/employees'),
    ('PUT', '/payroll/employees/1'),
    ('GET', '/payroll/timesheets'),
    ('POST', '/payroll/timesheets'),
    ('GET', '/payroll/runs'),
    ('POST', '/payroll/runs'),
    ('GET', '/payroll/runs/1'),
    ('GET', '/payroll/runs/1/stubs'),
    ('GET', '/payroll/runs/1/stubs/1/pdf'),
    ('POST', '/payroll/runs/1/approve'),
    ('POST', '/payroll/calculate'),
    ('GET', '/payroll/settings'),
    ('PUT', '/payroll/settings'),
]
ELSEWHERE = [
    'customers:read', 'invoices:read', 'ledger:read', 'events:read', 'settings:read',
    'webhooks:read', 'webhooks:write', 'keys:write', 'products:read',
]  # fmt: skip


class TestScopes:
    @pytest.mark.parametrize(('method', 'path'), PATHS)
    def test_without_it_nothing_answers(self, office, method, path):
        office.api.key = wide_key(office.api.tenant, scopes=ELSEWHERE)
        body = None if method == 'GET' else {}
        assert office.api.ask(method, path, body).status_code == 403

    def test_a_reader_does_not_write(self, office):
        office.api.key = wide_key(office.api.tenant, scopes=['payroll:read'])
        assert office.api.get('/payroll/employees').status_code == 200
        for method, path in PATHS:
            if method != 'GET' and path != '/payroll/calculate':
                assert office.api.ask(method, path, {}).status_code == 403, path

    def test_full_alone_reads_no_list(self, office):
        office.api.key = wide_key(office.api.tenant, scopes=['payroll:full'])
        assert office.api.get('/payroll/employees').status_code == 403

    @pytest.mark.parametrize('scope', ['*', '*:read', 'payroll:*', '*:full', 'payroll:everything'])
    def test_no_wildcard_is_a_scope(self, office, scope):
        with pytest.raises(Invalid):
            wide_key(office.api.tenant, scopes=[scope])

    def test_presets_hold_payroll_but_not_its_secrets(self):
        assert 'payroll:read' in Scopes(['read-only'])
        assert 'payroll:write' in Scopes(['read-write'])
        for preset in ('read-only', 'read-write'):
            assert 'payroll:full' not in Scopes([preset])

    @pytest.mark.parametrize(
        ('role', 'sees'),
        [('administrator', True), ('manager', True), ('accountant', True), ('sales', False)]
        + [('support', False), ('editor', False), ('shop_manager', False), ('contributor', False)],
    )
    def test_who_sells_or_helps_sees_no_wages(self, role, sees):
        assert ('payroll:read' in Scopes(ROLES[role])) is sees
        assert 'invoices:read' in Scopes(ROLES[role])

    def test_nobody_grants_what_he_does_not_have(self, office):
        office.api.key = wide_key(office.api.tenant, scopes=['keys:write', 'any:read', 'any:write'])
        for scopes in (['read-only'], ['payroll:full'], ['payroll:read']):
            assert office.api.post('/keys', {'scopes': scopes}).status_code == 403


class TestEverywhereElse:
    def test_no_search_feed_or_report_names_anybody(self, office):
        office.employee(sin=SIN, bank=BANK, last_name='Zwicky', pay_rate=98765)
        run = office.run()
        office.step(run, 'approve', 'post', 'pay')
        office.api.key = wide_key(office.api.tenant, scopes=ELSEWHERE)
        paths = ['/customers?search=zwicky', '/invoices?search=zwicky', '/ledger/accounts']
        paths += [
            '/events?limit=1000',
            '/settings',
            '/ledger/trial-balance',
            '/webhooks/event-types',
        ]
        for path in paths:
            answer = office.api.get(path)
            assert answer.status_code == 200, (path, answer.text)
            said = answer.text.lower()
            assert not any(word in said for word in ('zwicky', '98765', '130692544')), path

    def test_log_lines_and_stored_answers_hold_no_secret(self, office, capfd):
        headers = {'Idempotency-Key': 'once'}
        sent = ANA | {'sin': SIN, 'bank': BANK}
        office.api.post('/payroll/employees', sent, headers=headers)
        office.api.post('/payroll/employees', sent | {'sin': '130 692 545'})
        office.api.get('/payroll/employees?search=130692544')
        ended.flush()
        said = capfd.readouterr().err
        assert '/payroll/employees' in said
        assert not any(word in said for word in ('130692', '130 692', '130%20', '1234567', 'Roy'))
        with office.api.company():
            sql = 'SELECT * FROM idempotency_key'
            rows = database.execute_sql(sql).fetchall()
        assert rows and '130692544' not in str(rows) and '1234567' not in str(rows)

    def test_an_exported_company_holds_ciphertext(self, office, tmp_path):
        office.employee(sin=SIN, bank=BANK)
        office.step(office.run(), 'approve', 'post', 'pay')
        export_tenant(tenant_by_slug(office.api.tenant.slug), tmp_path / 'books.zip')
        with zipfile.ZipFile(tmp_path / 'books.zip') as archive:
            told = b''.join(archive.read(name) for name in archive.namelist())
        assert b'Roy' in told
        assert not any(word in told for word in (b'130692544', b'1234567', b'30011'))

    def test_a_webhook_gets_ids_and_states_alone(self, office):
        office.employee()
        office.step(office.run(), 'approve', 'post', 'pay')
        kinds = [event['type'] for event in office.events('payroll.*')]
        assert kinds == [
            f'payroll.run_{verb}' for verb in ('calculated', 'approved', 'posted', 'paid')
        ]
        for event in office.events('payroll.*'):
            assert set(event['data']['object']) == {'id', 'run_no', 'status', 'version'}
            assert json.dumps(event).count('Ana') == 0

    def test_the_settings_of_payroll_are_no_part_of_the_others(self, office):
        office.api.put('/payroll/settings', {'hsf_payroll': 4321000})
        assert '4321000' not in office.api.get('/settings').text
        assert '4321000' not in json.dumps(office.events('payroll.settings_updated'))
