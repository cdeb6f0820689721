"""The auditor's API: entries of the audit trail under pseudonyms, and their export with names."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from chassis.domain.clock import Moment
from chassis.domain.decider import ADMINISTRATOR, AUDITOR, Actor, Forbidden
from chassis.http.caller import Caller
from chassis.http.paging import BadPageToken, FilterText, PageSize, PageToken, cut, read_token
from chassis.observability.telemetry import correlation
from chassis.store.audit_trail import Asked, AuditTrail, Entry

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
Kind = Literal["refusal", "sign-in", "sign-out", "operator", "read", "export"]
Pseudonym = Annotated[str, Field(description="empty where nobody or nothing is named")]


class AuditEntry(BaseModel):
    """One entry; what names a person, a record or an address is a pseudonym, the same one wherever it is the same."""

    id: str
    kind: Kind
    first_at: datetime
    last_at: datetime
    actor: Pseudonym
    for_whom: Pseudonym
    source: Pseudonym = Field(description="the address it came from")
    operation: str = Field(description="method and route")
    target: Pseudonym = Field(description="the id asked for, whether there is such a record or not")
    outcome: str = Field(description="status, and the rule that refused")
    times: int = Field(description="how often the same happened within the minute")
    correlation_id: str | None
    subject: Pseudonym = Field(description="of a read: the person it is about")


class AuditPage(BaseModel):
    """A page of entries, the oldest first."""

    items: list[AuditEntry]
    next_page_token: str | None


class Selection(BaseModel):
    """Which entries are asked for; ``actor`` and ``record`` are ids, not pseudonyms."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind | None = None
    actor: FilterText | None = Field(None, description="the subject of the actor's token")
    record: UUID | None = None
    first_at_from: Moment | None = None
    first_at_to: Moment | None = None

    def asked(self, **after: Any) -> Asked:
        end = self.first_at_to or datetime.now(UTC) + timedelta(minutes=1)
        record = str(self.record) if self.record else None
        return Asked(self.first_at_from or BEGINNING, end, self.kind, self.actor, record, **after)


class PageOfSelection(Selection):
    """One page of them."""

    page_size: PageSize = 100
    page_token: PageToken | None = None


def auditors_only(actor: Actor, *others: str) -> None:
    if not any(actor.has(role) for role in (AUDITOR, *others)):
        raise Forbidden("auditors-only", "Only auditors may read this.", "Ask an auditor.")


def audit_router(trail: AuditTrail) -> APIRouter:
    """``/audit``: the trail under pseudonyms for auditors and administrators, its export for auditors."""
    router = APIRouter(prefix="/audit", tags=["operations"])

    @router.get("", operation_id="list_audit_entries", summary="List entries of the audit trail, under pseudonyms.")
    async def entries(actor: Caller, asked: Annotated[PageOfSelection, Query()]) -> AuditPage:
        auditors_only(actor, ADMINISTRATOR)
        found = await trail.find(asked.asked(**after(asked.page_token)), asked.page_size + 1)
        page, onwards = cut(found, asked.page_size, lambda entry: (entry["first_at"].isoformat(), entry["id"]))
        return AuditPage(items=[AuditEntry(**entry) for entry in page], next_page_token=onwards)

    @router.get(
        "/export",
        operation_id="export_audit_entries",
        summary="Export entries of the audit trail with the names behind the pseudonyms, as JSON Lines. Recorded too.",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/jsonl": {}}, "description": "One entry a line."}},
    )
    async def export(request: Request, actor: Caller, asked: Annotated[Selection, Query()]) -> StreamingResponse:
        auditors_only(actor)
        source = request.client.host if request.client else ""
        entry = Entry("export", "GET /audit/export", "200", actor.id, source=source, correlation_id=correlation())
        await trail.record([entry])  # before anything is told
        return StreamingResponse(lines(trail, asked.asked()), media_type="application/jsonl")

    return router


async def lines(trail: AuditTrail, asked: Asked) -> AsyncIterator[bytes]:
    async for entry in trail.export(asked):
        yield to_json(entry) + b"\n"


def after(token: str | None) -> dict[str, Any]:
    """After which entry a page begins; raises ``BadPageToken``."""
    if not token:
        return {}
    moment, id = read_token(token, str, str)
    try:
        return {"after": datetime.fromisoformat(moment).astimezone(UTC), "after_id": id}
    except (ValueError, OverflowError) as error:
        raise BadPageToken from error
