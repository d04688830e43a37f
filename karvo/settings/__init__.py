"""Settings: what a company decided about itself (language, time zone, lock dates, limits)."""
