"""Karbon v3: invoices for accounting practices, read over OData; owns no tables and no rules."""

requires: tuple[str, ...] = ()
