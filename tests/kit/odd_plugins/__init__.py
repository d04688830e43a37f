"""Plugins that cannot be loaded."""
