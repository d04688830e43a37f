"""What a credential may do (domain §13). Presets are rules, so that new modules need no list."""

from collections.abc import Iterable

from karvo.kit.actor import Actor
from karvo.kit.errors import Forbidden, invalid

PRESETS = ('read-only', 'read-write')
#: No preset holds them; `users:read` and `users:write` are an administrator's (V2-8).
BY_NAME_ONLY = {
    'payroll:full',
    'price.override',
    'credit.override',
    'period.unlock',
    'users:read',
    'users:write',
}
PLATFORM = 'platform:admin'
#: Of a role: its presets leave payroll out. Wages are nobody's business who sells or helps.
NO_PAYROLL = 'no:payroll'
PAYING = 'billing_plan:write'  #: of the plan, which an unpaid tenant must be able to do

MOST_ASKED = 500  #: scopes of which a set remembers whether it has them

#: An application password carries its user's role.
ROLES: dict[str, tuple[str, ...]] = {
    'administrator': ('read-write', *sorted(BY_NAME_ONLY)),
    'manager': ('read-write',),
    'accountant': (
        'read-only',
        'invoices:write',
        'customers:write',
        'billing:write',
        'ledger:write',
        'transactions:write',
    ),
    'sales': (
        'read-only',
        NO_PAYROLL,
        'invoices:write',
        'customers:write',
        'pricing:write',
        'quotes:write',
        'leads:write',
    ),
    'support': ('read-only', NO_PAYROLL, 'claims:write', 'tickets:write'),
    'readonly': ('read-only',),
    # WordPress' own. An editor or shop manager sells, a contributor looks on. Anybody may make
    # himself a subscriber or customer of a site: they have an account and see no books.
    'editor': (
        'read-only',
        NO_PAYROLL,
        'invoices:write',
        'customers:write',
        'products:write',
        'pricing:write',
    ),
    'shop_manager': (
        'read-only',
        NO_PAYROLL,
        'invoices:write',
        'customers:write',
        'products:write',
        'pricing:write',
        'billing:write',
    ),
    'author': ('read-only', NO_PAYROLL, 'invoices:write', 'customers:write'),
    'contributor': ('read-only', NO_PAYROLL),
    'subscriber': (),
    'customer': (),
}


class Scopes(frozenset[str]):
    """A set of scopes in which the presets stand for what they mean."""

    _asked: dict[object, bool]

    def __new__(cls, scopes: Iterable[str] = ()) -> 'Scopes':
        """What was asked of it is remembered: the scopes of routes, a few dozen."""
        made = super().__new__(cls, scopes)
        made._asked = {}
        return made

    def __contains__(self, scope: object) -> bool:
        known = self._asked.get(scope)
        if known is None:
            known = self._means(scope)
            if len(self._asked) < MOST_ASKED:  # a caller who grants scopes may name any
                self._asked[scope] = known
        return known

    def _means(self, scope: object) -> bool:
        if not isinstance(scope, str):
            return False
        if frozenset.__contains__(self, scope):
            return True
        if scope in BY_NAME_ONLY or scope == PLATFORM:
            return False
        if scope.startswith('payroll:') and frozenset.__contains__(self, NO_PAYROLL):
            return False
        if frozenset.__contains__(self, 'read-write'):
            return scope.endswith((':read', ':write')) or scope == 'products:cost'
        return frozenset.__contains__(self, 'read-only') and scope.endswith(':read')


class Both(frozenset[str]):
    """What two sets of scopes allow together."""

    parts: tuple[frozenset[str], frozenset[str]]

    @classmethod
    def of(cls, one: frozenset[str], other: frozenset[str]) -> 'Both':
        """Its members tell the sets apart, so that equal ones mean the same."""
        both = cls([*(f'1 {scope}' for scope in one), *(f'2 {scope}' for scope in other)])
        both.parts = (one, other)
        return both

    def __contains__(self, scope: object) -> bool:
        return all(scope in part for part in self.parts)


def parse_scopes(text: str | list[str] | None) -> list[str]:
    """`read-only`, `read-write`, or a list of `module:action`; raises Invalid."""
    parts = text.split(',') if isinstance(text, str) else text or ['read-write']
    scopes = [part.strip() for part in parts if part.strip()]
    if not scopes or any(not _is_scope(scope) for scope in scopes):
        raise invalid(scopes='must be read-only, read-write or a list of module:action')
    return sorted(set(scopes))


def _is_scope(text: str) -> bool:
    if text in PRESETS or text in BY_NAME_ONLY or text == PLATFORM:
        return True
    module, _, action = text.partition(':')
    known = action in ('read', 'write') or text == 'products:cost'
    return module.replace('_', '').isalnum() and module.islower() and known


def check_grant(scopes: list[str], actor: Actor) -> None:
    """Nobody grants what he does not have. Raises Forbidden."""
    asked = {'read-only': ['any:read'], 'read-write': ['any:write']}
    if NO_PAYROLL not in scopes:
        asked = {'read-only': ['any:read', 'payroll:read']} | {
            'read-write': ['any:write', 'payroll:write']
        }
    for scope in scopes:
        if scope != NO_PAYROLL and not all(map(actor.may, asked.get(scope, [scope]))):
            raise Forbidden(f'Insufficient scope: {scope} cannot be granted')
