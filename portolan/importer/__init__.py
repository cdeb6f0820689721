"""Loads what other systems hold from their files, through the services' public HTTP interfaces only."""

from portolan.importer.problem import ImportProblem
from portolan.importer.projects.command import ServiceUrls, import_file
from portolan.importer.projects.comparison import ProjectReport

__all__ = ["ImportProblem", "ProjectReport", "ServiceUrls", "import_file"]
