"""Parameters in headers, whose names have underscores: servers drop them unless they are told."""

import pathlib

from falcon import testing

from karvo import gunicorn_conf
from karvo.kit import clock
from karvo.kit.http import endpoints
from plugins.enapps.routes import routes
from tenants.credentials import NewKey, insert_key
from tenants.models import Company
from tenants.signing import sign
from tests.plugins.enapps.conftest import Enapps, invoice

DEPLOY = pathlib.Path(__file__).parents[3] / 'scripts' / 'deploy'


class TestSigned:
    def test_a_signed_request_takes_none_of_them(self, enapps: Enapps) -> None:
        made = invoice(enapps.api)
        row = Company.get(Company.uid == enapps.api.tenant.company_id)
        new = NewKey(require_signature=True, rate_limit=1000)
        key = insert_key(new, tenant_id=enapps.api.tenant.tenant_id, company_id=row.id)
        shop = Enapps(enapps.api, key.api_key)

        def lines(query: str, **headers: str) -> testing.Result:
            path, stamp = f'/invoice_lines{query}', str(int(clock.epoch()))
            signature = sign(key.signing_secret, stamp, 'GET', f'/api/v1{path}', b'')
            proof = {'X-Timestamp': stamp, 'X-Signature': signature}
            return shop.get(path, headers=proof | headers)

        assert len(lines(f'?invoice_id={made["id"]}').json) == 1
        refused = lines('', invoice_id=str(made['id']))
        assert (refused.status_code, refused.json) == (400, {'error': 'invoice_id is required'})
        assert enapps.get('/invoice_lines', headers={'invoice_id': str(made['id'])}).json


class TestNames:
    def test_gunicorn_lets_through_each_parameter_and_nothing_else(self) -> None:
        queries = [spec.query for _, _, _, spec in endpoints(routes) if spec.query]
        names = {name for query in queries for name in query.__struct_encode_fields__}
        underscored = {name.upper() for name in names if '_' in name}
        assert underscored == set(gunicorn_conf.forwarder_headers.split(','))

    def test_nginx_hands_them_on(self) -> None:
        assert 'underscores_in_headers on;' in (DEPLOY / 'nginx.conf').read_text()
