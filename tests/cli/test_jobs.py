"""`karvo jobs`: what there is, when it last ran, and by hand."""

import datetime as dt
import json
import typing
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from karvo.app import jobs, platform_jobs
from karvo.cli import job as commands
from karvo.kit.actor import Actor
from karvo.kit.jobs import Job
from tenants.models import JobRun, control
from tests.conftest import Api

BODY = {'customer_code': 'A', 'customer_name': 'A', 'subtotal': 100, 'date': '2026-01-01'}


@pytest.fixture(autouse=True)
def clean(api: Api) -> Iterator[None]:
    yield
    control.run('DELETE FROM control.job_run')


def karvo(*arguments: str) -> Result:
    return CliRunner().invoke(commands.jobs, arguments)


def overdue(api: Api) -> list[dict[str, typing.Any]]:
    return api.get('/events?type=invoice.overdue').json['data']


class TestRun:
    def test_twice_makes_the_same_rows(self, api: Api) -> None:
        api.post('/invoices', BODY)
        api.post('/invoices', BODY | {'date': None})
        slug = api.tenant.slug
        for announced in (1, 0):
            done = karvo('run', 'invoices.overdue', '--tenant', slug, '--json')
            assert done.exit_code == 0, done.output
            [run] = json.loads(done.stdout)['runs']
            assert (run['tenant'], run['state']) == (slug, 'done')
            assert run['report'] == {'announced': announced}
        assert [event['data']['object']['id'] for event in overdue(api)] == [1]

    def test_for_a_day_of_its_own(self, api: Api) -> None:
        api.post('/invoices', BODY)
        named = ('--tenant', api.tenant.slug, '--date', '2026-01-10')
        done = karvo('run', 'invoices.overdue', *named)
        assert done.stdout == f'invoices.overdue {api.tenant.slug} 2026-01-10: announced 0\n'
        assert JobRun.get().slot == '2026-01-10'

    def test_a_company_that_fails_is_named_and_the_others_are_done(
        self, api: Api, other: Api, monkeypatch
    ) -> None:
        def run(actor: Actor, day: dt.date) -> typing.Any:
            if actor.tenant_slug == api.tenant.slug:
                raise RuntimeError('no luck')
            return {'n': 1}

        one = Job(name='test.job', run=run, at=dt.time(0, 0))
        monkeypatch.setattr(commands, 'every_job', [one])
        done = karvo('run', 'test.job', '--json')
        assert done.exit_code == 1
        runs = {run['tenant']: run for run in json.loads(done.stdout)['runs']}
        assert runs[api.tenant.slug]['error'] == 'RuntimeError: no luck'
        assert runs[other.tenant.slug]['state'] == 'done'
        told = karvo('run', 'test.job', '--tenant', api.tenant.slug)
        assert f'test.job {api.tenant.slug}' in told.stderr
        assert 'FAILED: RuntimeError: no luck' in told.stderr
        listed = json.loads(karvo('list', '--json').stdout)['data']
        [failure] = listed[0]['failed']
        assert (failure['tenant'], failure['error']) == (api.tenant.slug, 'RuntimeError: no luck')
        assert f'{api.tenant.slug}' in karvo('list').stdout

    def test_of_the_platform(self, api: Api) -> None:
        done = karvo('run', 'runs.forget', '--json')
        assert (done.exit_code, json.loads(done.stdout)['runs'][0]['state']) == (0, 'done')

    @pytest.mark.parametrize(
        'arguments', [('run', 'no.such'), ('run', 'runs.forget', '--date', '2026-01-01'), ('run',)]
    )
    def test_wrong_usage(self, api: Api, arguments: tuple[str, ...]) -> None:
        assert karvo(*arguments).exit_code == 2


class TestList:
    def test_names_every_job_once(self, api: Api) -> None:
        karvo('run', 'pricing.expire', '--tenant', api.tenant.slug)
        shown = json.loads(karvo('list', '--json').stdout)
        names = [one['name'] for one in shown['data']]
        assert names == [one.name for one in (*jobs, *platform_jobs)]
        assert len(names) == len(set(names)) == shown['total']
        rows = {one['name']: one for one in shown['data']}
        assert rows['pricing.expire']['done'] == 1
        assert rows['invoices.overdue'] | {'failed': []} == {
            'name': 'invoices.overdue',
            'when': 'daily at 00:10',
            'last_run': None,
            'done': 0,
            'failed': [],
        }
        assert 'pricing.expire' in karvo('list').stdout

    @pytest.mark.parametrize('name', [one.name for one in (*jobs, *platform_jobs)])
    def test_every_job_runs_twice(self, api: Api, name: str) -> None:
        is_company = name in [one.name for one in jobs]
        named = ('--tenant', api.tenant.slug) if is_company else ()
        for _ in range(2):
            done = karvo('run', name, *named)
            assert done.exit_code == 0, done.output
