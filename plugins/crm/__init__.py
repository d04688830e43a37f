"""Leads, from the first contact to a customer, and the tickets of customers who need help."""

requires: tuple[str, ...] = ()
