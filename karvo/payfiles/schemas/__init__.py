"""Shapes of payment files, remittances and slips. Amounts in dollars."""
