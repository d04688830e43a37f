"""Which addresses may be sent to."""

import ipaddress
import socket
import typing

import pytest

from karvo.config import config
from karvo.kit import outgoing
from karvo.kit.outgoing import BadAddress, Blocked, addresses_of, is_reachable, target_of

PRIVATE = [
    '127.0.0.1', '10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1',
    '0.0.0.0', '198.18.0.1', '192.0.2.1', '224.0.0.1', '239.255.255.255', '240.0.0.1',
    '255.255.255.255', '192.88.99.1', '192.0.0.8', '::', '::1', 'fe80::1', 'fc00::1',
    'fd00:ec2::254', 'ff02::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1', '::127.0.0.1',
    '64:ff9b::a9fe:a9fe', '64:ff9b:1::1', '2002:7f00:1::1', 'fec0::1', '3fff::1', '5f00::1',
    '2001:db8::1',
]  # fmt: skip
PUBLIC = ['93.184.215.14', '1.1.1.1', '2606:4700:4700::1111', '::ffff:8.8.8.8']


@pytest.fixture
def allow(monkeypatch: pytest.MonkeyPatch) -> typing.Callable[[str], None]:
    def set_networks(*texts: str) -> None:
        networks = [ipaddress.ip_network(text) for text in texts]
        monkeypatch.setattr(outgoing, 'allowed_networks', lambda: networks)

    return set_networks


class TestIsReachable:
    @pytest.mark.parametrize('text', PRIVATE)
    def test_no_private_address(self, text: str) -> None:
        assert not is_reachable(ipaddress.ip_address(text))

    @pytest.mark.parametrize('text', PUBLIC)
    def test_public_ones(self, text: str) -> None:
        assert is_reachable(ipaddress.ip_address(text))

    def test_what_the_operator_allows(self, allow: typing.Callable[[str], None]) -> None:
        allow('10.0.0.0/8')
        assert is_reachable(ipaddress.ip_address('10.9.9.9'))
        assert is_reachable(ipaddress.ip_address('::ffff:10.9.9.9'))
        assert not is_reachable(ipaddress.ip_address('192.168.0.1'))


class TestTargetOf:
    def test_parts(self) -> None:
        target = target_of('https://Hooks.Example:8443/a b?x=1&y=é')
        assert (target.host, target.port) == ('hooks.example', 8443)
        assert target.path == '/a%20b?x=1&y=%C3%A9'
        assert target.authority == 'hooks.example:8443'

    def test_names_beyond_ascii_become_punycode(self) -> None:
        assert target_of('https://café.example/').authority == 'xn--caf-dma.example'

    @pytest.mark.parametrize(
        'url',
        [
            'ftp://example.com/', 'https://', 'https://user:pw@example.com/', 'http://a..b/',
            'http://127.0.0.1\\@example.com/', f'https://{"a" * 64}.example/',
            'https://example.com:99999/', 'https://[::1/', 'javascript:alert(1)',
        ],
    )  # fmt: skip
    def test_refuses(self, url: str) -> None:
        with pytest.raises(BadAddress):
            target_of(url)


class TestAddressesOf:
    @pytest.mark.parametrize(
        'url',
        [
            'https://127.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/',
            'https://0/', 'https://[::ffff:7f00:1]/', 'https://localhost/', 'https://①②⑦.⓪.⓪.①/',
            'https://169.254.169.254/latest/meta-data/', 'https://[fd00:ec2::254]/',
        ],
    )  # fmt: skip
    def test_blocks_every_spelling_of_a_private_address(self, url: str) -> None:
        with pytest.raises((Blocked, BadAddress)):
            addresses_of(target_of(url))

    def test_one_private_address_among_public_ones_blocks_the_name(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = [(2, 1, 6, '', (text, 443)) for text in ('93.184.215.14', '10.0.0.1')]
        monkeypatch.setattr(socket, 'getaddrinfo', lambda *_, **__: found)
        with pytest.raises(Blocked):
            addresses_of(target_of('https://rebinding.example/'))

    def test_plain_http_only_to_networks_that_are_allowed(
        self, allow: typing.Callable[[str], None]
    ) -> None:
        with pytest.raises(Blocked, match='TLS'):
            addresses_of(target_of('http://1.1.1.1/'))
        allow('1.1.1.0/24')
        assert addresses_of(target_of('http://1.1.1.1/')) == ['1.1.1.1']

    def test_nothing_is_allowed_by_default(self) -> None:
        assert config.webhook_allow_cidrs == ()
