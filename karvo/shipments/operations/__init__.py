"""What shipments do: one file a verb."""
