"""Passwords in every form that WordPress stored (vectors measured on WordPress 7.1, 6.8, 6.7)."""

import hashlib
import pathlib
import time

import bcrypt
import msgspec
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tenants import wp_hashes
from tenants.secrets import application_digest, is_password, needs_rehash, password_hash

FILE = pathlib.Path(__file__).parents[1] / 'data/wordpress/hash_vectors.json'
VECTORS = msgspec.json.decode(FILE.read_bytes())
LOGINS = [(one['password'], one['stored']) for one in VECTORS['user_pass']]
APPLICATIONS = [(one['password'], one['stored']) for one in VECTORS['application_password']]
WP = LOGINS[0][1]
SALT = 'abcdefghijklmnopqrstuu'


def bcrypted(password: str, letter: str = 'y', cost: int = 4) -> str:
    made = bcrypt.hashpw(password.encode(), f'$2b${cost:02d}${SALT}'.encode()).decode()
    return f'$2{letter}{made[3:]}'


def argon2(password: str, memory: int = 8192, passes: int = 1) -> str:
    made = Argon2id(salt=b's' * 16, length=32, iterations=passes, lanes=1, memory_cost=memory)
    return made.derive_phc_encoded(password.encode())


def phpass(password: str, rounds: str = '5', letter: str = 'P') -> str:
    """Written apart from the code under test, after phpass' own description."""
    salt, secret = b'saltsalt', password.encode()
    digest = hashlib.md5(salt + secret).digest()
    for _ in range(2 ** wp_hashes.ITOA64.index(rounds)):
        digest = hashlib.md5(digest + secret).digest()
    text = ''
    for at in range(0, 16, 3):
        group = digest[at : at + 3]
        number = sum(byte << 8 * n for n, byte in enumerate(group))
        text += ''.join(wp_hashes.ITOA64[number >> 6 * n & 63] for n in range(len(group) + 1))
    return f'${letter}${rounds}saltsalt{text}'


class TestVectors:
    @pytest.mark.parametrize('password, stored', LOGINS)
    def test_log_in_passwords(self, password, stored):
        assert is_password(password, stored)
        for wrong in (password + ' ', password[:-1], password.swapcase(), ''):
            assert not is_password(wrong, stored)

    @pytest.mark.parametrize('password, stored', APPLICATIONS)
    def test_application_passwords(self, password, stored):
        assert wp_hashes.fits(password.encode(), stored)
        assert not wp_hashes.fits(password.swapcase().encode(), stored)
        if stored.startswith('$generic$'):
            assert application_digest(f' {password[:9]}-{password[9:]} ') == stored

    @pytest.mark.parametrize('password, stored', APPLICATIONS[:3])
    def test_an_application_password_does_not_log_in(self, password, stored):
        assert not is_password(password, stored)


class TestForms:
    @pytest.mark.parametrize('letter', 'ayb')
    def test_bcrypt_of_all_letters(self, letter):
        assert is_password('secret', bcrypted('secret', letter))
        assert not is_password('Secret', bcrypted('secret', letter))

    @pytest.mark.parametrize('rounds', '59B')
    @pytest.mark.parametrize('letter', 'PH')
    def test_phpass(self, rounds, letter):
        assert is_password('sécret', phpass('sécret', rounds, letter))
        assert not is_password('secret', phpass('sécret', rounds, letter))

    def test_plain_md5_in_either_case(self):
        stored = hashlib.md5(b'secret').hexdigest()
        assert is_password('secret', stored)
        assert is_password('secret', stored.upper())
        assert not is_password('secret', stored[:31])
        assert not is_password('secret ', stored)

    def test_argon2(self):
        assert is_password('secret', argon2('secret'))
        assert not is_password('secrets', argon2('secret'))

    def test_bcrypt_of_more_than_72_bytes_as_php_cuts_it(self):
        stored = bcrypted('x' * 72)
        assert is_password('x' * 72, stored)
        assert is_password('x' * 73, stored)
        assert not is_password('x' * 71, stored)

    def test_our_own_form_holds_all_of_a_long_password(self):
        stored = password_hash('x' * 100)
        assert is_password('x' * 100, stored)
        assert not is_password('x' * 101, stored)

    def test_hashing_trims_and_checking_does_not(self):
        stored = password_hash(' \tpass word\n')
        assert is_password('pass word', stored)
        assert not is_password(' pass word', stored)


class TestSlashes:
    RAW = """it's "q" \\ pass"""
    SLASHED = """it\\'s \\"q\\" \\\\ pass"""

    @pytest.mark.parametrize('hashed', [password_hash, bcrypted, phpass, argon2])
    def test_hashed_with_or_without(self, hashed):
        assert is_password(self.RAW, hashed(self.SLASHED))
        assert is_password(self.RAW, hashed(self.RAW))
        assert is_password(self.SLASHED, hashed(self.SLASHED))
        assert not is_password(self.SLASHED, hashed(self.RAW))

    def test_only_what_holds_a_quote_or_a_slash_is_tried_twice(self):
        assert wp_hashes.variants('plain') == [b'plain']
        assert wp_hashes.variants("it's") == [b"it's", b"it\\'s"]


class TestLimits:
    def test_more_than_4096_bytes_are_refused(self):
        for length, fits in ((4096, True), (4097, False)):
            password = 'x' * length
            assert is_password(password, hashlib.md5(password.encode()).hexdigest()) is fits
        wide = 'é' * 2049
        assert not is_password(wide, hashlib.md5(wide.encode()).hexdigest())

    def test_the_empty_one_and_what_is_no_text(self):
        assert not is_password('', hashlib.md5(b'').hexdigest())
        assert not is_password('\ud800', password_hash('x'))
        assert not is_password('a\0b', bcrypted('a'))

    @pytest.mark.wall_clock
    @pytest.mark.parametrize(
        'stored',
        [
            bcrypted('x').replace('$04$', '$15$'),
            bcrypted('x').replace('$04$', '$31$'),
            bcrypted('x').replace('$04$', '$03$'),
            '$wp$2b' + bcrypted('x')[3:],
            phpass('x').replace('$P$5', '$P$z'),
            phpass('x').replace('$P$5', '$P$F'),
            argon2('x').replace('m=8192', 'm=999999999'),
            argon2('x').replace('t=1', 't=999999'),
            argon2('x').replace('p=1', 'p=255'),
            '*',
            '!',
            '',
            'x' * 256,
        ],
    )
    def test_what_would_take_too_long_or_is_unknown_fits_nothing_at_once(self, stored):
        began = time.perf_counter()
        assert wp_hashes.kind(stored) == ''
        assert not is_password('x', stored)
        assert time.perf_counter() - began < 0.05

    @given(st.text(max_size=300) | st.from_regex(r'\$(wp\$2y|2y|P|H|generic|argon2id)\$.{0,70}'))
    @example('$2y$04$' + '\u0663' * 53)
    @example('$2y$04$' + 'z' * 53)
    @example('$P$5' + '.' * 30)
    @example('$argon2id$v=19$m=1,t=1,p=8$AA$AA')
    @example('$argon2id$v=19$m=8,t=1,p=1$A$A')
    @example('$argon2i$v=19$m=0,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHQ')
    @settings(deadline=None, max_examples=200)
    def test_no_stored_text_ever_raises(self, stored):
        assert is_password('password', stored) is False
        assert needs_rehash(stored) in (True, False)
        assert isinstance(wp_hashes.fits(b'\xff\x00', stored), bool)


class TestNeedsRehash:
    @pytest.mark.parametrize(
        'stored, needs',
        [
            (WP, False),
            (bcrypted('x', cost=10), False),
            (bcrypted('x', cost=9), True),
            (WP.replace('$10$', '$12$'), False),
            (WP.replace('$10$', '$08$'), True),
            (phpass('x', 'B'), True),
            (hashlib.md5(b'x').hexdigest(), True),
            (argon2('x'), True),
            ('!', True),
        ],
    )
    def test_weak_forms_do(self, stored, needs):
        assert needs_rehash(stored) is needs
