"""From commit to a read model that shows it, under load, against the same pipeline with a polled outbox."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import httpx

from bench.commands import commands_of, found_projects, portfolio
from bench.database import check_log, connect
from bench.ground import Ground
from bench.measure import Arm, Row, at_most, console, interleaved
from contracts.roles import Role
from portolan.stack.postgres import ServiceDatabase
from services.portfolio.app import SERVICE as PORTFOLIO
from services.reporting.app import SERVICE as REPORTING

CLIENTS = 16
PROBES_PER_SECOND = 50
STEP = Decimal("0.0001")


@dataclass
class Pipeline:
    """Portfolio with its relay, and reporting's read models."""

    url: str
    ids: list[str]
    probe: str
    log: ServiceDatabase
    view: ServiceDatabase
    shown: Decimal = Decimal(0)


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """The ratio of the 99th percentiles."""
    assert ground.broker
    with ExitStack() as stack:
        live = stack.enter_context(pipeline(ground, "live", "services.portfolio.app"))
        polled = stack.enter_context(pipeline(ground, "polled", "bench.polling"))
        full = commands_of(ground, live.url, live.ids, CLIENTS, seconds)
        console.print(f"  full load: {full:,.0f} commands/s")
        wait_for_rest(live)
        pause = CLIENTS / (full / 2) * 1000
        arms = [
            Arm("woken, p99 ms", lambda: visible(ground, live, pause, seconds)),
            Arm("polled, p99 ms", lambda: visible(ground, polled, pause, seconds)),
        ]
        found = interleaved(arms, rounds)
        checked = check_log(live.log) + "; every report was shown"
    ratio = found.ratio("woken, p99 ms", "polled, p99 ms")
    figures = ", ".join(f"{arm.name} {found.median(arm.name):,.1f}" for arm in arms) + f" at {full / 2:,.0f} commands/s"
    what = "commit to read model visible, p99 at half load ÷ the same pipeline with a 500 ms polling outbox"
    return [Row(what, "<= 0.2", str(ratio), at_most(ratio, 0.2), figures, checked)]


@contextmanager
def pipeline(ground: Ground, name: str, worker: str) -> Iterator[Pipeline]:
    """One pipeline on topics of its own."""
    log, view = ground.migrated(PORTFOLIO), ground.migrated(REPORTING)
    prefix = f"bench-{name}."
    publishing = ground.environment("portfolio", log, 0, prefix=prefix)
    reading = ground.environment("reporting", view, 0, prefix=prefix)
    with (
        portfolio(ground, log, f"{name}-api") as url,
        ground.process(["-m", worker, "worker"], publishing, f"{name}-relay"),
        ground.process(["-m", "services.reporting.app", "worker"], reading, f"{name}-reader"),
    ):
        ids = found_projects(url, ground.token(Role.PORTFOLIO_OFFICE), log)
        made = Pipeline(url, ids[1:], ids[0], log, view)
        wait_for_rest(made)
        yield made


def wait_for_rest(pipeline: Pipeline) -> None:
    """Wait until reporting has everything."""
    until = time.monotonic() + 120
    with connect(pipeline.log.url) as log, connect(pipeline.view.url) as view:
        while True:
            published = log.execute("SELECT published FROM head").fetchone()
            applied = view.execute("SELECT coalesce(sum(applied), 0) FROM progress").fetchone()
            if published == applied:
                return
            if time.monotonic() > until:
                raise AssertionError(f"published {published}, applied {applied}")
            time.sleep(0.1)


def visible(ground: Ground, pipeline: Pipeline, pause: float, seconds: int) -> float:
    """The 99th percentile, in milliseconds, of the time from a command's answer to its figure in the read model."""
    load = threading.Thread(target=commands_of, args=(ground, pipeline.url, pipeline.ids, CLIENTS, seconds + 1, pause))
    load.start()
    time.sleep(0.5)
    committed: dict[Decimal, float] = {}
    seen: list[tuple[float, Decimal]] = []
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(pipeline, seen, over))
    watcher.start()
    send(ground, pipeline, committed, seconds)
    wait_until_shown(pipeline, seen, max(committed))
    over.set()
    watcher.join()
    load.join()
    wait_for_rest(pipeline)
    pipeline.shown = max(committed)
    times = sorted(max(0.0, first(seen, value) - at) for value, at in committed.items())
    return times[int(len(times) * 0.99)] * 1000


def send(ground: Ground, pipeline: Pipeline, committed: dict[Decimal, float], seconds: int) -> None:
    """Report a little more progress each time, at a steady pace."""
    headers = {"authorization": f"Bearer {ground.token(Role.PORTFOLIO_OFFICE)}"}
    day, value = datetime.now(UTC).date().isoformat(), pipeline.shown
    with httpx.Client(base_url=pipeline.url, headers=headers, trust_env=False, timeout=30) as client:
        begin = time.monotonic()
        for number in range(PROBES_PER_SECOND * seconds):
            time.sleep(max(0.0, begin + number / PROBES_PER_SECOND - time.monotonic()))
            value += STEP
            body = {"as_of": day, "percent_complete": str(value)}
            client.post(f"/projects/{pipeline.probe}/report-progress", json=body).raise_for_status()
            committed[value] = time.monotonic()


def watch(pipeline: Pipeline, seen: list[tuple[float, Decimal]], over: threading.Event) -> None:
    """Note when the read model shows which figure."""
    with connect(pipeline.view.url) as connection:
        while not over.is_set():
            row = connection.execute("SELECT percent_complete FROM projects WHERE id = %s", [pipeline.probe]).fetchone()
            if row and row[0] is not None and (not seen or seen[-1][1] != row[0]):
                seen.append((time.monotonic(), row[0]))
            time.sleep(0.002)


def wait_until_shown(pipeline: Pipeline, seen: list[tuple[float, Decimal]], value: Decimal) -> None:
    """Wait for the last figure."""
    until = time.monotonic() + 60
    while not seen or seen[-1][1] < value:
        if time.monotonic() > until:
            raise AssertionError("a report was never shown")
        time.sleep(0.01)


def first(seen: list[tuple[float, Decimal]], value: Decimal) -> float:
    """Return when this figure or a later one was first shown."""
    return next(at for at, shown in seen if shown >= value)
