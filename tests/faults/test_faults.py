"""Services, database and broker are killed, stopped, cut off and starved: nothing is lost, doubled or out of order."""

import json
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.faults import KINDS, SHORT_SET, plan
from tests.harness import wait_until
from tests.infrastructure import Infrastructure

CHECKOUT = Path(__file__).parents[2]
AWAY = 1000


def command(infrastructure: Infrastructure, *words: object) -> tuple[subprocess.Popen[str], Path]:
    """The command, run with servers of its own, and its folder; should it be killed, the test run ends what it left."""
    folder = infrastructure.run / f"faults-{secrets.token_hex(6)}"
    argv = [sys.executable, "-m", "tests.faults", *map(str, words), "--folder", str(folder)]
    with (infrastructure.run / f"{folder.name}.out").open("w") as output:
        return subprocess.Popen(argv, cwd=CHECKOUT, stdout=output, stderr=output, text=True), folder


def result(infrastructure: Infrastructure, *words: object) -> dict[str, Any]:
    """What the command found, once it has ended."""
    told = infrastructure.run / f"faults-{secrets.token_hex(6)}.json"
    running, folder = command(infrastructure, *words, "--json", told)
    try:
        running.wait()
    finally:
        end(running)
    assert told.exists(), (infrastructure.run / f"{folder.name}.out").read_text()
    found: dict[str, Any] = json.loads(told.read_text())
    return found


def end(running: subprocess.Popen[str]) -> None:
    """End the command as Ctrl-C would, and wait until it has ended what it started."""
    if running.poll() is None:
        running.send_signal(signal.SIGINT)
    running.wait()


@pytest.fixture(scope="module")
def short_set(infrastructure: Infrastructure) -> dict[str, Any]:
    """What became of the short set, and of some thousand commands while the broker is away."""
    return result(infrastructure, "--outages", AWAY)


def test_the_short_set_has_every_kind_of_fault() -> None:
    assert {fault.kind for seed in SHORT_SET for fault in plan(seed)[0]} == set(KINDS)


def test_a_seed_is_the_same_whenever_it_is_run() -> None:
    assert plan(17)[0] == plan(17)[0]
    assert len({tuple(map(str, plan(seed)[0])) for seed in range(200)}) == 200


@pytest.mark.parametrize("seed", SHORT_SET)
def test_nothing_is_lost_doubled_or_out_of_order(short_set: dict[str, Any], seed: int) -> None:
    (verdict,) = [one for one in short_set["seeds"] if one["seed"] == seed]
    assert verdict["violations"] == [], verdict["logs"]
    assert verdict["acknowledged"] > 0
    assert set(verdict["left_out"]) <= {"disk full"}


def test_while_the_broker_is_away_commands_are_taken_and_then_everything_drains_in_order(
    short_set: dict[str, Any],
) -> None:
    away = short_set["away"]
    assert away["violations"] == []
    assert (away["commands"], away["lag"], away["refused_or_unknown"]) == (AWAY, AWAY, 0)


@pytest.mark.parametrize(("name", "read", "missing"), [("database away", 503, ["database"]), ("disk full", 200, [])])
def test_in_an_outage_that_lasts_callers_get_503_and_afterwards_nobody_has_to_repair_anything(
    short_set: dict[str, Any], name: str, read: int, missing: list[str]
) -> None:
    if name == "disk full" and any(one["left_out"] for one in short_set["seeds"]):
        pytest.skip("this machine does not let us mount a small disk")
    (outage,) = [one for one in short_set["outages"] if one["name"] == name]
    assert outage["violations"] == []
    assert outage["problem"] == [503, "unavailable"]
    assert (outage["read"], outage["missing"]) == (read, missing)


def test_whoever_interrupts_it_finds_nothing_left_running(infrastructure: Infrastructure) -> None:
    running, folder = command(infrastructure, "--seeds", 2)
    try:
        wait_until(lambda: bool(mentioning(folder)), "something runs", patience=120)
    finally:
        end(running)
    assert running.returncode != 0
    assert mentioning(folder) == []
    assert not folder.exists()


def mentioning(folder: Path) -> list[str]:
    """The command lines, but for the command's own, that name a path in the folder."""
    lines = [process.info["cmdline"] or () for process in psutil.process_iter(["cmdline"])]
    return [" ".join(line) for line in lines if any(f"{folder}{os.sep}" in part for part in line)]
