"""Products: what we sell, under every name that customers and suppliers have for it."""
