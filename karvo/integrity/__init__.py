"""Integrity: whether a company's books hold together, across modules."""
