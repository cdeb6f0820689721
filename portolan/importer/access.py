"""Where the services are that a file is loaded into, and who loads it."""

import getpass
import os
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence

from contracts.roles import Role
from portolan.importer.problem import ImportProblem
from portolan.local import Local
from portolan.names import check_service

FRESH_SECONDS = 60.0
"""So long a token that a command printed is used again."""


def urls_of(local: Local, given: Sequence[str]) -> Mapping[str, str]:
    """The services' addresses: those given as SERVICE=URL, otherwise the local stack's."""
    urls = dict(local.urls)
    for each in given:
        service, _, url = each.partition("=")
        check_service(service)
        if not url.startswith(("http://", "https://")):
            raise ImportProblem(f"{url or 'Nothing'} is no address of {service}.", "Write SERVICE=https://...")
        urls[service] = url.rstrip("/")
    return urls


def token_of(
    local: Local, token: str | None, command: str | None, roles: Sequence[Role] = (Role.ADMINISTRATOR,)
) -> Callable[[], str]:
    """What gives an access token: the one given, the command that prints one, or the local stack's own issuer."""
    if token:
        return lambda: token
    if command:
        return Printed(command)
    if not local.can_mint():
        raise ImportProblem(
            "There is no local stack, and no token was given.",
            "Start it with `make up`, or name the services with --url and give --token or --token-command.",
        )
    subject = f"local:{user()}"
    return lambda: local.token(subject, [*map(str, roles)])


def user() -> str:
    """Who runs the command, as the services' histories name them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


class Printed:
    """A token that a command prints; asked again once it is no longer fresh."""

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)
        self._token, self._until = "", 0.0

    def __call__(self) -> str:
        if time.monotonic() >= self._until:
            self._token, self._until = self._ask(), time.monotonic() + FRESH_SECONDS
        return self._token

    def _ask(self) -> str:
        try:
            done = subprocess.run(self._command, capture_output=True, text=True, check=True, timeout=60)
        except (OSError, IndexError, ValueError, subprocess.SubprocessError) as error:
            raise ImportProblem(
                f"The command for a token failed ({type(error).__name__}).", "Run it by itself and see what it prints."
            ) from error
        if not (token := done.stdout.strip()):
            raise ImportProblem("The command for a token printed nothing.", "Run it by itself and see what it prints.")
        return token
