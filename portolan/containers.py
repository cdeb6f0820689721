"""The command inside the stack in containers: ``docker compose run --rm --no-deps portolan token hr``."""

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import typer

from portolan import demo
from portolan.arguments import TokenHours, TokenPerson, TokenRole
from portolan.certificates import ensure_certificate
from portolan.identities import ISSUER_KEY, asked_identity, identity, signer_of
from portolan.issuer import Signer
from portolan.names import SERVICES, TOKEN_ROLES
from portolan.stack.errors import StackProblem
from portolan.version import Version

INSIDE = {service: f"http://{service}:8000" for service in SERVICES}
KEYS = Path("/var/lib/portolan/keys")
CERTIFICATE = Path("/var/lib/portolan/kafka/broker.pem")
KAFKA_HOSTS = ("kafka", "localhost", "127.0.0.1")
LOADED = Path("/var/lib/portolan/demo/loaded")
COMPOSE = "docker compose run --rm --no-deps portolan"

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def portolan(version: Version = False) -> None:
    """Tokens and the demo company for the stack in containers."""


def issuer() -> Signer:
    return signer_of(os.environ.get(ISSUER_KEY, ""))


def outside(service: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return a service's address as seen from the machine that runs the containers."""
    return f"http://127.0.0.1:{environment[f'PORTOLAN_{service.upper()}_PORT']}"


@app.command()
def keys() -> None:
    """Put the issuer's public key and Kafka's certificate where they are read; a certificate that ends is renewed."""
    new = KEYS / "jwks.json.new"
    new.write_text(json.dumps(issuer().jwks()))
    new.replace(KEYS / "jwks.json")
    made = ensure_certificate(KEYS / "kafka-authority.pem", CERTIFICATE, KAFKA_HOSTS, mode=0o640)
    certificate = "was renewed" if made else "is in place"
    sys.stdout.write(f"The issuer's public key is in place. Kafka's certificate {certificate}.\n")


@app.command()
def welcome() -> None:
    """Load the demo company the first time, unless PORTOLAN_DEMO is no, and say where to look."""
    if os.environ.get("PORTOLAN_DEMO", "yes") != "no" and not LOADED.exists():
        load_demo()
        LOADED.touch()
    sys.stdout.write(where_to_look())


def load_demo() -> None:
    """Load the demo company; an interrupted load goes on with the day it began."""
    mint = issuer().token

    def progress(done: int, total: int, what: str) -> None:
        if what not in told:
            told.add(what)
            sys.stdout.write(f"Demo company: {what} ({done} of {total})\n")

    told: set[str] = set()
    try:
        demo.load(INSIDE, mint, demo.begun_on(INSIDE, mint) or datetime.now(UTC).date(), progress)
    except demo.DemoProblem as problem:
        raise StackProblem(str(problem), "Run `docker compose up` again to go on.") from problem


def where_to_look() -> str:
    """The addresses a newcomer needs. No token is among them: what is written here is kept as the container's log."""
    documents = "\n".join(f"  {service:<10} {outside(service)}/docs" for service in SERVICES)
    return (
        f"\nPortolan is up.\n\nDashboard:   {outside('reporting')}/\n"
        f"A link that signs in as an executive for 12 hours:\n  {COMPOSE} link\n"
        f"\nAPI documents:\n{documents}\n"
        f"\nA token for the APIs:\n  {COMPOSE} token ROLE   (ROLE: {', '.join(TOKEN_ROLES)})\n"
    )


@app.command()
def link() -> None:
    """Print the dashboard's address, signed in as an executive for 12 hours."""
    sys.stdout.write(f"{outside('reporting')}/sign-in#{issuer().token(*identity('executive'))}\n")


@app.command()
def token(role: TokenRole, person: TokenPerson = None, hours: TokenHours = 12) -> None:
    """Print an access token for a role."""
    subject, roles = asked_identity(role, person)
    sys.stdout.write(issuer().token(subject, roles, seconds=int(hours * 3600)) + "\n")


def main() -> None:
    """Run the command; a foreseeable failure is two sentences and exit code 1."""
    try:
        app()
    except StackProblem as problem:
        sys.stderr.write(f"\n{problem.what}\n{problem.what_to_do}\n")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
