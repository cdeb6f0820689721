"""Apache Kafka's jars: resolved from Maven Central once, then only ever accepted with the committed sha256."""

import hashlib
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from portolan.stack.errors import StackProblem, check_free_space, explained
from portolan.stack.locks import FileLock

LOCK = Path(__file__).with_name("kafka.sha256")
# The `!` keeps log4j's own list of managed versions out: with it jgo would take kafka-clients 3.9.1.
_WANTED = ("org.apache.kafka:kafka_2.13:4.3.1", "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4!")
_TIMEOUT_SECONDS = 20
_DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True)
class Jar:
    """One line of the lock: the path is that in a Maven repository, group/artifact/version/file."""

    sha256: str
    path: str

    def is_in(self, repository: Path) -> bool:
        file = repository / self.path
        return file.is_file() and _sha256(file) == self.sha256


def locked_jars(lock: Path = LOCK) -> list[Jar]:
    return [Jar(*line.split()) for line in lock.read_text().splitlines()]


def default_cache() -> Path:
    """Return the folder of downloads for all checkouts of one user."""
    if chosen := os.environ.get("PORTOLAN_CACHE"):
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "portolan"


class JarCache:
    """The verified jars on disk; downloads what is missing or wrong."""

    def __init__(self, folder: Path | None = None, remote: str | None = None, lock: Path = LOCK) -> None:
        self.repository = (folder or default_cache()) / "maven"
        self._remote = remote or os.environ.get("PORTOLAN_MAVEN_URL")
        self._jars = locked_jars(lock)
        self._lock = FileLock(self.repository / ".lock")

    def class_path(self) -> str:
        """The jars, each with the sha256 it must have, in the form that java's `-cp` takes."""
        if self._wrong():
            self._complete()
        return os.pathsep.join(str(self.repository / jar.path) for jar in self._jars)

    def _wrong(self) -> list[Jar]:
        with explained(f"Reading {self.repository}"):
            return [jar for jar in self._jars if not jar.is_in(self.repository)]

    def _complete(self) -> None:
        with self._lock.held():
            check_free_space(self.repository)
            # A wrong file may be an interrupted download or a damaged disk: fetched again once, never twice.
            for jar in self._wrong():
                (self.repository / jar.path).unlink(missing_ok=True)
            self._fetch(self._wrong())
            self._fetch(self._wrong())
            if wrong := self._wrong():
                names = ", ".join(Path(jar.path).name for jar in wrong)
                raise StackProblem(
                    f"{self._remote} sent files other than those Portolan was tested with: {names}.",
                    f"Do not trust them: check that repository or proxy; the sha256 expected are in {LOCK}.",
                )

    def _fetch(self, jars: list[Jar]) -> None:
        """Downloads beside the cache and moves only what is right into it, so that no reader sees half a file."""
        if not jars:
            return
        with (
            tempfile.TemporaryDirectory(dir=self.repository, prefix=".new-") as new,
            ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
        ):
            downloads = [pool.submit(_download, jar, Path(new), self._remote) for jar in jars]
            try:
                for download in downloads:
                    download.result()
            finally:
                pool.shutdown(cancel_futures=True)
                for jar in jars:
                    self._keep(jar, Path(new))

    def _keep(self, jar: Jar, new: Path) -> None:
        if not jar.is_in(new):
            return
        with explained(f"Saving Apache Kafka in {self.repository}"):
            place = self.repository / jar.path
            place.parent.mkdir(parents=True, exist_ok=True)
            (new / jar.path).replace(place)


def _download(jar: Jar, into: Path, remote: str | None) -> None:
    # jgo is imported where something is downloaded, which is seldom.
    from jgo.constants import MAVEN_CENTRAL_URL
    from jgo.maven import MavenContext

    remote = remote or MAVEN_CENTRAL_URL
    *group, artifact, version, _file = jar.path.split("/")
    context = MavenContext(repo_cache=into, remote_repos={"central": remote}, timeout=_TIMEOUT_SECONDS)
    try:
        context.project(".".join(group), artifact).at_version(version).artifact().resolve()
    except (OSError, RuntimeError) as error:  # what jgo raises for a network that fails and for an answer but 200
        if isinstance(error, OSError) and error.filename is not None:
            with explained("Downloading Apache Kafka"):
                raise
        raise StackProblem(
            f"Apache Kafka could not be downloaded from {remote}: {_short(error)}.",
            "Check the network connection, or the proxy in HTTPS_PROXY; PORTOLAN_MAVEN_URL names another Maven "
            "repository, such as your company's mirror. What was downloaded before is kept.",
        ) from error


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return text if len(text) <= 200 else f"{text[:200]}..."


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def relock() -> None:
    """Resolves the wanted coordinates again and writes the lock: for anyone who changes Kafka's version."""
    from jgo.maven import MavenContext
    from jgo.parse import Coordinate

    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=_TIMEOUT_SECONDS)
        wanted = [context.create_dependency(replace(Coordinate.parse(text), scope="compile")) for text in _WANTED]
        given, transitive = context.resolver.resolve(wanted)
        used = [dep.artifact for dep in (*given, *transitive) if dep.scope in ("compile", "runtime")]
        files = sorted(artifact.resolve() for artifact in used)
        LOCK.write_text("".join(f"{_sha256(file)}  {file.relative_to(folder).as_posix()}\n" for file in files))


if __name__ == "__main__":
    relock()
