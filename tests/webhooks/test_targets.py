"""Addresses and headers, judged by their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from karvo.kit.errors import Invalid
from karvo.webhooks.targets import check_headers, checked_url, origin_of


class TestUrl:
    @pytest.mark.parametrize(
        ('url', 'kept'),
        [
            ('https://hooks.example', 'https://hooks.example/'),
            ('HTTPS://Hooks.Example:443/A?b=c&d', 'https://hooks.example:443/A?b=c&d'),
            ('https://hooks.example:8443/%C3%A9', 'https://hooks.example:8443/%C3%A9'),
            ('https://épicerie.example/', 'https://xn--picerie-9xa.example/'),
            ('https://my_host.example./x', 'https://my_host.example./x'),
            ('https://8.8.8.8/', 'https://8.8.8.8/'),
            ('https://[2606:4700::1111]:8443/', 'https://[2606:4700::1111]:8443/'),
        ],
    )
    def test_taken(self, url, kept):
        assert checked_url(url) == kept

    @pytest.mark.parametrize(
        'url',
        [
            'http://hooks.example/',
            'ftp://hooks.example/',
            'hooks.example/x',
            '//hooks.example/x',
            'https:///x',
            'https://',
            'https://user:pw@hooks.example/',
            'https://@hooks.example/',
            'https://hooks.example/#part',
            'https://hooks.example:25/',
            'https://hooks.example:0/',
            'https://hooks.example:99999/',
            'https://hooks.example:x/',
            'https://a..b/',
            f'https://{"a" * 64}.example/',
            f'https://{"a." * 130}example/',
            'https://-a.example/',
            'https://a b.example/',
            'https://hooks.example/é',
            'https://hooks.example/a\tb',
            'https://hooks.example/\r\nX: y',
            'https://127.0.0.1\\@hooks.example/',
            'https://[::1',
            'https://[::1]x/',
            'https://hooks.exa%6dple/',
            'https://' + 'a' * 60 + '.example/' + 'x' * 2048,
        ],
    )
    def test_refused(self, url):
        with pytest.raises(Invalid) as refusal:
            checked_url(url)
        assert set(refusal.value.fields) == {'url'}

    @pytest.mark.parametrize(
        'host',
        [
            '127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0', '0x7f.1',
            '127.0.0.1.', '①②⑦.0.0.1', '127。0。0。1', '10.0.0.1', '172.16.0.1', '192.168.1.1',
            '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255',
            '192.88.99.1', '198.18.0.1', '1.2.3.4.5', '256.1.1.1', '999999999999',
            '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]', '[fc00::1]',
            '[fd00:ec2::254]', '[fe80::1]', '[fe80::1%25eth0]', '[64:ff9b::a9fe:a9fe]',
            '[2002:7f00:1::]', '[ff02::1]', '[fec0::1]', '[3fff::1]',
        ],
    )  # fmt: skip
    def test_addresses_that_are_not_public(self, host):
        with pytest.raises(Invalid):
            checked_url(f'https://{host}/')

    def test_http_and_inner_addresses_where_they_are_allowed(self, allowing):
        allowing('127.0.0.0/8', 'fd00::/8')
        assert checked_url('http://127.0.0.1:9000/x') == 'http://127.0.0.1:9000/x'
        assert checked_url('http://[fd00::1]/') == 'http://[fd00::1]/'
        for url in ('http://10.0.0.1/', 'gopher://127.0.0.1/'):
            with pytest.raises(Invalid):
                checked_url(url)

    @given(text=st.text(max_size=60))
    def test_anything_at_all_is_taken_or_refused(self, text):
        for url in (text, f'https://{text}/', f'https://a.example/{text}'):
            try:
                kept = checked_url(url)
            except Invalid:
                continue
            assert kept.isascii() and kept.startswith('https://') and checked_url(kept) == kept

    def test_of_an_address_only_the_host_is_told(self):
        assert origin_of('https://hooks.example:8443/T0/B0?s=1') == 'https://hooks.example:8443'


class TestHeaders:
    def test_taken(self):
        check_headers({'Authorization': 'Bearer abc', 'X-Shop_1': 'a b\tc', "!#$%&'*+": 'x' * 4096})

    @pytest.mark.parametrize(
        'name',
        [
            'Host', 'host', 'Content-Type', 'content-length', 'webhook-id', 'Webhook-Signature',
            'X-WC-Webhook-Topic', 'Connection', 'Transfer-Encoding', 'TE', 'Upgrade', 'Cookie',
            'User-Agent', 'Proxy-Authorization', 'X-Forwarded-For', 'Expect', 'Accept-Encoding',
            '', 'a b', 'a:b', 'a\r\nb', 'é',
        ],
    )  # fmt: skip
    def test_names_that_are_not(self, name):
        with pytest.raises(Invalid) as refusal:
            check_headers({'X-A': 'a', name: 'x'})
        assert set(refusal.value.fields) == {f'headers.{name}'}

    @pytest.mark.parametrize('value', ['', ' a', 'a ', 'a\r\nb', 'a\0', 'é', 'x' * 4097])
    def test_values_that_are_not(self, value):
        with pytest.raises(Invalid):
            check_headers({'X-A': value})

    def test_too_many_or_twice(self):
        with pytest.raises(Invalid):
            check_headers({f'X-{n}': 'a' for n in range(21)})
        with pytest.raises(Invalid):
            check_headers({'X-A': 'a', 'x-a': 'b'})
