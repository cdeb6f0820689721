"""Backs the local stack up into a folder, encrypted, and restores it: the databases are the truth, topics follow."""

import hashlib
import io
import os
import tarfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from portolan.local import Local
from portolan.names import SERVICES
from portolan.stack.dumps import dump, restore
from portolan.stack.errors import StackProblem, explained
from portolan.stack.processes import Progress
from portolan.stack.sealing import SUFFIX, key_in, recipients_of, seal, unseal

CONTENTS = "backup.json"
DUMPS = {service: f"{service}.dump{SUFFIX}" for service in SERVICES}
ISSUER = f"issuer.tar{SUFFIX}"
FILES = [*DUMPS.values(), ISSUER]
WORKERS = [f"{service}-worker" for service in SERVICES]


class Contents(BaseModel):
    """The contents of a backup, written last: a folder without it is incomplete. Hashes are SHA-256, by file."""

    model_config = ConfigDict(frozen=True)

    format: Literal[2] = 2
    made_at: AwareDatetime
    recipients: list[str]
    hashes: dict[str, str]
    master_keys: list[str]
    demo_loaded: bool


def back_up(local: Local, folder: Path, recipients: Sequence[str], progress: Progress) -> Contents:
    """Copy all databases and the issuer's key into a new folder while no worker runs; APIs may go on.

    Each file is encrypted for the recipients before it reaches the disk.
    Nothing is published or applied meanwhile: no copy of a reader knows an event that the copy of a log lacks.
    """
    readers = recipients_of(recipients)
    with local.stack.locked():
        if not local.stack.postgres.is_running():
            raise StackProblem("PostgreSQL is not running.", "Start the stack with `make up`.")
        master_keys = master_keys_of(local)
        with explained(f"Creating {folder}"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        if any(folder.iterdir()):
            raise StackProblem(f"{folder} is not empty.", "Name a new folder: a backup is never written over.")
        with paused_workers(local, progress), explained(f"Writing into {folder}"):
            progress("databases copied", "starting")
            with ThreadPoolExecutor(2) as pool:
                list(
                    pool.map(
                        lambda service: dump(local.stack.postgres, service, folder / DUMPS[service], readers), SERVICES
                    )
                )
            progress("databases copied", "started")
        with explained(f"Writing into {folder}"):
            seal(archived(local.stack.folder / "issuer"), folder / ISSUER, readers)
            contents = Contents(
                made_at=datetime.now(UTC),
                recipients=[str(reader) for reader in readers],
                hashes={name: hash_of(folder / name) for name in FILES},
                master_keys=master_keys,
                demo_loaded=local.demo_loaded.exists(),
            )
            write_whole(folder / CONTENTS, contents.model_dump_json(indent=2) + "\n")
        return contents


def master_keys_of(local: Local) -> list[str]:
    """The ids of the master keys in use, as the services say; they are not secret."""
    statuses = {service: local.status(service) for service in SERVICES}
    for service, status in statuses.items():
        if status is None:
            raise StackProblem(f"{service} does not respond.", "Check `portolan status`; start it with `make up`.")
    return sorted({status["keys"]["master"] for status in statuses.values() if status})


@contextmanager
def paused_workers(local: Local, progress: Progress) -> Iterator[None]:
    """Stop the workers that run, and start them again whatever happens."""
    running = [name for name in WORKERS if local.stack.processes.find(name)]
    progress("workers", "stopping")
    local.stack.processes.stop(running)
    progress("workers", "stopped")
    try:
        yield
    finally:
        specs = [spec for service in SERVICES for spec in local.processes(service) if spec.name in running]
        with local.forks([name.partition("-")[0] for name in running]) as forks:
            local.stack.processes.start_all(specs, progress, timeout=180, launch=forks.launch)


def archived(folder: Path) -> BinaryIO:
    """A folder's files, as an archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as into:
        into.add(folder, arcname=".")
    archive.seek(0)
    return archive


def restore_all(local: Local, folder: Path, key: Path, master_keys: Path, progress: Progress) -> Contents:
    """Make a stack out of a backup where there is none, and start it; the topics are filled from the logs."""
    contents = contents_of(folder)
    opener = key_in(key)
    issuer = io.BytesIO()
    unseal(folder / ISSUER, issuer, opener)
    issuer.seek(0)
    with explained(f"Reading {master_keys}"):
        keys = master_keys.read_text()
    if local.stack.folder.exists() and any(local.stack.folder.iterdir()):
        raise StackProblem(
            f"There is a stack in {local.stack.folder} already.",
            "Back it up if you need it, then delete it with `portolan clean`; or set PORTOLAN_STATE to another folder.",
        )
    with local.stack.locked():
        local.restoring.touch()
        with explained(f"Writing into {local.stack.folder}"):
            write_whole(local.stack.folder / "master-keys", keys)
            with tarfile.open(fileobj=issuer) as archive:
                archive.extractall(local.stack.folder / "issuer", filter="data")
            if contents.demo_loaded:
                local.demo_loaded.touch()
        local.stack.infrastructure_up(progress)
        progress("databases restored", "starting")
        for service in SERVICES:
            restore(local.stack.postgres, service, folder / DUMPS[service], opener)
        progress("databases restored", "started")
        with local.forks(SERVICES) as forks:
            local.migrate(SERVICES, forks, progress)
            local.republish(SERVICES, forks, progress)
        local.restoring.unlink()
    local.up(progress)
    return contents


def contents_of(folder: Path) -> Contents:
    """Return a backup's contents after comparing every file with its hash."""
    with explained(f"Reading {folder}"):
        try:
            contents = Contents.model_validate_json((folder / CONTENTS).read_text())
        except (FileNotFoundError, ValidationError) as error:
            raise StackProblem(
                f"{folder} is not a whole backup: {CONTENTS} is missing or not understood.", "Choose another one."
            ) from error
        damaged = [name for name in FILES if hash_of(folder / name) != contents.hashes.get(name)]
    if damaged:
        raise StackProblem(f"Of the backup {', '.join(damaged)} is damaged.", "Choose another backup.")
    return contents


def hash_of(file: Path) -> str:
    """The file's SHA-256; of one that is missing, nothing's."""
    if not file.exists():
        return ""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_whole(file: Path, text: str) -> None:
    """A new file for its owner alone, on the disk when this returns."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
        output.write(text)
        output.flush()
        os.fsync(output.fileno())
