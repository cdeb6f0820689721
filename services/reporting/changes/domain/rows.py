"""Changes and windows as rows."""

from datetime import datetime
from uuid import UUID

from chassis.domain.read_row import ReadRow


class ChangeRow(ReadRow):
    """A change to services; ``in_freeze``: how many freezes were declared over it that nobody excepted it from."""

    id: UUID
    title: str = ""
    kind: str = ""
    stage: str = "new"
    division_id: UUID | None = None
    project_id: UUID | None = None
    services: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    in_freeze: int = 0
    succeeded: bool | None = None


class WindowRow(ReadRow):
    """A freeze or a maintenance window."""

    id: UUID
    name: str = ""
    kind: str = ""
    time_zone: str = "UTC"
    division_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    withdrawn: bool = False
