"""Questions in English and French: read by rules, answered from the semantic model."""
