"""The verbs of billing, by family: settle (allocations), payments, credits."""
