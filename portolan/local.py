"""The local stack's services: which processes they are, where they listen, and how the command speaks to them."""

import base64
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from portolan.identities import ISSUER_KEY, signer_of
from portolan.issuer import ISSUER, Issuer, Signer
from portolan.names import SERVICES
from portolan.stack.errors import StackProblem
from portolan.stack.forking import Forks
from portolan.stack.ports import require_free
from portolan.stack.processes import ProcessSpec, Progress, last_lines
from portolan.stack.stack import Stack

PUBLISHERS = ("people", "portfolio", "finance")
PREPARING = ("{prefix}MIGRATION_URL", "PORTOLAN_KAFKA_ADMIN_PASSWORD", "PORTOLAN_KAFKA_ADMIN_SASL_MECHANISM")
ROLES = ("api", "worker")


class Local:
    """The stack of one state folder with its four services."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack

    @property
    def issuer(self) -> Issuer:
        return Issuer(self.stack.folder / "issuer")

    @property
    def master_keys(self) -> list[str]:
        """The stack's master keys, one a line of its file, the present one first; made when first asked for."""
        return keys_in(self.stack.folder / "master-keys")

    @property
    def audit_key(self) -> str:
        """The key of the audit trail's pseudonyms; made when first asked for."""
        return keys_in(self.stack.folder / "audit-key")[0]

    @property
    def restoring(self) -> Path:
        """The file that says that a restore has begun and not ended."""
        return self.stack.folder / "restoring"

    @property
    def demo_loaded(self) -> Path:
        """The file that says that the demo company is loaded."""
        return self.stack.folder / "demo-loaded"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.stack.settings.port(service)}"

    @property
    def urls(self) -> Mapping[str, str]:
        return {service: self.url(service) for service in SERVICES}

    def up(self, progress: Progress) -> None:
        """PostgreSQL, Kafka, migrations, then every service's API and worker; what runs already stays untouched."""
        with self.stack.locked():
            if self.restoring.exists():
                raise StackProblem(
                    "A restore into this stack did not finish.", "Delete it with `portolan clean` and restore again."
                )
            missing = [service for service in SERVICES if not self._runs(service)]
            self._check_ports(missing)
            with self.forks(missing) as forks:
                self.stack.infrastructure_up(progress)
                self.migrate(missing, forks, progress)
                specs = [spec for service in SERVICES for spec in self.processes(service)]
                self.stack.processes.start_all(specs, progress, timeout=180, launch=forks.launch)

    def _check_ports(self, services: Sequence[str]) -> None:
        """Find a taken port before anything is started."""
        self.stack.check_ports()
        for service in services:
            if self.stack.processes.find(f"{service}-api") is None:
                variable = f"PORTOLAN_{service.upper()}_PORT"
                require_free(self.stack.settings.port(service), f"the API of {service}", variable)

    def forks(self, services: Sequence[str]) -> Forks:
        """Starts the processes of these services."""
        return Forks([f"services.{service}.app" for service in services], self.stack.logs / "forking.log")

    def _runs(self, service: str) -> bool:
        return all(self.stack.processes.find(f"{service}-{role}") for role in ROLES)

    def processes(self, service: str) -> list[ProcessSpec]:
        port = self.stack.settings.port(service)
        variable = f"PORTOLAN_{service.upper()}_PORT"
        ready: Mapping[str, str | Callable[[], bool]] = {
            "api": f"{self.url(service)}/health/ready",
            "worker": lambda: self._works(service),
        }
        return [
            ProcessSpec(
                name=f"{service}-{role}",
                argv=program(service, role),
                log=self._log(service, role),
                ready=ready[role],
                env=self.environment(service, role),
                port=port if role == "api" else None,
                port_variable=variable,
            )
            for role in ROLES
        ]

    def environment(self, service: str, role: str) -> dict[str, str]:
        """A service's settings in a role that runs: the API has no business with Kafka, and neither an operator's."""
        prefix = f"PORTOLAN_{service.upper()}_"
        settings = self.stack.environment(service)
        for preparing in PREPARING:
            settings.pop(preparing.format(prefix=prefix))
        if role == "api":
            settings.pop(f"{prefix}KAFKA_PASSWORD")
            settings["PORTOLAN_AUDIT_KEY"] = self.audit_key
        present, *previous = self.master_keys
        return settings | {
            "PORTOLAN_MASTER_KEY": present,
            "PORTOLAN_PREVIOUS_MASTER_KEYS": ",".join(previous),
            "PORTOLAN_JWKS_URL": self.issuer.jwks_url,
            "PORTOLAN_ISSUER": ISSUER,
            f"{prefix}HOST": "127.0.0.1",
            f"{prefix}PORT": str(self.stack.settings.port(service)),
            "PORTOLAN_OPERATIONS_URLS": json.dumps(dict(self.urls)),
        }

    def migrate(self, services: Sequence[str], forks: Forks, progress: Progress) -> None:
        """Give services their tables, and their users and rights in Kafka."""
        self._run_once(("migrate", "grant"), services, forks, progress, "{} database")

    def republish(self, services: Sequence[str], forks: Forks, progress: Progress) -> None:
        """Let restored services say and read everything again, in new topics."""
        self._run_once(("republish",), services, forks, progress, "{} begins again")

    def _run_once(
        self, roles: Sequence[str], services: Sequence[str], forks: Forks, progress: Progress, step: str
    ) -> None:
        started = {service: self._start(roles, service, forks) for service in services}
        for service in services:
            progress(step.format(service), "starting")
        for service, pid in started.items():
            if forks.wait(pid):
                what = {"migrate": "preparation", "republish": "new beginning"}[roles[0]]
                log = self._log(service, roles[0])
                raise StackProblem(
                    f"The {what} of {service} failed. The end of its log:\n{last_lines(log)}", f"Full log: {log}."
                )
            progress(step.format(service), "started")

    def _start(self, roles: Sequence[str], service: str, forks: Forks) -> int:
        environment = {**os.environ, **self.environment(service, roles[0]), **self.stack.environment(service)}
        return forks.start(program(service, *roles), env=environment, log=self._log(service, roles[0]))

    def _log(self, service: str, role: str) -> Path:
        return self.stack.logs / f"{service}-{role}.log"

    def _works(self, service: str) -> bool:
        status = self.status(service)
        return bool(status and status["workers"] and (status["relay_leads"] or not status["publishes"]))

    def status(self, service: str) -> dict[str, Any] | None:
        """Return a service's status; None where it does not respond."""
        try:
            answer = httpx.get(f"{self.url(service)}/status", timeout=5, trust_env=False)
            answer.raise_for_status()
        except httpx.HTTPError:
            return None
        found: dict[str, Any] = answer.json()
        return found

    def can_mint(self) -> bool:
        """Return whether there is a key: of this stack, or of another one in PORTOLAN_ISSUER_KEY."""
        return bool(os.environ.get(ISSUER_KEY)) or self.stack.folder.exists()

    def problems(self, service: str, status: dict[str, Any] | None) -> list[dict[str, str]]:
        """Return a service's problems: its own list, or a description where it shows no figures."""
        if status is not None:
            found: list[dict[str, str]] = status["problems"]
            return found
        try:
            answer = httpx.get(f"{self.url(service)}/health/ready", timeout=15, trust_env=False)
            missing = ", ".join(answer.json()["missing"])
        except (httpx.HTTPError, ValueError, KeyError):
            return [
                {
                    "what": f"{service} does not respond",
                    "why": f"Nothing responds at {self.url(service)}/status.",
                    "remedy": f"Start it with `make up`; its log is {self.stack.logs / service}-api.log.",
                }
            ]
        return [
            {
                "what": f"{service} responds, but has no figures",
                "why": f"It is missing: {missing or 'nothing any more'}.",
                "remedy": "It recovers by itself when that is back.",
            }
        ]

    def token(self, subject: str, roles: Sequence[str], hours: float = 12) -> str:
        return self._signer().token(subject, roles, seconds=int(hours * 3600))

    def _signer(self) -> Signer:
        return signer_of(secret) if (secret := os.environ.get(ISSUER_KEY)) else self.issuer

    def lag(self) -> int:
        """Count the published events that some reader has not applied yet; raise where a service does not respond."""
        return lag_now(self._statuses)

    def _statuses(self) -> dict[str, dict[str, Any]]:
        found = {}
        for service in SERVICES:
            status = self.status(service)
            if status is None:
                raise StackProblem(f"{service} does not respond.", "Check `portolan status`; start it with `make up`.")
            found[service] = status
        return found

    def catch_up(self, waiting: Callable[[int], None], patience: float = 120) -> None:
        """Wait until every published event has been applied by every reader of its topic."""
        until = time.monotonic() + patience
        while lag := self.lag():
            waiting(lag)
            if time.monotonic() > until:
                raise StackProblem(
                    f"{lag} events are still not applied after {patience:.0f} seconds.",
                    f"Check `portolan status`; the logs are in {self.stack.logs}.",
                )
            time.sleep(0.2)


def program(service: str, *roles: str) -> list[str]:
    """The command that runs a service in a role, or in those that prepare it one after the other."""
    return [sys.executable, "-m", f"services.{service}.app", *roles]


def lag_of(statuses: Mapping[str, dict[str, Any]]) -> int:
    """Published events not yet relayed, and relayed ones no reader of a service has applied or parked yet."""
    behind: int = sum(status["published"] - status["relayed"] for status in statuses.values())
    for status in statuses.values():
        for reader in status["readers"]:
            source = reader["topic"].rpartition(".")[2]
            if source in statuses:
                done = reader["applied"] + reader["parked"] + reader["waiting"]
                behind += max(statuses[source]["published"] - done, 0)
    reporting = {reader["topic"].rpartition(".")[2] for reader in statuses["reporting"]["readers"]}
    unheard: int = sum(statuses[source]["published"] for source in PUBLISHERS if source not in reporting)
    return behind + unheard


def lag_now(look: Callable[[], Mapping[str, dict[str, Any]]]) -> int:
    """Return the messages on their way to a reader; if none, those recorded while the figures were read.

    A reaction stores its commands before its reader moves on, and figures are read one after the other: one look could
    find the reader there and the commands not yet.
    """
    first = look()
    if lag := lag_of(first):
        return lag
    second = look()
    recorded: int = sum(second[service]["recorded"] - first[service]["recorded"] for service in first)
    return recorded


def state_of(folder: Path) -> str:
    """The state folder as a sentence shows it."""
    return str(folder).replace(str(Path.home()), "~", 1)


def keys_in(path: Path) -> list[str]:
    """The keys in a file, one a line; one is made where there is no such file."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return path.read_text().split()
