"""Loads budgets, commitments and expenses of another finance system from its files."""

from portolan.importer.finance.command import import_finance

__all__ = ["import_finance"]
