"""Which addresses requests of ours may go to."""

import ipaddress

from karvo.config import config

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: `is_global` calls these public; each leads, or may lead, inside.
NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        ('192.88.99.0/24', '192.0.0.0/24', '::/96', '64:ff9b::/96', '64:ff9b:1::/48')
        + ('2002::/16', 'fec0::/10', '3fff::/20', '5f00::/16'),
    )
)


def is_reachable(address: Address) -> bool:
    """Whether it is public, or of a network that the operator allows."""
    mapped = getattr(address, 'ipv4_mapped', None)
    address = mapped or address
    allowed = (ipaddress.ip_network(text, strict=False) for text in config.webhook_allow_cidrs)
    if any(address in network for network in allowed):
        return True
    is_inside = any(address in network for network in NOT_PUBLIC)
    return address.is_global and not address.is_multicast and not is_inside
