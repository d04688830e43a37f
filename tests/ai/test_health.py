"""/customers/{id}/health over the data set's company, and the job that looks at everybody."""

import datetime as dt
import typing

import pytest

from karvo.analytics.jobs import health, jobs
from karvo.analytics.models import CustomerHealth, HealthCalibration
from karvo.app import jobs as all_jobs
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place, statement_count
from tests.conftest import Api, wide_key
from tests.days import stand_still
from tests.invoicing import created

# The company takes a while to load: its tests run one after the other.
pytestmark = pytest.mark.xdist_group('ai')
DAY = dt.date(2026, 8, 20)
LAPSED = {'AERO01', 'MAIS01'}


@pytest.fixture(scope='module')
def all_health(books: Api) -> dict[str, dict[str, typing.Any]]:
    """By customer's code, before anything was calibrated."""
    found = {}
    for customer in books.get('/customers?per_page=100').json['data']:
        answer = books.get(f'/customers/{customer["id"]}/health')
        assert answer.status_code == 200, answer.text
        found[customer['code']] = answer.json
    return found


def refresh(api: Api, day: dt.date) -> dict[str, typing.Any]:
    with api.company():
        return health(system_actor('analytics.health', current_place()), day)


def changes(api: Api) -> list[dict[str, typing.Any]]:
    return api.get('/events?type=customer.health_changed').json['data']


class TestScores:
    def test_lapsed_buyers_are_found(self, all_health: dict[str, typing.Any]) -> None:
        """The figures of the facts on AI, §5."""
        lapsed = {code: all_health[code] for code in LAPSED}
        assert {code: one['score'] for code, one in lapsed.items()} == {'AERO01': 31, 'MAIS01': 33}
        assert lapsed['AERO01']['churn']['probability'] == pytest.approx(0.88, abs=0.005)
        assert lapsed['MAIS01']['churn']['probability'] == pytest.approx(0.79, abs=0.005)
        assert {one['churn_risk'] for one in lapsed.values()} == {'high'}

    def test_score_of_the_late_payer_the_steady_and_the_new(
        self, all_health: dict[str, typing.Any]
    ) -> None:
        assert all_health['GARA01']['score'] == 49
        new = all_health['OBRI01']
        assert (new['score'], new['new'], new['orders']) == (80, True, 1)
        assert new['churn_risk'] != 'high'
        steady = {
            code: one['score']
            for code, one in all_health.items()
            if code not in {*LAPSED, 'GARA01', 'OBRI01'}
        }
        assert (min(steady.values()), max(steady.values())) == (57, 89)

    def test_explains_itself(self, all_health: dict[str, typing.Any]) -> None:
        one = all_health['AERO01']
        assert one['label'] == 'at_risk'
        assert [part['weight'] for part in one['components']] == [30, 20, 20, 20, 10]
        weighted = sum(part['value'] * part['weight'] for part in one['components']) / 100
        assert one['score'] == pytest.approx(weighted, abs=0.51)
        days = (DAY - dt.date.fromisoformat(one['last_order'])).days
        assert one['components'][0]['raw']['days_since'] == days
        assert f'{days} ' in one['components'][0]['explanation']
        expected = dt.date.fromisoformat(one['next_expected_order'])
        gap = (expected - dt.date.fromisoformat(one['last_order'])).days
        assert gap == round(one['typical_gap_days'])
        assert one['churn']['calibrated'] is False
        assert one['as_of'] == '2026-08-20'

    def test_speaks_the_callers_language(
        self, books: Api, all_health: dict[str, typing.Any]
    ) -> None:
        path = f'/customers/{all_health["AERO01"]["customer_id"]}/health'
        french = books.get(path, headers={'Accept-Language': 'fr-CA'}).json['components'][0]
        english = books.get(path, headers={'Accept-Language': 'en'}).json['components'][0]
        assert 'dernière commande' in french['explanation']
        assert english['explanation'].startswith('last order ')
        asked = books.get(f'{path}?lang=fr', headers={'Accept-Language': 'en'}).json
        assert asked['components'][0] == french
        assert books.get(f'{path}?lang=de').status_code == 422

    def test_takes_few_statements(self, books: Api, all_health: dict[str, typing.Any]) -> None:
        before = statement_count()
        books.get(f'/customers/{all_health["AERO01"]["customer_id"]}/health')
        assert statement_count() - before <= 4

    def test_of_nobody_is_not_found(self, books: Api) -> None:
        assert books.get('/customers/987654/health').status_code == 404

    def test_needs_its_scope(self, books: Api) -> None:
        assert books.tenant is not None
        key = wide_key(books.tenant, scopes=['invoices:read'])
        assert (
            Api(books.client.app, books.tenant, key).get('/customers/1/health').status_code == 403
        )

    def test_before_the_first_order_there_is_none(self, api: Api) -> None:
        made = api.post('/customers', {'name': 'Nobody', 'code': 'N'}).json
        shown = api.get(f'/customers/{made["id"]}/health').json
        assert (shown['score'], shown['label'], shown['components']) == (None, 'no_orders', [])
        assert shown['churn_risk'] is shown['next_expected_order'] is None


class TestRefresh:
    def test_is_a_job_of_the_night(self) -> None:
        assert [job.name for job in jobs] == ['analytics.health']
        assert jobs[0] in all_jobs

    def test_tells_once_of_a_change(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        stand_still(monkeypatch, '2026-08-20')
        for day in ('2025-07-01', '2025-07-31', '2025-08-30', '2025-09-30', '2025-10-30'):
            created(api, date=day, customer_code='A')
        created(api, date='2026-08-01', customer_code='B', customer_name='B')
        first = refresh(api, dt.date(2025, 11, 1))
        assert first == {'customers': 2, 'changed': 0, 'fitted': False}
        assert changes(api) == []
        assert refresh(api, dt.date(2026, 8, 20))['changed'] == 2
        told = {one['data']['object']['code']: one['data'] for one in changes(api)}
        assert told['A']['object']['risk'] == 'lost'
        assert told['A']['previous_attributes']['risk'] == 'low'
        assert told['B']['previous_attributes']['label'] == 'no_orders'
        assert refresh(api, dt.date(2026, 8, 20))['changed'] == 0
        assert len(changes(api)) == 2
        with api.company():
            kept = {one.party.code: one for one in CustomerHealth.select()}
        assert kept['A'].as_of == kept['A'].changed_on == dt.date(2026, 8, 20)
        shown = api.get(f'/customers/{kept["A"].party_id}/health').json
        assert (shown['score'], shown['label']) == (kept['A'].score, kept['A'].label)

    def test_forgets_who_is_no_customer_any_more(self, api: Api) -> None:
        made = api.post('/customers', {'name': 'Nobody'}).json['id']
        assert refresh(api, dt.date(2026, 8, 20))['customers'] == 1
        assert api.delete(f'/customers/{made}').status_code == 200
        assert refresh(api, dt.date(2026, 8, 21))['customers'] == 0
        with api.company():
            assert CustomerHealth.select().count() == 0

    def test_statements_do_not_grow_with_the_customers(self, api: Api) -> None:
        def count() -> int:
            before = statement_count()
            refresh(api, dt.date(2026, 8, 20))
            return statement_count() - before

        created(api, date='2026-08-01', customer_code='C0', customer_name='C0')
        few = count()
        for n in range(1, 6):
            created(api, date='2026-08-01', customer_code=f'C{n}', customer_name=f'C{n}')
        assert count() == few


class TestCalibration:
    """Last: from here on the data set's company is calibrated."""

    def test_is_fitted_once_a_week_to_what_came_of_customers(self, books: Api) -> None:
        assert refresh(books, DAY)['fitted']
        assert not refresh(books, DAY + dt.timedelta(6))['fitted']
        with books.company():
            fitted = HealthCalibration.get()
        # Regular buyers: the facts fitted 2.12 to half of these.
        assert 1.5 < fitted.k < 3
        assert fitted.outcomes > 300
        assert fitted.brier < 0.07
        customers = books.get('/customers?per_page=100').json['data']
        one = next(row['id'] for row in customers if row['code'] == 'HBEL01')
        shown = books.get(f'/customers/{one}/health').json['churn']
        assert shown['calibrated']
        assert shown['probability'] < 0.1
