"""KARVO: the books of one company, spoken over HTTP. This package is the data plane."""

__version__ = '0.1.0'
