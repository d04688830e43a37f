"""Receivables over time: letters to customers who are late, and what was owed day by day."""
