"""Money in and out that no invoice asks for: income and expenses, booked at once."""

requires: tuple[str, ...] = ()
