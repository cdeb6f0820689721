"""What one decision reads, remembered so that the append can check it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select

from chassis.domain.decider import Decider, State
from chassis.store.store import Store, Stored

S = TypeVar("S", bound=State)


class View:
    """What one decision reads; every stream and set it looked at must be unchanged when its events are appended."""

    def __init__(self, store: Store, stream: str) -> None:
        self.store, self.stream = store, stream
        self.reads: dict[str, int] = {}
        self.guards: dict[str, int] = {}
        self.bumps: list[str] = []
        self.claims: list[str] = []
        self.once: list[str] = []
        self.releases: list[str] = []
        self.erases: list[UUID] = []

    async def state(self, decider: Decider[S], id: UUID | None) -> S | None:
        """Another aggregate's state."""
        if id is None:
            return None
        loaded = await self.store.load(decider, id)
        if loaded.stream != self.stream:
            self.reads[loaded.stream] = loaded.version
        state: S | None = loaded.state
        return state

    async def history(self, decider: Decider[S], id: UUID) -> list[Stored]:
        """Another aggregate's events, all of them."""
        stored = await self.store.events(decider, id)
        stream = decider.stream(id)
        if stream != self.stream:
            self.reads[stream] = stored[-1].version if stored else 0
        return stored

    async def chain(
        self, decider: Decider[S], first: UUID | None, above: str, *, most: int = 100
    ) -> list[tuple[UUID, S]]:
        """The aggregates from ``first`` upwards along the field ``above``; ends at the top, at a gap or at a cycle."""
        found: list[tuple[UUID, S]] = []
        while first is not None and len(found) < most and first not in [id for id, _ in found]:
            state = await self.state(decider, first)
            if state is None:
                break
            found.append((first, state))
            first = getattr(state, above)
        return found

    async def guarded(
        self, guard: str, query: Select[Any] | Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """The rows of a set whose every change bumps the guard. The guard is read first, so no change goes unseen."""
        rows = await self.store.rows(self.store.ask_guard, {"name": guard})
        self.guards[guard] = rows[0].value if rows else 0
        return await self.store.rows(query, parameters)

    async def reference(
        self, query: Select[Any] | Any, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Rows this service keeps of others' events: as fresh as what was heard."""
        return await self.store.rows(query, parameters)

    def bump(self, *guards: str) -> None:
        """Say that this decision changes these sets."""
        self.bumps.extend(guard for guard in guards if guard not in self.bumps)

    def claim(self, key: str) -> None:
        """Hold a business key for this stream; one that is taken refuses the command with 409."""
        self.claims.append(key)

    def claim_once(self, key: str) -> None:
        """Use up a key: whoever uses it again, this stream included, is refused with 409."""
        if key not in self.once:
            self.once.append(key)

    def release(self, key: str) -> None:
        """Let go of a business key of this stream."""
        self.releases.append(key)

    def erase(self, subject: UUID) -> None:
        """Destroy the key of a subject with this decision's events: what was sealed with it is gone for good."""
        self.erases.append(subject)
