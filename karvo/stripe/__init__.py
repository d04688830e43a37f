"""A company's own payments by card: its Stripe account, payment pages, what Stripe tells."""
