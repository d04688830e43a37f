"""What customers wait for: kept, given stock as it arrives, cancelled or fulfilled (BO-1 to BO-6)."""
