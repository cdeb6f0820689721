"""Files that only the holder of a key can read, in the format of age (age-encryption.org)."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pyrage
from pyrage import x25519

from portolan.stack.errors import StackProblem, explained

SUFFIX = ".age"


def make_key(file: Path) -> str:
    """Write a new key into a new file for its owner alone; return the recipient, for whom is encrypted."""
    key = x25519.Identity.generate()
    recipient = str(key.to_public())
    with explained(f"Writing {file}"):
        try:
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
                output.write(f"# public key: {recipient}\n{key}\n")
        except FileExistsError as error:
            raise StackProblem(f"{file} exists.", "Name a new file: a key is never written over.") from error
    return recipient


def recipients_of(texts: Sequence[str]) -> list[x25519.Recipient]:
    """The recipients, as `age1...`; at least one."""
    if not texts:
        raise StackProblem(
            "A backup is encrypted for somebody.",
            "Name the recipient with --to; `portolan backup-key FILE` makes a key.",
        )
    try:
        return [x25519.Recipient.from_str(text.strip()) for text in texts]
    except pyrage.RecipientError as error:
        raise StackProblem("A recipient is `age1` and 58 letters and digits.", "See the key's file.") from error


def key_in(file: Path) -> x25519.Identity:
    """The key in a file as `make_key`, or age's own program, writes it."""
    with explained(f"Reading {file}"):
        lines = [line.strip() for line in file.read_text().splitlines() if line.strip() and not line.startswith("#")]
    try:
        (line,) = lines
        return x25519.Identity.from_str(line)
    except (ValueError, pyrage.IdentityError) as error:
        raise StackProblem(f"{file} holds no key of a backup.", "`portolan backup-key` made it.") from error


def seal(source: IO[bytes], target: Path, recipients: Sequence[x25519.Recipient]) -> None:
    """Write a new file, for its owner alone, that only the recipients can read; on the disk when this returns."""
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        pyrage.encrypt_io(source, output, list(recipients))
        output.flush()
        os.fsync(output.fileno())


def unseal(source: Path, target: IO[bytes], key: x25519.Identity) -> None:
    """Write what was encrypted; raises ``StackProblem`` where it is for another key."""
    with source.open("rb") as sealed:
        try:
            pyrage.decrypt_io(sealed, target, [key])
        except pyrage.DecryptError as error:
            raise StackProblem(f"The key does not open {source}.", "Name the one it was made for.") from error
