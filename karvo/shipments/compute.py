"""The way of a shipment through its states, without a database (SHP-3, SHP-5)."""

from karvo.kit.errors import Conflict
from karvo.shipments.models import TRANSITIONS

FORWARD = ('pending', 'picking', 'packed', 'shipped', 'delivered')
PICKUP = tuple(state for state in FORWARD if state != 'shipped')
#: Where a carrier shows a parcel; `{}` is the tracking number.
TRACKING = {
    'canada post': 'https://www.canadapost-postescanada.ca/track-reperage/en#/details/{}',
    'postes canada': 'https://www.canadapost-postescanada.ca/track-reperage/fr#/details/{}',
    'purolator': 'https://www.purolator.com/en/shipping/tracker?pin={}',
    'ups': 'https://www.ups.com/track?tracknum={}',
    'fedex': 'https://www.fedex.com/fedextrack/?trknbr={}',
}


def order_of(method: str) -> tuple[str, ...]:
    """The states that `advance` goes through: what is picked up is never under way."""
    return PICKUP if method == 'pickup' else FORWARD


def allowed(state: str, method: str, previous: str | None) -> set[str]:
    """Where one step may lead, hold and cancellation included."""
    found = TRANSITIONS[state]
    if state == 'packed':
        found = found - {'shipped' if method == 'pickup' else 'delivered'}
    if state == 'on_hold':
        found = found & {previous, 'cancelled'}
    return found


def next_status(state: str, method: str) -> str | None:
    """Where `advance` leads; None where it leads nowhere."""
    order = order_of(method)
    if state not in order[:-1]:
        return None
    return order[order.index(state) + 1]


def steps(state: str, target: str, method: str, previous: str | None) -> list[str]:
    """The states to go through; forward and backward every step in between (SHP-5).

    Raises Conflict for what the table does not allow.
    """
    if target in allowed(state, method, previous):
        return [target]
    if state == 'on_hold':
        raise Conflict('shipment is on hold')
    order = order_of(method)
    if state in order and target in order:
        start, end = order.index(state), order.index(target)
        way = order[start + 1 : end + 1] if end > start else order[end:start][::-1]
        at = state
        for one in way:
            if one not in allowed(at, method, previous):
                break
            at = one
        if at == target and way:
            return list(way)
    raise Conflict(f'a {state} shipment cannot become {target}')


def tracking_url(carrier: str | None, number: str | None) -> str | None:
    """Where the carrier shows it; None for a carrier that we do not know."""
    pattern = TRACKING.get((carrier or '').strip().lower())
    return pattern.format(number) if pattern and number else None
