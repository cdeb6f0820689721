"""The mapping file for incident logs: columns, priorities by name, and the services they are about."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BeforeValidator

from contracts.people import DivisionKind
from contracts.portfolio.services import Criticality, IncidentPriority
from contracts.values import Name
from portolan.importer.ids import id_of
from portolan.importer.incidents.rows import INCIDENTS
from portolan.importer.kinds import Kind
from portolan.importer.mapping import DayForm, FileMapping


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class IncidentMapping(FileMapping):
    """The mapping of an incident log.

    ``division``: that of the services the log brings; ``services``: those that portfolio knows, by the log's names;
    ``service``: the one of incidents of which the log names none. ``unknown``: words that stand for nothing known.
    """

    kinds: ClassVar[Sequence[Kind[Any]]] = (INCIDENTS,)

    source: Name = "service desk"
    dates: Annotated[tuple[DayForm, ...], BeforeValidator(_several)] = ("DD-MM-YYYY",)
    division_kind: DivisionKind = DivisionKind.IT
    division: Name = "IT operations"
    services: dict[Name, UUID] = {}
    service: Name = "Not named"
    criticality: Criticality = Criticality.MEDIUM
    priorities: dict[Name, IncidentPriority] = {}
    unknown: Annotated[tuple[str, ...], BeforeValidator(_several)] = ("?",)

    @property
    def division_id(self) -> UUID:
        """The id of the division: the one people knows it by, else one of its own."""
        return self.divisions.get(self.division) or id_of(self, "division", self.division)

    def service_id(self, name: Name) -> UUID:
        """The id of a service: the one portfolio knows it by, else one of its own."""
        return self.services.get(name) or id_of(self, "service", name)
