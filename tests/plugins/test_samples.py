"""The samples of Karbon's and Enapps' documents, sent as they stand: all are answered."""

import json
import shlex
import typing

import pytest

from karvo.app import document_of
from karvo.kit import samples
from plugins.enapps.examples import EXAMPLES as ENAPPS
from plugins.enapps.examples import LOGIN, PASSWORD
from plugins.karbon.examples import EXAMPLES as KARBON
from plugins.karbon.examples import INVOICE_KEY
from tests.conftest import INVOICE, Api

ORIGIN = 'https://erp.example'
KNOWN = {'karbon': KARBON, 'enapps': ENAPPS}


def commands(name: str) -> dict[str, str]:
    """{'GET /Invoices': the curl command}"""
    return {
        f'{method.upper()} {path}': operation['x-codeSamples'][0]['source']
        for path, methods in document_of(name, ORIGIN)['paths'].items()
        for method, operation in methods.items()
    }


def sent(api: Api, command: str) -> typing.Any:
    words = shlex.split(command.replace('\\\n', ' '))
    url = next(word for word in words if word.startswith(ORIGIN)).removeprefix(ORIGIN)
    headers = [words[n + 1] for n, word in enumerate(words) if word == '-H']
    path, _, query = url.partition('?')
    return api.client.simulate_request(
        words[words.index('-X') + 1] if '-X' in words else 'GET',
        path,
        query_string=query,
        headers=dict(header.split(': ', 1) for header in headers),
        body=words[words.index('-d') + 1] if '-d' in words else None,
    )


@pytest.mark.parametrize('name', KNOWN)
def test_every_operation_has_an_example_of_its_own(name: str) -> None:
    assert KNOWN[name].keys() == commands(name).keys()


@pytest.mark.parametrize('name', KNOWN)
def test_every_sample_is_answered(name: str, api: Api) -> None:
    made = api.post('/invoices', INVOICE).json
    api.post('/billing/payments', {'invoice_id': made['id'], 'amount': 100, 'method': 'eft'})
    token = {'Authorization': f'Bearer {api.key}'}
    [row] = api.client.simulate_get('/v3/Invoices', headers=token).json['value']
    real = {
        samples.TOKEN: api.key,
        INVOICE_KEY: row['InvoiceKey'],
        json.dumps(LOGIN): json.dumps(api.tenant.username),
        json.dumps(PASSWORD): json.dumps(api.tenant.password),
        'partner_id=1': f'partner_id={made["customer_id"]}',
        'invoice_id=1': f'invoice_id={made["id"]}',
    }
    for operation, command in commands(name).items():
        for given, found in real.items():
            command = command.replace(given, found)
        answer = sent(api, command)
        assert answer.status_code < 400, (operation, answer.text)
        assert answer.json.get('value', True) if name == 'karbon' else answer.json, operation
    assert api.difference() == 0
