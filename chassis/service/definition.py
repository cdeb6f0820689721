"""The parts of a service, as literal lists."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.commands.table import Aggregate, StandsIn
from chassis.consumers.own_reactions import OwnReaction
from chassis.consumers.projection import Fold, Projections
from chassis.consumers.reactions import Reaction, Reactions
from chassis.domain.clock import Clock
from chassis.domain.decider import Actor
from chassis.http.names import NamesOf
from chassis.messaging.access import Access, groups_of
from chassis.messaging.key_topic import KEYS, Forget
from chassis.messaging.reader_definition import Effect, Reader
from chassis.messaging.sign_out_topic import SIGN_OUTS, SignOuts
from chassis.operations.gauges import GaugesOf
from chassis.service.settings import SharedSettings
from chassis.store.encryption import Privacy
from chassis.store.keys import KeyLookup
from chassis.store.store import Store

Contract = Sequence[type[BaseModel]]


def reacting_to(reader: str) -> str:
    """The name of the reader that reacts to what another one reads alone."""
    return f"{reader} reactions"


@dataclass(frozen=True)
class Source:
    """Another service's topic with the events on it; and the topic of their keys, for who may read what is personal.

    ``reader`` names the only one that reads it, where not all do.
    """

    service: str
    topic: str
    events: Contract
    keys_topic: str | None = None
    reader: str | None = None

    def types(self) -> dict[str, type[BaseModel]]:
        """The models by CloudEvents type."""
        return {f"portolan.{self.service}.{event.__name__}": event for event in self.events}


@dataclass(frozen=True)
class Restricted:
    """A topic for other services of ours that may read it, and for no subscriber: no document names it.

    ``events`` are all that the streams of these events have: their versions are their numbers on the topic.
    """

    topic: str
    events: Contract


@dataclass(frozen=True)
class Service:
    """Everything a service consists of, as literal lists.

    ``projections`` maps a reader's name to the tables it keeps of the sources' events; ``reactions`` run after the
    reader named ``reference``, where there is one; ``reactions_to`` names those to what only one reader reads, by that
    reader, after which they run. ``routers(store, shared, clock)`` adds further
    routes. ``keys_topic`` is where it publishes the keys of its personal data's subjects. ``stands_in(view, actor,
    at)``: whether somebody may act for somebody else then; where it is missing, nobody may. ``forget`` drops what its
    tables derived of whom another service erased. ``sign_outs``: where somebody signs out of a session; that service
    says it on the topic, every other one hears it.
    ``inactive(store, actor)``: whether a person does not act here, or not for now, as far as the service has heard.
    ``own_reactions`` run after its own events, also those that are not published. ``names``: by the kind, how the names
    of other services' records are found, which everybody may read. ``gauges(store, now)``: figures of its own for
    ``/metrics``.
    """

    name: str
    title: str
    topic: str
    events: Contract
    folder: Path
    aggregates: Sequence[Aggregate] = ()
    sources: Sequence[Source] = ()
    projections: Mapping[str, Sequence[Fold[Any]]] | None = None
    reactions: Sequence[Reaction] = ()
    reactions_to: Mapping[str, Sequence[Reaction]] = field(default_factory=dict)
    routers: Callable[[Store, SharedSettings, Clock], Sequence[APIRouter]] | None = None
    stands_in: StandsIn | None = None
    keys_topic: str | None = None
    forget: Forget | None = None
    sign_outs: SignOuts | None = None
    inactive: Callable[[Store, Actor], Awaitable[bool]] | None = None
    restricted: Restricted | None = None
    own_reactions: Sequence[OwnReaction] = ()
    names: Mapping[str, NamesOf] = field(default_factory=dict)
    gauges: GaugesOf | None = None

    def __post_init__(self) -> None:
        restricted = {*(self.restricted.events if self.restricted else ())}
        for aggregate in self.aggregates:
            events = {*aggregate.decider.types.values()}
            if events & restricted and not events <= restricted:
                raise TypeError(f"{aggregate.path}: its events are on a restricted topic, so all of them have to be.")
        if self.keys_topic is None and any(aggregate.decider.personal for aggregate in self.aggregates):
            raise TypeError(f"{self.name} has personal data: name the topic on which it publishes the keys.")

    @property
    def version(self) -> str:
        """The version of the installed distribution, as its metadata says it; pyproject.toml is where it is written."""
        return metadata.version("portolan")

    @property
    def holds_keys(self) -> bool:
        return self.keys_topic is not None or any(source.keys_topic for source in self.sources)

    def types(self) -> dict[str, type[BaseModel]]:
        return {name: event for source in self.sources for name, event in source.types().items()}

    def topics(self, prefix: str) -> list[str]:
        own = self.writes
        others = [topic for source in self.sources for topic in (source.topic, source.keys_topic)]
        others += [self.sign_outs.topic] if self.sign_outs and not self.sign_outs_topic else []
        return [prefix + topic for topic in (*own, *others) if topic]

    @property
    def writes(self) -> list[str]:
        """Return the topics it writes."""
        restricted = self.restricted.topic if self.restricted else None
        own = (self.topic if self.events else None, self.keys_topic, restricted, self.sign_outs_topic)
        return [topic for topic in own if topic]

    @property
    def sign_outs_topic(self) -> str | None:
        """Return where it says who signed out, if that is done here."""
        return self.sign_outs.topic if self.sign_outs and self.sign_outs.service == self.name else None

    def reads(self, prefix: str) -> dict[str, dict[str, str]]:
        """The topics each reader reads, by the service whose they are; of others' keys and sign-outs there are too."""
        names = [*(self.projections or {}), *(["reactions"] if self.reactions else [])]
        own = {source.reader for source in self.sources}
        topics = {
            name: {
                source.service: prefix + source.topic
                for source in self.sources
                if source.reader == (name if name in own else None)
            }
            for name in names
        }
        topics |= {reacting_to(name): topics[name] for name in self.reactions_to}
        keys = {source.service: prefix + source.keys_topic for source in self.sources if source.keys_topic}
        if keys:
            topics[KEYS] = keys
        if self.sign_outs and not self.sign_outs_topic:
            topics[SIGN_OUTS] = {self.sign_outs.service: prefix + self.sign_outs.topic}
        return topics

    def access(self, prefix: str, principal: str) -> Access:
        """What the service has to do in Kafka, and its principal may."""
        own = [prefix + topic for topic in self.writes]
        others = [topic for topics in self.reads(prefix).values() for topic in topics.values()]
        return Access(principal, own, sorted(set(others)), groups_of(prefix + self.name))

    @property
    def subscribed(self) -> list[str]:
        """Return the projections of what everybody may read: who waits for an event waits for these."""
        alone = {source.reader for source in self.sources}
        return [name for name in self.projections or {} if name not in alone]

    def read_models(self) -> dict[str, list[str]]:
        return {name: [fold.table for fold in folds] for name, folds in (self.projections or {}).items()}

    def indexes(self) -> dict[str, str]:
        """The indexes of its lists: by name, what each is on; for all, by the moment of creation and by text."""
        own = {name: on for aggregate in self.aggregates for name, on in aggregate.indexes.items()}
        if self.aggregates:
            own["created"] = "states (kind, created_at, stream)"
        if any(aggregate.searchable for aggregate in self.aggregates):
            own["searchable"] = "searchable USING gin (ngrams(text, 1))"
        return own

    def readers(
        self,
        prefix: str,
        reactions: Reactions | None,
        privacy: Privacy,
        reactions_to: Mapping[str, Reactions] = MappingProxyType({}),
    ) -> list[Reader]:
        """Everything that reads the sources' topics."""
        topics, types, keys = self.reads(prefix), self.types(), KeyLookup(privacy)
        effects: dict[str, Effect] = {name: Projections(folds) for name, folds in (self.projections or {}).items()}
        if reactions:
            effects["reactions"] = reactions
        effects |= {reacting_to(name): each for name, each in reactions_to.items()}
        return [Reader(name, [*topics[name].values()], types, effect, keys) for name, effect in effects.items()]
