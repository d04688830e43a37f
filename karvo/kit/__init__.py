"""Machinery with no business in it: database, HTTP, events, numbers. Knows no module."""
