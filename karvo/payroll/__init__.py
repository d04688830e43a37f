"""Pay in Quebec: what is withheld from it and paid beside it, and what the labour standards ask."""
