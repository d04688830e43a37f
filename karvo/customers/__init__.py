"""Customers: the parties that buy from us, and their terms of payment."""
