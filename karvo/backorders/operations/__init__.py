"""What backorders do: one file a verb."""
