"""Loads the incidents of a service desk from its log, with the services they are about."""

from portolan.importer.incidents.command import import_incidents

__all__ = ["import_incidents"]
