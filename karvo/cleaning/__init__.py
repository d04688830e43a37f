"""Cleaning contracts: what is cleaned where and how often, each visit, the invoices of periods."""
