"""Shapes of payroll: commands in, what is read, events out. Amounts in dollars."""
