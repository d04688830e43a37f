"""A sandbox goes back to its snapshot, whole or not at all; nothing of it leaves the house."""

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from click.testing import CliRunner

from karvo.cli import check
from karvo.cli import job as job_commands
from karvo.cli import keys as key_commands
from karvo.cli import tenants as tenant_commands
from karvo.kit import clock, db
from karvo.kit.actor import system_actor
from karvo.kit.db import company_place, connect, url_of
from karvo.kit.errors import Conflict, Unavailable
from karvo.mail import jobs as mail_jobs
from karvo.mail.models import Mail
from karvo.mail.operations import queue_mail
from karvo.mail.schemas import NewMail
from karvo.payfiles.operations.bank_files import take_bank_file
from karvo.stripe import client
from karvo.stripe.operations import account
from tenants import claims, jobs, sandbox, schema
from tenants.claims import Claim
from tenants.job_runs import run_for_company
from tenants.models import Company, CompanyWork, JobRun, SandboxSnapshot, Tenant, control
from tenants.operations import RESET
from tenants.runs import Runs, is_over
from tests.conftest import INVOICE, Api, new_tenant, wide_key
from tests.recycled import recycle

JOB = next(job for job in jobs.jobs if job.name == RESET)


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(sandbox, 'DRAIN', 0)


@pytest.fixture
def box(app):
    tenant = new_tenant(sandbox=True)
    yield Api(app, tenant, wide_key(tenant, scopes=['read-write', 'period.unlock', 'payroll:full']))
    recycle(tenant)


def tenant_of(api):
    return Tenant.get_by_id(api.tenant.tenant_id)


def row_of(api):
    return Company.get(Company.uid == api.tenant.company_id)


def reset(api):
    return sandbox.reset_company(row_of(api).id)


def contents(api):
    """Every row of every table but what a reset counts up: {table: sorted rows}."""
    with connect(url_of('main')) as connection:
        found = {
            name: sorted(
                connection.execute(f'SELECT t::text FROM "{api.tenant.schema}"."{name}" t')
            )
            for name in schema.tables()
            if name not in {'idempotency_key', 'consumer', *sandbox.LEFT_OUT}
        }
    found['setting'] = [row for row in found['setting'] if 'books_version' not in row[0]]
    return found


def is_sound(api):
    with api.company():
        return check.problems() == []


class TestSnapshot:
    def test_what_was_there_then_is_there_again_however_often(self, box):
        box.post('/invoices', INVOICE)
        webhook = {'url': 'https://hooks.acme.example/x', 'events': ['invoice.*']}
        assert box.post('/webhooks', webhook).status_code == 201
        taken = sandbox.take_snapshot(tenant_of(box))
        assert taken[0].slug == box.tenant.slug
        assert taken[0].rows > 50
        before = contents(box)
        box.post('/invoices', {'customer_code': 'ACME01', 'subtotal': 5})
        box.delete('/webhooks/1')
        box.put('/settings', {'name': 'Changed', 'province': 'ON'})
        box.post('/billing/payments', {'invoice_no': 'INV-2026-0042', 'amount': 437.19})
        assert reset(box)['restored'] == 'snapshot'
        assert contents(box) == before
        assert box.get('/webhooks/1').json['url'] == webhook['url']
        assert box.get('/settings').json['name'] == 'Acme'
        assert is_sound(box)
        reset(box)
        assert contents(box) == before

    def test_numbers_go_back_and_ids_go_on(self, box):
        box.post('/invoices', INVOICE)
        sandbox.take_snapshot(tenant_of(box))
        new = {'customer_code': 'ACME01', 'subtotal': 5}
        first = box.post('/invoices', new).json
        reset(box)
        again = box.post('/invoices', new).json
        assert again['invoice_no'] == first['invoice_no']
        assert again['id'] > first['id']
        assert box.get(f'/invoices/{first["id"]}').status_code == 404
        assert is_sound(box)

    def test_what_a_process_remembers_of_taxes_is_not_trusted(self, box):
        sandbox.take_snapshot(tenant_of(box))
        new = {'customer_code': 'RITA', 'customer_name': 'Rita', 'subtotal': 100}
        assert box.post('/invoices', new).json['total'] == 114.98
        box.put('/settings', {'province': 'ON'})
        assert box.post('/invoices', new).json['total'] == 113
        reset(box)
        assert box.post('/invoices', new).json['total'] == 114.98

    def test_deliveries_on_their_way_are_no_seed(self, box):
        webhook = {'url': 'https://hooks.acme.example/x', 'events': ['customer.*']}
        box.post('/webhooks', webhook)
        box.post('/customers', {'name': 'Early'})
        sandbox.take_snapshot(tenant_of(box))
        reset(box)
        with box.company():
            read = db.database.run("SELECT seq FROM @consumer WHERE name = 'webhooks'").fetchone()
            head = db.database.run(
                "SELECT next_value - 1 FROM @number_series WHERE code = 'EVENT'"
            ).fetchone()
        assert read == head

    def test_of_an_older_version_is_migrated(self, box):
        box.post('/invoices', INVOICE)
        box.put('/settings', {'website': 'https://acme.example'})
        sandbox.take_snapshot(tenant_of(box))
        before = contents(box)
        kept = SandboxSnapshot.get(SandboxSnapshot.company == row_of(box))
        # As taken before the newest migration of a module that then had one fewer.
        kept.history = kept.history | {'ai': '0001_initial'}
        kept.history['gone'] = '0001_initial'  # a plugin that is not here any more
        kept.rows.append(['gone_thing', 3])
        kept.migrated = 'older'
        kept.save()
        box.post('/invoices', {'customer_code': 'ACME01', 'subtotal': 5})
        reset(box)
        assert contents(box) == before
        kept = SandboxSnapshot.get(SandboxSnapshot.company == row_of(box))
        assert kept.migrated == schema.fingerprint()
        assert kept.history == schema.last_migrations()
        assert is_sound(box)

    def test_only_of_a_sandbox(self, api):
        with pytest.raises(Conflict, match='no sandbox'):
            sandbox.take_snapshot(tenant_of(api))


class TestReset:
    def test_without_a_snapshot_it_is_as_provisioning_left_it(self, box, api):
        box.put(
            '/settings', {'country': 'FR', 'currency': 'EUR', 'name': 'Else', 'timezone': 'UTC'}
        )
        box.post('/customers', {'name': 'Somebody'})
        assert reset(box)['restored'] == 'fresh company'
        fresh, ours = contents(api), contents(box)
        for name in ('account', 'tax_code', 'tax_rate', 'payment_term', 'setting', 'party'):
            if name in fresh:
                count = (len(ours[name]), name)
                assert count == (len(fresh[name]), name) or name == 'setting'
        assert box.get('/settings').json['currency'] == 'CAD'
        assert box.get('/customers').json['total'] == 0
        assert box.post('/invoices', INVOICE).status_code == 201
        assert is_sound(box)

    def test_one_that_nothing_is_known_of_keeps_its_country(self, box):
        SandboxSnapshot.delete().where(SandboxSnapshot.company == row_of(box)).execute()
        box.put('/settings', {'country': 'FR', 'currency': 'EUR', 'province': ''})
        reset(box)
        assert box.get('/settings').json['currency'] == 'EUR'

    def test_credentials_stay_older_and_newer_ones(self, box):
        made = box.post('/keys', {'name': 'till'}).json
        sandbox.take_snapshot(tenant_of(box))
        uid = row_of(box).uid
        later = box.post('/keys', {'name': 'later'}).json
        reset(box)
        for key in (made, later):
            till = Api(box.client.app, box.tenant, key['api_key'])
            assert till.get('/customers').status_code == 200
        assert row_of(box).uid == uid

    def test_never_of_another_tenant(self, api):
        api.post('/invoices', INVOICE)
        SandboxSnapshot.create(company=row_of(api), archive=b'PK', migrated=schema.fingerprint())
        before = contents(api)
        with pytest.raises(Conflict, match='none of a sandbox'):
            reset(api)
        place = company_place(row_of(api).id)
        actor = system_actor(
            'x', place, tenant_id=api.tenant.tenant_id, company_id=row_of(api).id, is_sandbox=True
        )
        assert jobs.reset_sandbox(actor, dt.date(2026, 11, 21)) == {}
        assert contents(api) == before

    def test_closed_means_503_and_open_again(self, box, monkeypatch):
        seen = []

        def replace(place, books):
            answer = box.get('/customers')
            seen.append((answer.status_code, answer.headers['Retry-After']))
            assert box.post('/customers', {'name': 'x'}).status_code == 503
            held = CompanyWork.get(CompanyWork.company == row_of(box).id)
            assert held.held_by == f'reset-{row_of(box).id}'

        monkeypatch.setattr(sandbox, '_replace', replace)
        assert box.get('/customers').status_code == 200  # remembered from here on
        sandbox.take_snapshot(tenant_of(box))
        reset(box)
        assert seen == [(503, '10')]
        assert box.get('/customers').status_code == 200
        assert CompanyWork.get(CompanyWork.company == row_of(box).id).held_by is None

    def test_waits_for_the_worker_that_is_at_it(self, box, monkeypatch):
        monkeypatch.setattr(sandbox, 'PATIENCE', 0.2)
        sandbox.take_snapshot(tenant_of(box))
        assert claims.hold('worker-1', row_of(box).id, 60)
        with pytest.raises(Unavailable):
            reset(box)
        assert CompanyWork.get(CompanyWork.company == row_of(box).id).held_by == 'worker-1'
        assert box.get('/customers').status_code == 200

    def test_while_others_write(self, box, monkeypatch):
        box.post('/invoices', INVOICE)
        sandbox.take_snapshot(tenant_of(box))
        before, statuses, over = contents(box), [], threading.Event()

        def write():
            while not over.is_set():
                answer = box.post('/invoices', {'customer_code': 'ACME01', 'subtotal': 5})
                statuses.append(answer.status_code)
            db.close_all()
            control.close()

        monkeypatch.setattr(sandbox, 'DRAIN', 0.3)
        thread = threading.Thread(target=write)
        thread.start()
        try:
            monkeypatch.setattr(
                sandbox, '_close_until', closing(sandbox._close_until, over, thread)
            )
            reset(box)
        finally:
            over.set()
            thread.join()
        assert set(statuses) <= {201, 503}
        assert {201, 503} <= set(statuses)
        assert contents(box) == before
        assert is_sound(box)


def closing(close, over, thread):
    """Before it opens again those who write have ended: what they wrote then would be new."""

    def close_until(company_id, moment):
        if moment is None:
            over.set()
            thread.join()
        close(company_id, moment)

    return close_until


KILLED = """
import os, signal, sys
from karvo.cli.database import open_database
from tenants import archive, sandbox
sandbox.DRAIN = 0
fill, names = archive._copy_in, []
def copy(connection, place, name, *rest):
    names.append(name)
    if name == 'document_line':
        os.kill(os.getpid(), signal.SIGKILL)
    return fill(connection, place, name, *rest)
archive._copy_in = copy
with open_database():
    sandbox.reset_company(int(sys.argv[1]))
"""


class TestKilled:
    def test_half_way_it_leaves_what_was_there_and_goes_through_the_next_time(self, box):
        box.post('/invoices', INVOICE)
        sandbox.take_snapshot(tenant_of(box))
        seed = contents(box)
        box.post('/invoices', {'customer_code': 'ACME01', 'subtotal': 5})
        before = contents(box)
        environment = os.environ | {'KARVO_DATABASE_URL': url_of('main')}
        ended = subprocess.run(
            [sys.executable, '-c', KILLED, str(row_of(box).id)], env=environment, timeout=60
        )
        assert ended.returncode == -signal.SIGKILL
        assert contents(box) == before
        assert box.get('/customers').status_code == 503  # for a while, should nobody come
        assert row_of(box).closed_until > clock.now()
        reset(box)
        assert contents(box) == seed
        assert box.get('/customers').status_code == 200
        new = box.post('/invoices', {'customer_code': 'ACME01', 'subtotal': 5})
        assert new.json['id'] > 2
        assert is_sound(box)


class TestJob:
    def test_once_a_day_and_again_by_hand(self, box):
        row = Company.select(Company, Tenant).join(Tenant).where(Company.id == row_of(box).id).get()
        day = clock.today('America/Toronto')
        assert JOB.at == dt.time(3, 0)
        assert is_over(RESET, row.id, day.isoformat())  # not on the day on which it was made
        sandbox.take_snapshot(tenant_of(box))
        box.post('/customers', {'name': 'Rita'})
        with Runs() as runs:
            assert run_for_company(JOB, row, day, runs) is None
            assert box.get('/customers').json['total'] == 1
            done = run_for_company(JOB, row, day + dt.timedelta(days=1), runs)
            assert (done.state, done.report['restored']) == ('done', 'snapshot')
            assert run_for_company(JOB, row, day + dt.timedelta(days=1), runs) is None
            assert run_for_company(JOB, row, day, runs, again=True).state == 'done'
        assert box.get('/customers').json['total'] == 0

    def test_is_nothing_to_others(self, api):
        row = Company.select(Company, Tenant).join(Tenant).where(Company.id == row_of(api).id).get()
        with Runs() as runs:
            done = run_for_company(JOB, row, dt.date(2026, 11, 21), runs)
        assert (done.state, done.report) == ('done', {})
        assert not JobRun.select().where(JobRun.company == row, JobRun.holder == 'provisioning')


class TestCommands:
    def test_snapshot_and_reset_by_hand(self, box):
        box.post('/invoices', INVOICE)
        asked = ['snapshot', '--slug', box.tenant.slug, '--json']
        taken = CliRunner().invoke(tenant_commands.tenant, asked)
        assert taken.exit_code == 0
        told = json.loads(taken.stdout)
        assert (told['total'], told['data'][0]['company_id']) == (1, box.tenant.company_id)
        box.post('/customers', {'name': 'Rita'})
        asked = ['run', RESET, '--tenant', box.tenant.slug, '--json']
        done = json.loads(CliRunner().invoke(job_commands.jobs, asked).stdout)
        assert done['runs'][0]['report'] == {
            'restored': 'snapshot',
            'rows': told['data'][0]['rows'],
        }
        assert box.get('/customers').json['total'] == 1

    def test_a_signed_key(self, box):
        asked = ['create', '--tenant', box.tenant.slug, '--require-signature', '--json']
        made = json.loads(CliRunner().invoke(key_commands.key, asked).stdout)
        assert made['signing_secret'].startswith('sig_')
        assert Api(box.client.app, box.tenant, made['api_key']).get('/customers').status_code == 401


class TestNothingLeaves:
    def test_every_answer_says_so(self, box, api):
        assert box.get('/customers').headers['X-Sandbox'] == 'true'
        assert box.get('/customers/99').headers['X-Sandbox'] == 'true'
        assert box.post('/invoices', {}).headers['X-Sandbox'] == 'true'
        assert box.ask('OPTIONS', '/customers').headers['X-Sandbox'] == 'true'
        assert 'X-Sandbox' not in api.get('/customers').headers
        assert 'X-Sandbox' not in box.get('/ping').headers

    def test_mails_are_kept_and_not_sent(self, box, monkeypatch):
        monkeypatch.setattr(mail_jobs, 'config', type('C', (), {'smtp_url': 'smtp://nowhere:1'}))
        row = row_of(box)
        claim = Claim(row.id, str(row.uid), 'main', 1, 'slug', 'active', None, True)
        new = NewMail(to='a@b.example', subject='s', text='t', language='en', kind='test')
        with box.company():
            mail = queue_mail(new, actor=claim.actor('worker'))
            mail_jobs.carry(claim.actor('worker'))
            kept = Mail.get_by_id(mail)
        assert (kept.state, kept.error) == ('not_sent', 'a sandbox sends no mail')

    def test_workers_know_that_it_is_one(self, box):
        CompanyWork.delete().execute()
        claims.adopt()
        CompanyWork.update(due=clock.now()).execute()
        found = {claim.company_id: claim.is_sandbox for claim in claims.claim('w', 10_000, 0.01)}
        assert found[row_of(box).id] is True
        assert sum(found.values()) == Tenant.select().where(Tenant.is_sandbox).count()

    def test_no_file_for_a_bank(self, box, api):
        refused = box.get('/payroll/runs/1/cpa005')
        assert (refused.status_code, refused.json['code']) == (422, 'erp_sandbox')
        full = wide_key(api.tenant, scopes=['read-write', 'payroll:full'])
        assert (
            Api(api.client.app, api.tenant, full).get('/payroll/runs/1/cpa005').status_code == 404
        )
        actor = system_actor('x', company_place(row_of(box).id), is_sandbox=True)
        with box.company(), pytest.raises(Conflict, match='no files for banks'):
            take_bank_file(1, skip_missing=False, actor=actor)

    def test_stripe_with_test_keys_only(self, box, monkeypatch):
        actor = system_actor('x', company_place(row_of(box).id), is_sandbox=True)
        outside = system_actor('x', company_place(row_of(box).id))
        with box.company():
            account.use_own('sk_test_1234567890abcdef', actor=actor)
            assert account.key_in_use(actor).api_key.startswith('sk_test_')
            account.use_own('sk_live_1234567890abcdef', actor=actor)
            with pytest.raises(Conflict, match='test keys only'):
                account.key_in_use(actor)
            assert account.key_in_use(outside).api_key.startswith('sk_live_')
        with pytest.raises(Conflict):
            client.allowed(client.Key('rk_live_x'), actor)
