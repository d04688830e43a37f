"""Enapps: a customer's invoices and their lines for a web shop; owns no tables and no rules."""

requires: tuple[str, ...] = ()
