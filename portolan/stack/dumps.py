"""Copies of a service's database in an encrypted file, written and read with PostgreSQL's own programs as the owner."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from pyrage import x25519

from portolan.stack.errors import StackProblem
from portolan.stack.postgres import Postgres
from portolan.stack.sealing import seal, unseal


def dump(postgres: Postgres, service: str, file: Path, recipients: Sequence[x25519.Recipient]) -> None:
    """One consistent look at the whole database, in PostgreSQL's compressed format; nothing in the clear on a disk."""
    # Large objects are none of ours; one that a role made belongs to it, and the owner could not read it.
    options = ["--format=custom", "--no-large-objects"]
    with _running(postgres, service, "pg_dump", options) as program:
        assert program.stdout
        seal(program.stdout, file, recipients)


def restore(postgres: Postgres, service: str, file: Path, key: x25519.Identity) -> None:
    """Fill the service's empty database from such a file: all of it, or nothing."""
    options = ["--single-transaction", "--exit-on-error"]
    with _running(postgres, service, "pg_restore", options) as program:
        assert program.stdin
        unseal(file, program.stdin, key)


@contextmanager
def _running(postgres: Postgres, service: str, program: str, options: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """One of PostgreSQL's programs, which has to end well."""
    url = postgres.service_database(service).owner_url.replace("+psycopg", "", 1)
    place = conninfo_to_dict(url)
    # Not in the arguments, which everybody on the machine can read.
    secret = {"PGPASSWORD": str(place.pop("password"))}
    names = {"host": "host", "port": "port", "user": "username", "dbname": "dbname"}
    where = [f"--{names[name]}={value}" for name, value in place.items()]
    with subprocess.Popen(
        [postgres.program(program), "--no-password", *where, *options],
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **secret},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        try:
            yield running
        except BrokenPipeError:
            pass  # it ended before it had read everything, and says why
        except BaseException:
            running.kill()
            raise
        _, said = running.communicate()
        if running.returncode:
            raise StackProblem(
                f"PostgreSQL's {program} failed for {service}: {said.decode(errors='replace').strip()}",
                f"Its log is {postgres.log}.",
            )
