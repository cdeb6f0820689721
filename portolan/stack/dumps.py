"""Copies of a service's database in a file, written and read with PostgreSQL's own programs as the owner."""

import os
import subprocess
from pathlib import Path
from typing import BinaryIO

from psycopg.conninfo import conninfo_to_dict

from portolan.stack.errors import StackProblem
from portolan.stack.postgres import Postgres


def dump(postgres: Postgres, service: str, file: Path) -> None:
    """One consistent look at the whole database, in PostgreSQL's compressed format, readable by its owner alone."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        # Large objects are none of ours; one that a role made belongs to it, and the owner could not read it.
        _run(postgres, service, "pg_dump", ["--format=custom", "--no-large-objects"], None, output)
        os.fsync(output.fileno())


def restore(postgres: Postgres, service: str, file: Path) -> None:
    """Fill the service's empty database from such a file: all of it, or nothing."""
    with file.open("rb") as input_:
        _run(postgres, service, "pg_restore", ["--single-transaction", "--exit-on-error"], input_, None)


def _run(
    postgres: Postgres, service: str, program: str, options: list[str], given: BinaryIO | None, taken: BinaryIO | None
) -> None:
    url = postgres.service_database(service).owner_url.replace("+psycopg", "", 1)
    place = conninfo_to_dict(url)
    # Not in the arguments, which everybody on the machine can read.
    secret = {"PGPASSWORD": str(place.pop("password"))}
    names = {"host": "host", "port": "port", "user": "username", "dbname": "dbname"}
    where = [f"--{names[name]}={value}" for name, value in place.items()]
    done = subprocess.run(
        [postgres.program(program), "--no-password", *where, *options],
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", **secret},
        stdin=given or subprocess.DEVNULL,
        stdout=taken or subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise StackProblem(
            f"PostgreSQL's {program} failed for {service}: {done.stderr.decode(errors='replace').strip()}",
            f"Its log is {postgres.log}.",
        )
