"""A stack in containers for a test: docker-compose.yml of this checkout, with names, ports and secrets of its own."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from contracts.roles import Role
from portolan.identities import ISSUER_KEY, signer_of
from portolan.local import lag_now
from portolan.names import SERVICES
from portolan.stack.ports import free_ports
from tests import plain_http
from tests.engine import compose_command, has_buildkit
from tests.harness import wait_until

CHECKOUT = Path(__file__).parents[2]
PORTS = (*SERVICES, "postgres", "kafka")
IMAGES = (*SERVICES, "command")
LABEL = "com.docker.compose.project"


def docker(*words: str) -> str:
    """What the engine answers."""
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def make_secrets(folder: Path) -> str:
    """What `make secrets` does, in another folder than the checkout; returns what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "portolan.compose_secrets"],
        cwd=folder,
        env={"PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def read_secrets(file: Path) -> dict[str, str]:
    """The settings of a file of secrets."""
    lines = [line for line in file.read_text().splitlines() if "=" in line and not line.startswith("#")]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@dataclass(frozen=True)
class Contained:
    """A service that runs in containers and the ways to call it."""

    url: str
    stack: "ComposeStack"

    def client(self, *roles: Role, subject: str = "system:tests") -> httpx.Client:
        """A client whose token names the subject and grants these roles."""
        token = signer_of(self.stack.secrets[ISSUER_KEY]).token(subject, roles)
        client = plain_http.client(base_url=self.url, headers={"authorization": f"Bearer {token}"}, timeout=30)
        return self.stack.clients.enter_context(client)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = plain_http.get(f"{self.url}/status", timeout=10).json()
        return found


@dataclass(frozen=True)
class ComposeStack:
    """One stack; everything it makes carries its name."""

    name: str
    folder: Path
    ports: Mapping[str, int] = field(default_factory=lambda: dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))
    clients: ExitStack = field(default_factory=ExitStack)

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    @property
    def secrets(self) -> dict[str, str]:
        return read_secrets(self.env_file)

    @property
    def running(self) -> Mapping[str, Contained]:
        """The services by name."""
        return {service: Contained(f"http://127.0.0.1:{self.ports[service]}", self) for service in SERVICES}

    def settle(self) -> None:
        """Wait until everything published so far has been applied by every reader."""

        def look() -> Mapping[str, dict[str, Any]]:
            return {name: service.status() for name, service in self.running.items()}

        wait_until(lambda: lag_now(look) == 0, "everything published is applied")

    def compose(self, *words: str, fails: bool = False) -> str:
        """What compose says of this stack."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTOLAN_")}
        environment |= {f"PORTOLAN_{name.upper()}_PORT": str(port) for name, port in self.ports.items()}
        environment |= {"PORTOLAN_TAG": self.name, "COMPOSE_PROJECT_NAME": self.name, "COMPOSE_ANSI": "never"}
        if not has_buildkit():
            environment["DOCKER_BUILDKIT"] = "0"
        here = ["--project-directory", str(CHECKOUT), "--file", str(CHECKOUT / "docker-compose.yml")]
        done = subprocess.run(
            [*compose_command(), "--env-file", str(self.env_file), *here, *words],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        # What a command in a container answers, without what compose says of its own doings.
        said: str = done.stdout if words[0] == "run" else done.stdout + done.stderr
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        return said

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of the stack's containers, by their names in docker-compose.yml."""
        ids = docker("ps", "--all", "--quiet", "--filter", f"label={LABEL}={self.name}").split()
        found: list[dict[str, Any]] = json.loads(docker("inspect", *ids)) if ids else []
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}

    def leftovers(self) -> list[str]:
        """Containers, volumes and networks that carry the stack's name."""
        kinds = (("ps", "--all"), ("volume", "ls"), ("network", "ls"))
        return [
            one for kind in kinds for one in docker(*kind, "--quiet", "--filter", f"label={LABEL}={self.name}").split()
        ]

    def end(self) -> None:
        """Take everything away, images included; nothing is left."""
        self.clients.close()
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
        built = [f"portolan-{image}:{self.name}" for image in IMAGES]
        docker("image", "rm", "--force", *built)
        assert self.leftovers() == []


@contextmanager
def compose_stack(folder: Path) -> Iterator[ComposeStack]:
    """A stack with its secrets, not yet started; whatever happens, nothing of it is left."""
    make_secrets(folder)
    stack = ComposeStack(f"portolan-test-{secrets.token_hex(4)}", folder)
    try:
        yield stack
    finally:
        stack.end()
