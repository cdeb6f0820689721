"""The option ``--version``, as every command of the distribution takes it."""

from importlib import metadata
from typing import Annotated

import typer


def _say(asked: bool) -> None:
    if asked:
        typer.echo(f"portolan {metadata.version('portolan')}")
        raise typer.Exit


Version = Annotated[bool, typer.Option("--version", callback=_say, is_eager=True, help="Show the version and exit.")]
