"""The verbs of pricing, by subject."""
