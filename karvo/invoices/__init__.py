"""Invoices and credit notes: what customers owe us, line by line, and its entry in the ledger."""
