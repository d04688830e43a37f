"""The verbs of webhooks, by subject."""
