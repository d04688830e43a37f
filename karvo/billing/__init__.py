"""Billing: payments, credit notes, write-offs, aging: how what is owed gets settled."""
