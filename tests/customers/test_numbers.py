"""Registration numbers, postal codes and terms are written with the digits 0 to 9."""

import pytest

WRITTEN = {
    'gst_no': '123456789RT0001',
    'qst_no': '1234567890TQ0001',
    'postal_code': 'H2X 1Y4',
    'payment_terms': 'NET45',
}


def in_digits_of(zero: str, text: str) -> str:
    """The same digits in another script, whose nought this is."""
    return ''.join(chr(ord(zero) + int(c)) if c in '0123456789' else c for c in text)


@pytest.mark.parametrize('name', WRITTEN)
@pytest.mark.parametrize('zero', ['\u0660', '\uff10'], ids=['arabic', 'full width'])
def test_other_digits_are_refused(api, name, zero):
    new = {'name': 'Épicerie', 'country': 'CA'} | WRITTEN
    refused = api.post('/customers', new | {name: in_digits_of(zero, WRITTEN[name])})
    assert (refused.status_code, list(refused.json['data']['params'])) == (422, [name])
    made = api.post('/customers', new)
    assert (made.status_code, made.json[name]) == (201, WRITTEN[name])


def test_a_kelvin_sign_is_no_letter_of_a_postal_code(api):
    new = {'name': 'Épicerie', 'country': 'CA'}
    assert api.post('/customers', new | {'postal_code': 'k1a 0b1'}).status_code == 201
    refused = api.post('/customers', new | {'postal_code': '\u212a1A 0B1'})
    assert list(refused.json['data']['params']) == ['postal_code']
