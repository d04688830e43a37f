"""Warehouses: what lies where, what it cost, what is spoken for; every change a move."""
