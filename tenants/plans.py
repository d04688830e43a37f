"""Plans: what a tenant may have, and how fast it may ask (README 1.12, domain 7.0)."""

import msgspec

from karvo.kit.errors import invalid


class Plan(msgspec.Struct, frozen=True):
    """Limits; storage in GB; `per_minute` and `burst` for application passwords and sessions."""

    name: str
    companies: int
    users: int
    webhooks: int
    storage_gb: int
    per_minute: int
    burst: int

    @property
    def allowances(self) -> dict[str, int]:
        """What a company's own modules may count against."""
        return {'webhooks': self.webhooks}


PLANS = {
    plan.name: plan
    for plan in (
        Plan('free', 1, 2, 3, 1, 60, 10),
        Plan('starter', 1, 5, 10, 5, 120, 20),
        Plan('professional', 3, 20, 20, 20, 300, 50),
        Plan('business', 10, 100, 50, 100, 600, 100),
        Plan('enterprise', 50, 1000, 100, 500, 1200, 200),
    )
}


def plan_named(name: str) -> Plan:
    """Raises Invalid for an unknown plan."""
    if name not in PLANS:
        raise invalid(plan=f'must be one of {", ".join(PLANS)}')
    return PLANS[name]
