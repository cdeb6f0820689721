"""Loads the persons of another system, with their positions, divisions and experience, through people's HTTP API."""

from portolan.importer.people.command import import_people
from portolan.importer.people.report import PeopleReport

__all__ = ["PeopleReport", "import_people"]
