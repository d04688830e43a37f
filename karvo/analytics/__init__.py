"""Figures: the semantic model gathered from the modules, and its compiler to SQL."""
