"""Finds what ruff does not know: stored state that a statement names in a string, and not through ``Fields``.

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

# Fields writes such strings, its test compares them, and this rule's own test has some to find.
SPELLED_OUT = ("chassis/store/fields.py", "tests/chassis/test_fields.py", "tests/stack/test_lint.py")

# Migrations stay as they were written.
UNCHANGED = "migrations"

SIBLINGS = {
    ("services/people/organisation/commands.py", "BARS"): "cases are discipline's, which stands on organisation",
    ("services/people/organisation/commands.py", "TOOLS_OUT"): "tools are their own subject's, likewise",
    ("services/people/qualifications/gaps.py", "BARRED"): "cases are discipline's, a sibling",
    ("services/portfolio/initiatives/commands.py", "OPEN_PROJECTS"): "projects stand on initiatives",
    ("services/finance/division_budgets/facts.py", "ALLOTTED"): "project budgets stand on division budgets",
}
"""Constants that read the state of a subject which theirs may not import, each with the reason."""


def offences(path: str, source: str) -> Iterator[str]:
    """Where a file names stored state in a string."""
    for statement in ast.parse(source).body:
        if (path, constant(statement)) in SIBLINGS:
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and STORED.search(node.value):
                yield f"{path}:{node.lineno}: name the field of a stored state through Fields, not in a string"


def constant(statement: ast.stmt) -> str:
    """The name a statement gives to a value; empty where it gives none."""
    match statement:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ""


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
