"""What questions leave behind: one file a kind of record."""
