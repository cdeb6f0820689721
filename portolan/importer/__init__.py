"""Loads the projects of other systems from CSV files, through the services' public HTTP interfaces only."""

from portolan.importer.command import ServiceUrls, import_file
from portolan.importer.problem import ImportProblem
from portolan.importer.report import Report

__all__ = ["ImportProblem", "Report", "ServiceUrls", "import_file"]
