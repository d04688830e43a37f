"""Stripe and the installation: what it sends, and the plans that tenants pay for."""
