"""``python -m bench [name ...]``: measure, print the rows, and write them as a page where told to.

What the figures mean, and what is left to do, is said in ``NOTES.md`` beside the results.
"""

import argparse
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from bench import (
    allocating,
    append,
    closing,
    commands,
    growth,
    importing,
    latency,
    machine,
    misbehaving,
    ordering,
    planning,
    readers,
    reading,
    relay,
    spending,
    timing,
)
from bench.ground import Ground
from bench.measure import Row, console
from bench.results import page
from portolan.issuer import Issuer

MEASURES = {
    "commands": commands.measure,
    "append": append.measure,
    "relay": relay.measure,
    "readers": readers.measure,
    "latency": latency.measure,
    "growth": growth.measure,
    "allocating": allocating.measure,
    "ordering": ordering.measure,
    "spending": spending.measure,
    "closing": closing.measure,
    "planning": planning.measure,
    "reading": reading.measure,
    "import": importing.measure,
    "misbehaving": misbehaving.measure,
    "timing": timing.measure,
}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(MEASURES)}; all of them without any")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=8, help="of each round, where the time is chosen")
    parser.add_argument("--out", type=Path, help="the page of results")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(MEASURES):
        parser.error(f"there is no measure {', '.join(unknown)}")
    if shutil.which("wrk") is None:
        sys.exit("wrk makes the load of HTTP requests and is not installed; on Debian: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="portolan-bench-") as folder:
        Path(folder).chmod(0o755)
        ground = Ground(Path(folder), Issuer(Path(folder) / "issuer"))
        try:
            rows = measured(ground, asked)
            facts = machine.describe(ground)
        finally:
            ground.close()
    if asked.out:
        notes = Path(__file__).with_name("NOTES.md").read_text()
        asked.out.write_text(page(f"python -m bench {shlex.join(sys.argv[1:])}", facts, rows, notes))


def measured(ground: Ground, asked: argparse.Namespace) -> list[Row]:
    """The rows of all measures asked for."""
    rows = []
    for name in asked.names or MEASURES:
        console.rule(name)
        for row in MEASURES[name](ground, asked.rounds, asked.seconds):
            console.print(row)
            rows.append(row)
    return rows


if __name__ == "__main__":
    main()
