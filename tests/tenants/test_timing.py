"""Time tells neither who exists nor how his passwords are stored: medians within 25 %."""

import hashlib
import statistics
import time

import pytest

from tenants.models import ApplicationPassword, User
from tenants.old_passwords import renew
from tenants.sign_in import sign_in
from tests.tenants.test_old_passwords import OLD, add_old, ask_again
from tests.tenants.test_secrets import LOGINS
from tests.tenants.test_sign_in import add_person

pytestmark = pytest.mark.wall_clock
NOISE = 0.25
TRIES = 3  #: times the whole measurement may be repeated: others use the machine too


def medians(calls, rounds):
    """{name: median seconds}, the calls taken in turn so that noise meets all of them."""
    taken = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            began = time.thread_time()
            call()
            taken[name].append(time.thread_time() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def assert_even(calls, rounds):
    for _ in range(TRIES):
        found = medians(calls, rounds)
        if max(found.values()) <= min(found.values()) * (1 + NOISE):
            return
    shown = {name: f'{seconds * 1000:.1f} ms' for name, seconds in found.items()}
    pytest.fail(f'uneven: {shown}')


class TestSignIn:
    def test_unknown_wrong_and_right_in_every_form(self, api):
        password = LOGINS[0][0]
        good = add_person(api, LOGINS[0][1])
        weak = {
            'phpass': add_person(api, LOGINS[3][1]),
            'md5': add_person(api, hashlib.md5(b'x').hexdigest()),
            'unusable': add_person(api, '!'),
        }
        calls = {
            'unknown': lambda: sign_in('nobody-at-all', password),
            'unknown e-mail': lambda: sign_in('nobody@at.all', password),
            'right': lambda: sign_in(good.login, password),
            'wrong': lambda: sign_in(good.login, 'Wrong-Pass!'),
        }
        for name, user in weak.items():
            calls[name] = lambda login=user.login: sign_in(login, 'Wrong-Pass!')
        assert_even(calls, 3)
        assert User.get_by_id(weak['phpass'].id).password_hash == LOGINS[3][1]

    def test_a_password_with_quotes(self, api):
        password, stored = LOGINS[2]
        user = add_person(api, stored)
        calls = {
            'unknown': lambda: sign_in('nobody-at-all', password),
            'right': lambda: sign_in(user.login, password),
            'wrong': lambda: sign_in(user.login, password + '"'),
        }
        assert_even(calls, 3)


class TestApplicationPasswords:
    def test_a_wrong_one_of_nobody_and_of_people_with_and_without_old_ones(self, api):
        some, none = add_person(api, '!'), add_person(api, '!')
        for _, digest in OLD:
            add_old(api, some, digest)
        ask_again()
        wrong = 'abcdefghijklmnopqrstuvwx'
        calls = {
            'unknown': lambda: renew('nobody-at-all', wrong),
            'unknown e-mail': lambda: renew('nobody@at.all', wrong),
            'none': lambda: renew(none.login, wrong),
            'three': lambda: renew(some.login, wrong),
        }
        assert_even(calls, 9)
        ApplicationPassword.delete().where(ApplicationPassword.user == some).execute()
        ask_again()
