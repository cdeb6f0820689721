"""What other tools report: a source and a key there are one record, whose id follows from them.

The same again changes nothing, something else corrects it.
"""

from typing import Protocol
from uuid import UUID

from chassis.domain.decider import NotFound
from contracts.portfolio.services import report_id


class Sourced(Protocol):
    """A report: the tool it comes from, and its key there."""

    @property
    def source(self) -> str: ...

    @property
    def key(self) -> str: ...


def id_of(report: Sourced) -> UUID:
    """The id of the record with this source and key."""
    return report_id(report.source, report.key)


def check_service(known: bool) -> None:
    """The report is about a service that exists."""
    if not known:
        raise NotFound
