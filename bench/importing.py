"""The real file through the command: from its start until every reader has applied what it led to."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

from bench.ground import CHECKOUT, Ground
from bench.measure import Row, console
from portolan.stack.ports import free_ports

VARIABLE = "PORTOLAN_REAL_DATA"


def measure(ground: Ground, rounds: int, seconds: int) -> list[Row]:
    """Rows per second, into a stack of its own; without the file there is nothing to measure."""
    what = "the real file, command to all read models caught up"
    file = os.environ.get(VARIABLE)
    if not file:
        return [Row(what, "reported", "not measured", None, f"{VARIABLE} names no file", "")]
    rates = []
    for number in range(min(rounds, 3)):
        rates.append(load(ground.folder / f"import-{number}", Path(file)))
        console.print(f"  round {number + 1}: {rates[-1][0]:.0f} rows/s")
    rates.sort()
    rows_per_second, taken = rates[len(rates) // 2]
    result = f"{rows_per_second:.0f} rows/s"
    return [Row(what, "reported", result, None, f"{rates[0][0]:.0f} to {rates[-1][0]:.0f} rows/s", taken)]


def load(folder: Path, file: Path) -> tuple[float, str]:
    """Start a stack without the demo company, load the file, stop the stack."""
    environment = {**os.environ, "PORTOLAN_STATE": str(folder), **ports()}
    portolan = [str(Path(sys.executable).with_name("portolan"))]
    try:
        subprocess.run([*portolan, "up", "--no-demo"], env=environment, cwd=CHECKOUT, check=True, capture_output=True)
        start = time.perf_counter()
        done = subprocess.run(
            [*portolan, "import", str(file)], env=environment, cwd=CHECKOUT, check=False, capture_output=True, text=True
        )
        took = time.perf_counter() - start
        counted = re.search(r"([\d,]+) rows", done.stdout)
        if counted is None:
            raise RuntimeError(done.stdout + done.stderr)
        return int(counted[1].replace(",", "")) / took, counted[0]
    finally:
        subprocess.run([*portolan, "clean"], env=environment, cwd=CHECKOUT, check=True, capture_output=True)


def ports() -> dict[str, str]:
    """Free ports for everything the stack starts."""
    names = ["PEOPLE", "PORTFOLIO", "FINANCE", "REPORTING", "POSTGRES", "KAFKA", "KAFKA_CONTROLLER"]
    return {f"PORTOLAN_{name}_PORT": str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}
