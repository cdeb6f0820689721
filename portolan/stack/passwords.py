"""Passwords that a stack makes for itself and keeps for its owner alone."""

import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from portolan.stack.errors import explained


def remembered(file: Path, make: Callable[[], str]) -> str:
    """A text made once and kept in a file only its owner reads; of several makers at once, the first one wins."""
    with explained(f"Keeping {file.name}"):
        if not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=file.parent) as new, suppress(FileExistsError):
                new.write(make())
                new.flush()
                os.link(new.name, file)
        return file.read_text()


def new_password() -> str:
    return secrets.token_urlsafe(24)  # needs no quoting in a URL
