"""The verbs of warehouses, by subject."""
