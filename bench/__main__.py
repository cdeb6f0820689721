"""``python -m bench [name ...] [--rounds 5] [--seconds 6] [--out FILE]``: measure, and write the table of results."""

import argparse
import tempfile
from pathlib import Path

from bench import commands
from bench.ground import Ground
from bench.measure import console
from portolan.issuer import Issuer

MEASURES = {
    "commands": commands.measure,
}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*MEASURES, []], help="all of them without any")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="portolan-bench-") as folder:
        Path(folder).chmod(0o755)
        ground = Ground(Path(folder), Issuer(Path(folder) / "issuer"))
        try:
            for name in asked.names or MEASURES:
                console.rule(name)
                for row in MEASURES[name](ground, asked.rounds, asked.seconds):
                    console.print(row)
        finally:
            ground.close()


if __name__ == "__main__":
    main()
