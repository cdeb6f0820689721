"""Loads the persons of another system, with their positions, divisions and experience, through people's HTTP API."""

from portolan.importer.people.command import import_people

__all__ = ["import_people"]
