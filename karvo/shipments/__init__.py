"""Goods on their way to customers: reserved, picked, packed, issued, delivered."""
