"""The ``portolan`` command: the local stack, the importer, tokens and documents."""

import sys

from portolan.stack.errors import StackProblem, check_platform


def main() -> None:
    """Run the command; a foreseeable failure is two sentences and exit code 1."""
    try:
        check_platform()
        # Only now: what follows cannot even be imported on a platform that is not supported.
        from portolan.commands import app

        app()
    except StackProblem as problem:
        sys.stderr.write(f"\n{problem.what}\n{problem.what_to_do}\n")
        raise SystemExit(1) from None
