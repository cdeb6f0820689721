"""Steps that every role takes at its start: telemetry, master keys, states refolded where their source changed."""

import gc
import hashlib
import inspect
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import structlog

from chassis.consumers.projection import Fold
from chassis.domain.decider import Decider
from chassis.observability.metrics import Metrics
from chassis.observability.telemetry import Telemetry
from chassis.observability.tracing import open_tracing
from chassis.postgres.connections import Unavailable
from chassis.service.definition import Service
from chassis.service.settings import RoleSettings, SharedSettings, stop
from chassis.store.audit_trail import Pseudonyms
from chassis.store.encryption import Privacy, WrongMasterKey, key_from, read_master_keys
from chassis.store.keys import unlock
from chassis.store.store import Store

log = structlog.get_logger("service")


def telemetry_of(service: Service, role: str, shared: SharedSettings) -> Telemetry:
    tracing = open_tracing(service.name, role, service.version, shared.traces_endpoint, shared.traces_share)
    return Telemetry(Metrics(service.name, role, service.version), tracing)


def privacy_of(service: Service, shared: SharedSettings) -> Privacy:
    """The master keys of a service that holds keys; the others get none; raises ``WrongMasterKey``."""
    if not service.holds_keys:
        return Privacy()
    if shared.master_key is None:
        raise WrongMasterKey("PORTOLAN_MASTER_KEY: set it; this service seals or reads personal data")
    return Privacy(
        read_master_keys(shared.master_key.get_secret_value(), shared.previous_master_keys.get_secret_value())
    )


def pseudonyms_of(service: Service, shared: SharedSettings) -> Pseudonyms:
    """The pseudonyms of the audit trail; ends the process with a sentence where their key is missing or malformed."""
    if shared.audit_key is None:
        stop(f"{service.name} cannot start; set PORTOLAN_AUDIT_KEY: the base64 of 32 bytes")
    try:
        return Pseudonyms(key_from("PORTOLAN_AUDIT_KEY", shared.audit_key.get_secret_value()))
    except WrongMasterKey as malformed:
        stop(f"{service.name} cannot start; {malformed}")


async def try_master_key(service: Service, shared: SharedSettings, own: RoleSettings) -> None:
    """Check that the master key opens the database; raise ``WrongMasterKey``."""
    store = Store(own.database_url, privacy=privacy_of(service, shared))
    try:
        await unlock(store)
    except Unavailable:
        log.warning("the master key is tried later", missing="database")
    finally:
        await store.engine.dispose()


async def prepare(service: Service, store: Store) -> None:
    """Try the master key; refold states where the source that folded them has changed; ready only after it."""
    if service.holds_keys:
        try:
            await unlock(store)
        except WrongMasterKey:
            await store.stop()
            raise
    for aggregate in service.aggregates:
        source = "|".join(
            [source_fingerprint(aggregate.decider), "digested", *aggregate.digested, "searched", *aggregate.searched]
        )
        count = await store.refold(aggregate.decider, source, aggregate.digested, aggregate.text_of)
        if count:
            log.info("states refolded", kind=aggregate.decider.kind, count=count)


def source_fingerprint(decider: Decider[Any]) -> str:
    """A hash of the source an aggregate's states are folded with: its service's domain folders, or its own module."""
    module = Path(inspect.getfile(decider.evolve))
    domain = next((folder for folder in module.parents if folder.name == "domain"), None)
    files = sorted(domain.parent.parent.glob("*/domain/**/*.py")) if domain else [module]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def folds_fingerprint(service: Service, folds: Sequence[Fold[Any]]) -> str:
    """A hash of the source a reader's rows are folded with: its folds, what their modules import, and the events."""
    modules = {sys.modules[fold.fold.__module__] for fold in folds}
    used = {value.__module__ for module in modules for value in vars(module).values() if inspect.isfunction(value)}
    events = {event.__module__ for event in service.types().values()}
    files = sorted({Path(inspect.getfile(sys.modules[name])) for name in used | events})
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def collect_seldom() -> None:
    """Look for cyclic garbage seldom: what requests and batches leave behind is nearly all freed by counting.

    A batch of events is thousands of objects that live for a moment; by default every 700 of them start a search,
    which cost a fifth of the time of taking events in (measured: 31 against 24 microseconds for each).
    """
    gc.set_threshold(50_000, 20, 100)
