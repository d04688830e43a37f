"""The verbs of quotes: drafting, the steps of their life, converting to an invoice."""
