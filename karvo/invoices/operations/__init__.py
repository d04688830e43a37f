"""The verbs of invoices, by family: create, change, void; credit notes beside them."""
