"""Webhooks: who wants to hear of which events, what is on its way to them, what became of it."""
