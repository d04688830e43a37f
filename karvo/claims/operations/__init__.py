"""The verbs of claims, by family: opening, changing, resolving."""
