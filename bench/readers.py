"""Read models catching up and rebuilt against a bare consumer, and the memory they need for ten times the events."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

from bench.arms import publish
from bench.database import connect
from bench.ground import CHECKOUT, Ground
from bench.measure import Arm, Row, at_least, interleaved
from bench.relay import fill
from contracts import portfolio
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING

EVENTS = 100_000
FEW, MANY = 40_000, 400_000


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Catching up, rebuilding, and memory."""
    return [*speed(ground, rounds), *memory(ground)]


def speed(ground: Ground, rounds: int) -> list[Row]:
    """Events per second of a bare consumer, reporting's reader, and its rebuild, each in a process of its own."""
    prefix = "bench-speed."
    publish(ground.broker, prefix + portfolio.TOPIC, EVENTS)
    checked: dict[str, str] = {}
    arms = [Arm(f"{name}/s", rate_of(ground, name, prefix, checked)) for name in ("bare", "live", "rebuild")]
    found = interleaved(arms, rounds)
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.0f}" for arm in arms)
    live, again = found.ratio("live/s", "bare/s"), found.ratio("rebuild/s", "live/s")
    return [
        Row(
            "read model catch-up ÷ a bare kafka-python consumer",
            ">= 0.5", str(live), at_least(live, 0.5), figures, checked["live"],
        ),
        Row(
            "rebuild ÷ live read model catch-up, per event",
            ">= 0.9", str(again), at_least(again, 0.9), figures, checked["rebuild"],
        ),
    ]  # fmt: skip


def rate_of(ground: Ground, name: str, prefix: str, checked: dict[str, str]) -> Callable[[], float]:
    """One run of an arm on an empty database."""

    def run() -> float:
        database = ground.migrated(REPORTING)
        rate, _ = in_process(ground, name, prefix, EVENTS, database)
        if name != "bare":
            checked[name] = check(database)
        return rate

    return run


def memory(ground: Ground) -> list[Row]:
    """Peak memory at ten times the events."""
    rows = []
    for name in ("relay", "live", "rebuild"):
        peaks = []
        for events in (FEW, MANY):
            prefix = f"bench-memory-{events}."
            if name == "relay":
                database = ground.migrated(PORTFOLIO)
                fill(database, events)
            else:
                if name == "live":
                    publish(ground.broker, prefix + portfolio.TOPIC, events)
                database = ground.migrated(REPORTING)
            peaks.append(in_process(ground, name, prefix, events, database)[1])
        ratio = peaks[1] / peaks[0]
        what = f"peak memory of the {'projector' if name == 'live' else name} at {MANY:,} events ÷ at {FEW:,}"
        figures = f"{peaks[1]:,.0f} MiB, {peaks[0]:,.0f} MiB"
        rows.append(Row(what, "<= 1.1", f"{ratio:.2f}", ratio <= 1.1, figures, "one run each"))
    return rows


def in_process(ground: Ground, arm: str, prefix: str, events: int, database: ServiceDatabase) -> tuple[float, float]:
    """Rate in events a second and peak memory in MiB."""
    argv = [sys.executable, "-m", "bench.arms", arm, str(ground.kafka.folder), str(ground.kafka.port), str(events)]
    environment = {**os.environ, "BENCH_PREFIX": prefix}
    done = subprocess.run(
        [*argv, database.owner_url, database.url],
        capture_output=True, text=True, check=False, cwd=CHECKOUT, env=environment,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    told = json.loads(done.stdout.splitlines()[-1])
    return told["rate"], told["peak"]


def check(database: ServiceDatabase) -> str:
    """Every event has its effect once: nothing is parked, each project shows its last report."""
    with connect(database.url) as connection:
        row = connection.execute(
            "SELECT (SELECT sum(applied) FROM progress), (SELECT count(*) FROM parked),"
            " (SELECT count(*) FROM projects), (SELECT count(*) FROM projects WHERE percent_complete = 70)"
        ).fetchone()
    assert row is not None
    applied, parked, projects, at_last = row
    if (applied, parked, at_last) != (EVENTS, 0, projects):
        raise AssertionError(row)
    return f"{applied:,} events applied, none parked, all {projects:,} projects at their last report"
