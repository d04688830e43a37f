"""Claims: what a customer complains of, how it was decided, and what he got for it."""
