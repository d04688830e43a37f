"""Verbs of leads and of tickets."""
