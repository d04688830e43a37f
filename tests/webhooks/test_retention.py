"""What is cleared away by night, and what stays."""

import datetime as dt

from karvo.kit import clock
from karvo.webhooks import jobs, sealed
from karvo.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookReplay
from karvo.webhooks.operations import retention
from tests.webhooks.conftest import actor_of, customer, hook, queued, set_all, spread

LONG_AGO = dt.timedelta(days=31)


def run(api):
    with api.company():
        [job] = jobs.jobs
        assert job.name == 'webhooks.retention'
        return job.run(actor_of(api), clock.now().date())


def with_deliveries(api, count=5, **values):
    made = hook(api, events=['customer.*'], **values)['id']
    for n in range(count):
        customer(api, f'C{made}-{n}')
    spread(api)
    rows = queued(api, made)
    with api.company():
        for row in rows:
            WebhookAttempt.create(
                delivery=row.id,
                webhook_id=made,
                number=1,
                at=row.created_at,
                duration_ms=1,
                outcome='status',
            )
    return made, rows


def age(api, ids, **values):
    then = clock.now() - LONG_AGO
    with api.company():
        old = {'created_at': then, 'due_at': then, 'finished_at': None} | values
        WebhookDelivery.update(old).where(WebhookDelivery.id.in_(ids)).execute()


class TestRetention:
    def test_old_deliveries_go_with_their_attempts(self, api, monkeypatch):
        monkeypatch.setattr(retention, 'BATCH', 2)
        made, rows = with_deliveries(api)
        ids = [row.id for row in rows]
        age(api, ids[:3], state='delivered', finished_at=clock.now() - LONG_AGO)
        age(api, ids[3:4], state='waiting')
        assert run(api) == {'deliveries': 3, 'replays': 0, 'secrets': 0}
        assert [row.id for row in queued(api, made)] == ids[3:]
        with api.company():
            assert WebhookAttempt.select().count() == 2
        assert run(api)['deliveries'] == 0

    def test_what_was_sent_again_lately_stays(self, api):
        made, rows = with_deliveries(api, 1)
        age(api, [rows[0].id], state='delivered', finished_at=clock.now())
        assert run(api)['deliveries'] == 0
        assert len(queued(api, made)) == 1

    def test_a_paused_webhook_keeps_them_for_thirty_days(self, api):
        made, rows = with_deliveries(api, 2, active=False)
        age(api, [rows[0].id], state='waiting')
        assert run(api)['deliveries'] == 1
        assert [row.id for row in queued(api, made)] == [rows[1].id]

    def test_deleted_webhooks_go_with_all_they_had(self, api, monkeypatch):
        monkeypatch.setattr(retention, 'BATCH', 2)
        stays, _ = with_deliveries(api, 1)
        made, _ = with_deliveries(api)
        api.post(f'/webhooks/{made}/replay')
        api.delete(f'/webhooks/{made}')
        assert run(api)['deliveries'] == 5
        with api.company():
            assert [row.id for row in Webhook.select()] == [stays]
            assert WebhookReplay.select().count() == 0
            assert [one.webhook_id for one in WebhookAttempt.select()] == [stays]

    def test_old_replays_go(self, api):
        made = hook(api)['id']
        api.post(f'/webhooks/{made}/replay')
        with api.company():
            ended = {'state': 'done', 'finished_at': clock.now() - LONG_AGO}
            WebhookReplay.update(ended).execute()
        assert run(api)['replays'] == 1

    def test_expired_secrets_go(self, api):
        made = hook(api)['id']
        new = api.post(f'/webhooks/{made}/rotate-secret', {'overlap_hours': 1}).json['secret']
        assert run(api)['secrets'] == 0
        with api.company():
            row = Webhook.get()
            past = clock.now() - dt.timedelta(seconds=1)
            keys = sealed.open_secrets(row.secrets)
            keys[1].expires_at = row.secrets_expire_at = past
            row.secrets = sealed.seal_secrets(keys)
            row.save()
        assert api.get(f'/webhooks/{made}').json['previous_secret_expires_at'] is None
        assert run(api)['secrets'] == 1
        with api.company():
            row = Webhook.get()
            assert [key.key for key in sealed.open_secrets(row.secrets)] == [new]
            assert row.secrets_expire_at is None

    def test_nothing_to_do(self, api):
        set_all(api, hook(api)['id'], state='failed')
        assert run(api) == {'deliveries': 0, 'replays': 0, 'secrets': 0}
