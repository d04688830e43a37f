"""The verbs of WHMIS, by subject."""
