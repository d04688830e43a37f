"""What the roles of people hold."""

import pytest

from tenants.operations import FIRST_KEY
from tenants.scopes import MOST_ASKED, ROLES, Scopes

PLUGINS = ('quotes', 'leads', 'tickets', 'transactions')


class TestRoles:
    @pytest.mark.parametrize(
        ('role', 'written'),
        [
            ('administrator', set(PLUGINS)),
            ('manager', set(PLUGINS)),
            ('accountant', {'transactions'}),
            ('sales', {'quotes', 'leads'}),
            ('support', {'tickets'}),
            ('readonly', set()),
            ('customer', set()),
        ],
    )
    def test_who_writes_what_of_the_plugins(self, role: str, written: set[str]) -> None:
        scopes = Scopes(ROLES[role])
        assert {name for name in PLUGINS if f'{name}:write' in scopes} == written

    @pytest.mark.parametrize('scope', ['users:read', 'users:write'])
    def test_only_an_administrator_sees_and_makes_users(self, scope: str) -> None:
        assert [role for role in ROLES if scope in Scopes(ROLES[role])] == ['administrator']
        assert scope not in Scopes(['read-only']) and scope not in Scopes(['read-write'])
        assert scope in Scopes([scope]) and scope in Scopes(FIRST_KEY)


class TestAsked:
    def test_a_scope_is_answered_the_same_again(self) -> None:
        scopes = Scopes(['read-only'])
        assert [('invoices:read' in scopes, 'invoices:write' in scopes) for _ in range(2)] == [
            (True, False)
        ] * 2

    def test_names_that_callers_make_up_are_not_kept_for_ever(self) -> None:
        scopes = Scopes(['read-only'])
        assert all(f'made_up_{n}:read' in scopes for n in range(2 * MOST_ASKED))
        assert len(scopes._asked) == MOST_ASKED
