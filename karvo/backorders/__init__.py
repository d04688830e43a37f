"""What customers wait for: kept, given stock as it comes, cancelled or fulfilled."""
