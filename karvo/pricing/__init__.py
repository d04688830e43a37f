"""Prices: what a product costs this customer on this day, and why; rules and negotiations."""
