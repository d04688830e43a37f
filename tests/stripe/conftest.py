"""Stripe as the tests know it: configured, connected, worked through by hand."""

from tests.stripe.fixtures import platform, shop, stub

__all__ = ['platform', 'shop', 'stub']
