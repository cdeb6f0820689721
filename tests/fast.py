"""What can be known of a change while somebody waits, in less than 20 seconds: `make check-fast`, also before commits.

Format, lint, import rules and types of everything, since what is unchanged costs next to nothing; frozen schemas where
the contracts changed; of the tests only those of the subjects that changed, and of these none that starts a server.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
# The tests of what has no folder of the same name.
ELSEWHERE = {"portolan": "tests/stack", "docs": "tests/docs", "deploy": "tests/deploy", "requirements": "tests/deploy"}
Command = Sequence[str | Path]


def git(*words: str) -> list[str]:
    """The paths that git answers with."""
    done = subprocess.run(["git", *words, "-z"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return [path for path in done.stdout.split("\0") if path]


def changed(against: str) -> list[str]:
    """What differs from the commit in which this branch left another, or from HEAD; what git does not know yet, too."""
    known = git("diff", "--name-only", "--merge-base", against)
    return sorted({*known, *git("ls-files", "--others", "--exclude-standard")})


def covering(path: str) -> str | None:
    """The file or folder with the tests of a changed file, where there is one."""
    match path.split("/"):
        case ["tests", *_, name] if name.startswith("test_"):
            found = path
        case ["tests", folder, _, *_]:
            found = f"tests/{folder}"
        case ["services", service, subject, *_]:
            found = f"tests/{service}/{subject}"
        case ["portolan", "importer" | "demo" as part, *_]:
            found = f"tests/{part}"
        case [folder, _, *_]:
            found = ELSEWHERE.get(folder, f"tests/{folder}")
        case _:
            found = "tests/docs" if path.endswith(".md") else ""
    return found if found and (CHECKOUT / found).exists() else None


def commands(paths: Iterable[str]) -> dict[str, Command]:
    """What to run for a change, by name."""
    paths = list(paths)
    chosen: dict[str, Command] = {
        "format": [BIN / "ruff", "format", "--check", "."],
        "lint": [BIN / "ruff", "check", "."],
        "stored state": [sys.executable, "-m", "portolan.lint"],
        "imports": [BIN / "lint-imports"],
        "types": [BIN / "mypy"],
    }
    if any(path.startswith("contracts/") for path in paths):
        chosen["schemas"] = [sys.executable, "-m", "portolan.schemas", "--check"]
    if tests := sorted({found for path in paths if (found := covering(path))}):
        chosen["tests"] = [sys.executable, "-m", "pytest", "-q", "--fast", *tests]
    return chosen


def run(name: str, command: Command) -> bool:
    """Run one; say how long it took, and where it fails what it says. Whether it is well."""
    began = time.monotonic()
    done = subprocess.run(
        list(command), cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    # pytest ends with 5 where every test of a subject needs a server.
    well = done.returncode == 0 or (name == "tests" and done.returncode == 5)
    summary = done.stdout.strip().rpartition("\n")[2] if name == "tests" else ""
    verdict = f"{'ok' if well else 'FAILED':<8}{name:<14}{time.monotonic() - began:4.1f} s  {summary}".rstrip()
    sys.stdout.write(f"{'' if well else done.stdout}{verdict}\n")
    sys.stdout.flush()
    return well


def main() -> None:
    """Check what changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", default="HEAD", help="a branch or commit (by default HEAD)")
    began = time.monotonic()
    chosen = commands(changed(parser.parse_args().against))
    with ThreadPoolExecutor(2) as beside:
        # The longest begin.
        wells = list(beside.map(run, reversed(chosen), reversed(chosen.values())))
    sys.stdout.write(f"{time.monotonic() - began:.1f} s\n")
    raise SystemExit(not all(wells))


if __name__ == "__main__":
    main()
