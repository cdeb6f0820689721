"""Real files through the commands: from the start until every reader has applied what it led to."""

import csv
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.ground import CHECKOUT, Ground
from bench.measure import Row, console
from portolan.stack.ports import free_ports

VARIABLE = "PORTOLAN_REAL_DATA"
SPEND = "spend-harrogate-2022-08.csv"
Loaded = tuple[float, str]
"""Rows per second, and how many rows."""
MAPPING = CHECKOUT / "docs" / "samples" / "harrogate-spend.yaml"
GOAL = "at least 545 rows/s, 5 times the 109 of the portfolio's file at first"


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Rows per second, into a stack of its own; without the files there is nothing to measure."""
    portfolio = "a portfolio of real projects, command to all read models caught up"
    spend = "the real spend of a council, command to all read models caught up"
    file = os.environ.get(VARIABLE)
    if not file:
        missing = f"{VARIABLE} names no file"
        return [Row(what, "reported", "not measured", None, missing, "") for what in (portfolio, spend)]
    found = []
    for number in range(min(rounds, 3)):
        found.append(load(ground.folder / f"import-{number}", Path(file)))
        console.print(f"  round {number + 1}: {', '.join(f'{rate:.0f} rows/s' for rate, _ in found[-1])}")
    return [
        row_of(what, goal, sorted(rates))
        for what, goal, rates in zip((portfolio, spend), ("reported", GOAL), zip(*found, strict=True), strict=True)
    ]


def row_of(what: str, goal: str, rates: Sequence[Loaded]) -> Row:
    rows_per_second, taken = rates[len(rates) // 2]
    result = f"{rows_per_second:.0f} rows/s"
    return Row(what, goal, result, None, f"{rates[0][0]:.0f} to {rates[-1][0]:.0f} rows/s", taken)


def load(folder: Path, file: Path) -> tuple[Loaded, Loaded]:
    """Start a stack without the demo company, load both files, stop the stack."""
    environment = {**os.environ, "PORTOLAN_STATE": str(folder), **ports()}
    portolan = str(Path(sys.executable).with_name("portolan"))

    def run(*words: object, check: bool = True) -> str:
        argv = [portolan, *map(str, words)]
        done = subprocess.run(argv, env=environment, cwd=CHECKOUT, check=False, capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done.stdout + done.stderr

    def timed(*words: object) -> Loaded:
        start = time.perf_counter()
        said = run(*words, check=False)
        took = time.perf_counter() - start
        counted = re.search(r"([\d,]+) rows", said)
        if counted is None:
            raise RuntimeError(said)
        return int(counted[1].replace(",", "")) / took, counted[0]

    try:
        run("up", "--no-demo")
        lines = lines_for(file.with_name(SPEND), folder / "lines.csv")
        projects = timed("import", file)
        source = folder / "lines.yaml"
        source.write_text("source: Harrogate Borough Council\n")
        run("import-finance", "budgets", lines, "--mapping", source)
        return projects, timed("import-finance", "expenses", file.with_name(SPEND), "--mapping", MAPPING)
    finally:
        run("clean")


def lines_for(spend: Path, lines: Path) -> Path:
    """A budget of the year for each service in a file of spend."""
    services = {row["Service Code"].strip() for row in csv.DictReader(spend.read_text("utf-8-sig").splitlines())}
    with lines.open("w", newline="") as file:
        written = csv.writer(file)
        written.writerow(["Division", "Fiscal Year", "Category", "Cost Kind", "Purpose", "Amount", "Currency"])
        written.writerows([name, 2022, "Any", "opex", "run", 1, "GBP"] for name in sorted(services))
    return lines


def ports() -> dict[str, str]:
    """Free ports for everything the stack starts."""
    names = ["PEOPLE", "PORTFOLIO", "FINANCE", "REPORTING", "POSTGRES", "KAFKA", "KAFKA_CONTROLLER"]
    return {f"PORTOLAN_{name}_PORT": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
