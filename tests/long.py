"""``python -m tests.long``: what takes too long for every run, and the page that says how it went.

Every property with many times its usual examples, Schemathesis with many more cases, and many seeds of faults.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
PAGE = CHECKOUT / "docs" / "long-run.md"
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")


@dataclass(frozen=True)
class Step:
    """What is run, with the environment's additions."""

    name: str
    words: Sequence[str]
    times: int = 1


@dataclass(frozen=True)
class Outcome:
    """How it went; ``said`` is the last that it said."""

    step: Step
    code: int
    seconds: float
    said: str


def steps(times: int, seeds: int, outages: int, faults_page: Path) -> list[Step]:
    """Everything there is."""
    pytest = ("pytest", *SIDE_BY_SIDE, "-q", "--timeout", "0")
    every = (*pytest, "-m", "hypothesis", "tests")
    calls = (*pytest, "tests/surface/test_schemathesis.py")
    faults = ("tests.faults", "--seeds", str(seeds), "--grounds", "2", "--outages", str(outages))
    return [
        Step("properties and state machines", every, times),
        Step("calls as the documents allow, and as they do not", calls, times),
        Step("faults", (*faults, "--page", str(faults_page))),
    ]


def run(step: Step) -> Outcome:
    """Run a step and show what it says."""
    print(f"== {step.name}", flush=True)
    began = time.monotonic()
    environment = os.environ | {"PORTOLAN_EXAMPLES_TIMES": str(step.times)}
    last: list[str] = []
    command = [sys.executable, "-m", *step.words]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            for line in running.stdout:
                print(line, end="", flush=True)
                last = [*last, line.strip(" =\n")][-200:]
        except KeyboardInterrupt:
            running.send_signal(signal.SIGINT)
            raise
    said = next((line for line in reversed(last) if re.search(r"\d+ (passed|failed|error)", line)), "")
    return Outcome(step, running.returncode, time.monotonic() - began, said)


def page(outcomes: Sequence[Outcome], faults: str) -> str:
    """The page, as Markdown."""
    revision = ["git", "describe", "--always", "--dirty", "--abbrev=12"]
    commit = subprocess.run(revision, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.strip()
    rows = [
        f"| {one.step.name} | `{' '.join(one.step.words).replace(str(CHECKOUT), '.')}` | {one.step.times} |"
        f" {one.seconds / 60:.1f} min | {'passed' if one.code == 0 else 'FAILED'}{one.said and ': '}{one.said} |"
        for one in outcomes
    ]
    return "\n".join(
        [
            "# The last long run",
            "",
            f"Written by `make long` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, at commit {commit}, on"
            f" {os.cpu_count()} processors.",
            "",
            "| what | `python -m` | times the usual examples | took | outcome |",
            "|---|---|---:|---:|---|",
            *rows,
            "",
            "## Faults",
            "",
            faults.strip() or "The run of faults did not come to its end.",
            "",
        ]
    )


def main() -> None:
    """Run everything, write the page, and end with 1 where anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.long", description=__doc__)
    parser.add_argument("--times", type=int, default=50, metavar="N", help="so many times the usual examples")
    parser.add_argument("--seeds", type=int, default=200, metavar="N", help="seeds of faults, 1 to N")
    parser.add_argument("--outages", type=int, default=100_000, metavar="N", help="commands while the broker is away")
    parser.add_argument("--page", type=Path, default=PAGE, help="where to write how it went")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "faults.md"
        outcomes = [run(step) for step in steps(asked.times, asked.seeds, asked.outages, told)]
        asked.page.write_text(page(outcomes, told.read_text() if told.exists() else ""))
    print(f"Written to {asked.page}.")
    sys.exit(any(outcome.code for outcome in outcomes))


if __name__ == "__main__":
    main()
