"""Goods on their way to customers: reserved, picked, packed, issued, delivered (SHP-1 to SHP-7)."""
