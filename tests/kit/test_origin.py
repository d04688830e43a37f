"""Where callers are: who is on this machine, and where a password may be told."""

import falcon
import pytest
from falcon import testing

from karvo.kit.origin import is_loopback, site_of


def site(host='localhost', protocol='http', peer='127.0.0.1', **headers):
    environ = testing.create_environ(host=host, scheme=protocol, headers=headers or None)
    environ['REMOTE_ADDR'] = peer  # '' behind a socket in the file system
    return site_of(falcon.Request(environ))


@pytest.mark.parametrize('host', ['127.0.0.1', '127.8.9.1', '::1', 'localhost', 'a.LOCALHOST'])
def test_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    'host', ['', '10.0.0.1', 'localhost.evil.example', 'notlocalhost', '0.0.0.0', '127.0.0.1.x']
)
def test_other_machines(host):
    assert not is_loopback(host)


@pytest.mark.parametrize('host', ['localhost', '127.0.0.1', 'erp.localhost'])
def test_from_this_machine_to_it(host):
    assert site(host) == (found := site(host))
    assert (found.is_local, found.is_private) == (True, True)
    assert found.origin == f'http://{host}'


@pytest.mark.parametrize(
    'asked',
    [
        {'host': 'erp.example'},
        {'peer': '203.0.113.9'},
        {'peer': ''},
        {'X-Forwarded-For': '203.0.113.9'},
        {'Forwarded': 'for=203.0.113.9'},
        {'Via': '1.1 proxy'},
        {'X-Forwarded-Proto': 'https', 'host': 'erp.example'},
    ],
    ids=str,
)
def test_where_others_may_read_along(asked):
    found = site(**asked)
    assert (found.is_local, found.is_private) == (False, False)


def test_over_https():
    found = site('erp.example', 'https', '203.0.113.9')
    assert (found.is_local, found.is_private) == (False, True)
