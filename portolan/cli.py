"""The ``portolan`` command: the local stack, the importer, tokens and documents."""

import sys

from portolan.stack.errors import StackProblem, check_platform


def main() -> None:
    """Run the command; a foreseeable failure is two sentences and exit code 1."""
    try:
        check_platform()
        run()
    except StackProblem as problem:
        sys.stderr.write(f"\n{problem.what}\n{problem.what_to_do}\n")
        raise SystemExit(1) from None


def run() -> None:
    """Import the command only now: on a platform that is not supported, or with services alone, it cannot be."""
    try:
        from portolan.commands import app

        app()
    except ModuleNotFoundError as missing:
        raise StackProblem(
            f"The package {missing.name} is not installed: only what services need is.",
            "Install the command with its local stack: pip install 'portolan[local]', or '.[local]' in a checkout.",
        ) from missing
