"""The verbs of receivables, by family: levels, proposals, letters, aging snapshots."""
