"""The verbs of cleaning contracts, by subject."""
