"""The problems of a service, their reasons and remedies: a pure function of its figures."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from sqlalchemy import text

from chassis.messaging.event_ids import FOREIGN_KIND
from chassis.store.store import Store

DEADLINES = "deadlines"
LOST_SECONDS = 15
LATE_SECONDS = 30
OVERDUE_SECONDS = 60
BEGINNING_SECONDS = 30
REMEDIES = {
    "database": "Check that PostgreSQL is up and accepting connections; the service recovers by itself.",
    "migrations": "Run the service's role `migrate` once; it is safe at any time.",
    "issuer keys": "Check that the issuer at PORTOLAN_JWKS_URL responds; until then no token can be verified.",
    "states": "Wait: states are refolded after an upgrade; commands return 503 until then.",
    "Kafka": "Check that the brokers at PORTOLAN_KAFKA_BOOTSTRAP respond, in PORTOLAN_KAFKA_SECURITY_PROTOCOL;"
    " everything recovers by itself.",
}


REFUSALS = {
    "credentials": (
        "Kafka refuses the credentials of {name}",
        "There is no such user, or it has another password; nothing is published or applied meanwhile.",
        "Set {prefix}KAFKA_USERNAME and {prefix}KAFKA_PASSWORD right and restart the worker, or run the service's role"
        " `grant`, which gives the user this password; the worker recovers by itself then.",
    ),
    "certificate": (
        "{name} does not trust Kafka's certificate",
        "It is of an unknown authority, has ended, or is for another name than PORTOLAN_KAFKA_BOOTSTRAP has.",
        "Set PORTOLAN_KAFKA_CA_FILE to the authorities of the brokers (locally: `make down`, `make up`).",
    ),
    "rights": (
        "{name} lacks rights in Kafka",
        "It may not: {which}.",
        "Run the service's role `grant` with an administrator's credentials; the worker recovers by itself.",
    ),
}


class Problem(BaseModel):
    """Something that is wrong, in words: what, why, and what to do."""

    what: str
    why: str
    remedy: str


class ReaderFigures(BaseModel):
    """A reader's progress with one topic."""

    reader: str
    source: str = Field(description="the service whose topic it is")
    topic: str
    topic_exists: bool = Field(description="as a worker last saw it")
    applied: int
    event_time: datetime | None = Field(description="when the newest event it applied was recorded")
    applied_at: datetime | None = Field(description="when it last applied an event")
    lag_events: int = Field(description="messages in Kafka it has not applied")
    lag_seconds: float = Field(description="age of the oldest of them")
    parked: int = Field(description="messages parked because they cannot be applied")
    waiting: int = Field(description="messages parked until their predecessor arrives")


class WorkerFigures(BaseModel):
    """A worker's last sign of life."""

    version: str
    up_seconds: float
    heard_seconds: float = Field(description="seconds since its last heartbeat")
    kafka_away_seconds: float | None = Field(description="seconds since it lost Kafka; null: connected")
    kafka_refused: str | None = Field(
        None, description="`credentials`, `certificate`, or `rights:` and which; null: nothing"
    )


class ParkedReason(BaseModel):
    """Messages that are parked for one kind of reason."""

    reader: str
    reason: str = Field(description="kind of failure; its full text may quote data and is not shown")
    count: int


class KeysStatus(BaseModel):
    """The state of a service's keys."""

    master: str = Field(description="the id of the present master key")
    subjects: int = Field(description="subjects with a key")
    erased: int
    older: int = Field(description="keys that still need a previous master key")
    unopened: int = Field(description="keys that no configured master key unwraps")
    unannounced: int = Field(description="keys and erasures not published yet")
    last_erased_at: datetime | None


class Figures(BaseModel):
    """A service's figures: its log, its relay, its readers, its workers; no data of persons."""

    service: str
    version: str
    publishes: bool = Field(description="whether it has events of its own")
    recorded: int
    published: int = Field(description="public events recorded")
    relayed: int = Field(description="of them in Kafka")
    relay_leads: bool
    relay_lag_events: int
    relay_lag_seconds: float = Field(description="age of the oldest unpublished event")
    parked: int = Field(description="parked messages and refused deadlines")
    waiting_seconds: float = Field(description="age of the oldest that waits for its predecessor")
    parked_reasons: list[ParkedReason]
    due: int = Field(description="deadlines due whose command was not issued yet")
    due_seconds: float = Field(description="age of the oldest of them")
    last_recorded_at: datetime | None
    last_published_at: datetime | None
    last_applied_at: datetime | None
    readers: list[ReaderFigures]
    workers: list[WorkerFigures]
    keys: KeysStatus | None = Field(None, description="the keys of personal data, where the service holds some")

    @property
    def living(self) -> list[WorkerFigures]:
        """The workers that were heard of lately."""
        return [worker for worker in self.workers if worker.heard_seconds < LOST_SECONDS]


def diagnose(figures: Figures, missing: Sequence[str] = ()) -> list[Problem]:
    """Everything that is wrong, the most basic first; ``missing`` names what the service cannot work without."""
    return [
        *absences(figures.service, missing),
        *workers(figures),
        *relay(figures),
        *readers(figures),
        *parked_problems(figures),
        *keys(figures),
        *deadlines(figures),
    ]


def absences(service: str, missing: Sequence[str]) -> list[Problem]:
    return [
        Problem(what=f"{service} is not ready: {name}", why="Required dependency.", remedy=REMEDIES[name])
        for name in missing
    ]


def workers(figures: Figures) -> Iterator[Problem]:
    """Find missing workers, an unreachable Kafka, and mixed versions."""
    name = figures.service
    if not (figures.publishes or figures.readers):
        return
    if not figures.living:
        last = min((worker.heard_seconds for worker in figures.workers), default=None)
        heard = "No heartbeat was ever received" if last is None else f"The last heartbeat was {spoken(last)} ago"
        waiting = f"; {events(figures.relay_lag_events)} to be published" if figures.relay_lag_events else ""
        consequence = f"{name}'s relay is not running" if figures.publishes else f"{name} applies no events"
        yield Problem(
            what=f"{consequence}: no worker is running",
            why=f"{heard}{waiting}.",
            remedy=f"Start `python -m services.{name}.app worker` (locally: `make up`); its log says why it stopped.",
        )
    yield from refusals(figures)
    away = [
        worker.kafka_away_seconds
        for worker in figures.living
        if worker.kafka_away_seconds is not None and worker.kafka_refused is None
    ]
    if away:
        yield Problem(
            what="Kafka cannot be reached",
            why=f"{name}'s worker has not reached it for {spoken(max(away))}.",
            remedy=REMEDIES["Kafka"],
        )
    if others := sorted({worker.version for worker in figures.living} - {figures.version}):
        yield Problem(
            what=f"{name}'s worker and API run different versions",
            why=f"The API is {figures.version}, a worker is {', '.join(others)}.",
            remedy="Finish the upgrade: restart the outdated role.",
        )


def refusals(figures: Figures) -> Iterator[Problem]:
    """Find what Kafka refuses the workers; each kind once."""
    name = figures.service
    for refused in sorted({worker.kafka_refused for worker in figures.living if worker.kafka_refused}):
        kind, _, which = refused.partition(": ")
        what, why, remedy = REFUSALS[kind]
        yield Problem(
            what=what.format(name=name),
            why=why.format(name=name, which=which),
            remedy=remedy.format(name=name, prefix=f"PORTOLAN_{name.upper()}_"),
        )


def relay(figures: Figures) -> Iterator[Problem]:
    """Find a relay without a leader, or one that lags."""
    if not figures.publishes or not figures.living:
        return
    reaches = [w for w in figures.living if w.kafka_away_seconds is None and w.kafka_refused is None]
    settled = any(worker.up_seconds > BEGINNING_SECONDS for worker in reaches)
    if not figures.relay_leads and settled:
        yield Problem(
            what=f"{figures.service}'s relay has no leader",
            why="A worker is running and reaches Kafka, but its relay keeps restarting.",
            remedy="Search the worker's log for `relay starts again`.",
        )
    if figures.relay_lag_seconds > LATE_SECONDS:
        yield Problem(
            what=f"{figures.service} relay lag: {events(figures.relay_lag_events)}, oldest"
            f" {spoken(figures.relay_lag_seconds)}",
            why="The relay leads but is behind." if figures.relay_leads else "The relay has no leader.",
            remedy="No event is lost. Check whether Kafka is slow or unreachable, and the worker's log.",
        )


def readers(figures: Figures) -> Iterator[Problem]:
    """Find readers that lag, or whose topic is missing."""
    settled = any(worker.up_seconds > BEGINNING_SECONDS for worker in figures.living)
    for reader in figures.readers:
        if (
            settled
            and not reader.topic_exists
            and not any(w.kafka_away_seconds or w.kafka_refused for w in figures.living)
        ):
            yield Problem(
                what=f"{figures.service}'s {reader.reader} receives nothing from {reader.source}:"
                " the topic does not exist",
                why=f"{reader.source} creates its topic when its relay first starts.",
                remedy=f"Start {reader.source}'s worker.",
            )
        if reader.lag_seconds > LATE_SECONDS and reader.lag_events:
            yield Problem(
                what=f"{figures.service}'s {reader.reader} lags {reader.source} by {events(reader.lag_events)},"
                f" oldest {spoken(reader.lag_seconds)}",
                why="No worker is running."
                if not figures.living
                else "It is slower than the incoming events, or failing.",
                remedy="Wait while the number falls; otherwise search the worker's log for `reader starts again`,"
                " or run more workers.",
            )


def parked_problems(figures: Figures) -> Iterator[Problem]:
    """Find parked messages, and those whose predecessor does not arrive."""
    foreign = sum(each.count for each in figures.parked_reasons if each.reason == FOREIGN_KIND)
    if foreign:
        yield Problem(
            what=f"{messages(foreign)} parked in {figures.service} under a number that another event has",
            why="Somebody else than the source's relay wrote to its topic, or the source's database was set back.",
            remedy=f"List them with `portolan parked {figures.service}`, compare each with the source's log, and check"
            " who may write to the topic; discard the one that is not in the log. If that was applied, see"
            " docs/security.md.",
        )
    if parked := sum(reader.parked for reader in figures.readers) - foreign:
        reasons = [each for each in figures.parked_reasons if each.reader != DEADLINES and each.reason != FOREIGN_KIND]
        kinds = ", ".join(f"{each.reason} ({each.reader}: {each.count})" for each in reasons)
        yield Problem(
            what=f"{messages(parked)} parked in {figures.service}",
            why=f"They cannot be applied: {kinds}. Later events of the same streams wait behind them.",
            remedy=f"List them with `portolan parked {figures.service}`; once the cause is fixed, retry them with"
            f" `portolan redrive {figures.service}`.",
        )
    waiting = sum(reader.waiting for reader in figures.readers)
    if waiting and not parked and figures.waiting_seconds > LATE_SECONDS:
        yield Problem(
            what=f"{messages(waiting)} waiting for a predecessor in {figures.service}",
            why=f"The predecessor has been missing for {spoken(figures.waiting_seconds)}.",
            remedy="It is missing from the topic or not sent yet: check the source's relay.",
        )


def keys(figures: Figures) -> Iterator[Problem]:
    """Find keys that cannot be unwrapped."""
    if figures.keys and (count := figures.keys.unopened):
        yield Problem(
            what=f"{figures.service} cannot unwrap {count:,} personal data {'key' if count == 1 else 'keys'}",
            why=f"Wrapped with a master key other than {figures.keys.master}; events that need them wait.",
            remedy="Set PORTOLAN_MASTER_KEY to that of the service that created them, or add it to"
            " PORTOLAN_PREVIOUS_MASTER_KEYS, and restart API and worker.",
        )


def deadlines(figures: Figures) -> Iterator[Problem]:
    """Find refused and overdue deadlines."""
    refused = [each for each in figures.parked_reasons if each.reader == DEADLINES]
    if count := sum(each.count for each in refused):
        yield Problem(
            what=f"{count:,} {'deadline was' if count == 1 else 'deadlines were'} refused in {figures.service}",
            why=f"Refused by a rule: {', '.join(each.reason for each in refused)}.",
            remedy=f"List them with `portolan parked {figures.service}`; they are retried when their state changes,"
            f" or with `portolan redrive {figures.service}`.",
        )
    if figures.due and figures.due_seconds > OVERDUE_SECONDS:
        is_ = "deadline is" if figures.due == 1 else "deadlines are"
        yield Problem(
            what=f"{figures.due:,} {is_} overdue in {figures.service}, the oldest by {spoken(figures.due_seconds)}",
            why="No worker is running." if not figures.living else "The worker has not issued their commands.",
            remedy="A worker issues them by itself; check its log for the reason.",
        )


def events(count: int) -> str:
    return f"{count:,} event{'s' * (count != 1)}"


def messages(count: int) -> str:
    return f"{count:,} message{'s are' if count != 1 else ' is'}"


def spoken(seconds: float) -> str:
    """A duration as one says it: ``40 s``, ``3 min``, ``2 h``, ``5 days``."""
    for size, unit in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


async def read_keys_status(store: Store) -> KeysStatus | None:
    """Return the state of the keys; None for a service that holds none."""
    if store.privacy.master_keys is None:
        return None
    master = store.privacy.master_keys.current.id
    (row,) = await store.rows(
        text(
            "SELECT count(wrapped) AS subjects, count(erased_at) AS erased, max(erased_at) AS last_erased_at,"
            " count(*) FILTER (WHERE master <> :master) + (SELECT count(*) FROM secret WHERE master <> :master)"
            " AS older, count(*) FILTER (WHERE NOT master = ANY(:known)) AS unopened,"
            " count(*) FILTER (WHERE own AND announced < revision) AS unannounced FROM keys"
        ),
        {"master": master, "known": store.privacy.master_keys.known},
    )
    return KeysStatus(master=master, **row._mapping)
