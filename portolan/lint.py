"""Finds what ruff does not know: stored state that a statement names in a string, and not through ``Fields``.

What belongs to a subject that may not be imported is asked for by a function in the service's folder of SQL.

``python -m portolan.lint`` checks the checkout.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
FOLDERS = ("contracts", "chassis", "services", "portolan", "clients", "bench", "tests")
STORED = re.compile(r"\bstate\s*(->|#>)")

# Fields writes such strings, tests compare them, and this rule's own test has some to find.
SPELLED_OUT = (
    "chassis/store/fields.py",
    "tests/chassis/test_fields.py",
    "tests/chassis/test_list_indexes.py",
    "tests/stack/test_lint.py",
)

# Migrations stay as they were written.
UNCHANGED = "migrations"


def offences(path: str, source: str) -> Iterator[str]:
    """Where a file names stored state in a string."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and STORED.search(node.value):
            yield f"{path}:{node.lineno}: name the field of a stored state through Fields, not in a string"


def checked() -> Iterator[Path]:
    """Every file of ours that the rule is for."""
    for folder in FOLDERS:
        for path in sorted((CHECKOUT / folder).rglob("*.py")):
            if UNCHANGED not in path.parts and path.relative_to(CHECKOUT).as_posix() not in SPELLED_OUT:
                yield path


def main() -> None:
    """Check everything."""
    found = [each for path in checked() for each in offences(path.relative_to(CHECKOUT).as_posix(), path.read_text())]
    sys.stdout.write("".join(f"{line}\n" for line in found) or "Stored state is named through Fields alone.\n")
    raise SystemExit(1 if found else 0)


if __name__ == "__main__":
    main()
