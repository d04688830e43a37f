"""What the roles of people hold."""

import pytest

from tenants.scopes import ROLES, Scopes

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

    def test_only_an_administrator_makes_users(self) -> None:
        assert [role for role in ROLES if 'users:write' in Scopes(ROLES[role])] == ['administrator']
