"""What the settings take, and what they refuse."""

import pytest


@pytest.mark.parametrize(
    'change', [{'currency': 'CAD\n'}, {'currency': 'cad'}, {'country': 'CA\n'}]
)
def test_codes_are_letters_and_nothing_else(api, change):
    [name] = change
    refused = api.put('/settings', change)
    assert (refused.status_code, list(refused.json['data']['params'])) == (422, [name])
    assert api.get('/settings').json[name] in ('CAD', 'CA')
