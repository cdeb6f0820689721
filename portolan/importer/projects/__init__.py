"""Loads projects of another system, with their divisions, initiatives and money."""
