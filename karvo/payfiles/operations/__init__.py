"""Verbs of payment files, remittances and slips."""
