"""Kafka's jars from a Maven repository of one file, served on this machine."""

import gc
import hashlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portolan.stack.errors import StackProblem
from portolan.stack.kafka_jars import JarCache, default_cache, locked_jars
from portolan.stack.ports import LOCALHOST, free_ports

PATH = "org/example/engine/1.0/engine-1.0.jar"
CONTENT = b"the tested engine"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Path:
    jar = tmp_path / "remote" / PATH
    jar.parent.mkdir(parents=True)
    jar.write_bytes(CONTENT)
    return jar


@pytest.fixture
def remote(tmp_path: Path, published: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(tmp_path / "remote"))
    with ThreadingHTTPServer((LOCALHOST, 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://{LOCALHOST}:{server.server_port}"
        server.shutdown()


@pytest.fixture
def cache(tmp_path: Path) -> Callable[[str], JarCache]:
    lock = tmp_path / "engine.sha256"
    lock.write_text(f"{hashlib.sha256(CONTENT).hexdigest()}  {PATH}\n")
    return lambda remote: JarCache(tmp_path / "cache", remote, lock)


def test_a_missing_jar_is_downloaded_once_and_then_found_offline(
    cache: Callable[[str], JarCache], remote: str, published: Path
) -> None:
    jar = Path(cache(remote).class_path())
    assert jar.read_bytes() == CONTENT
    published.unlink()
    assert cache(remote).class_path() == str(jar)


def test_a_damaged_jar_is_downloaded_again(cache: Callable[[str], JarCache], remote: str) -> None:
    jar = Path(cache(remote).class_path())
    jar.write_bytes(b"half of i")
    assert Path(cache(remote).class_path()).read_bytes() == CONTENT


def test_another_content_is_never_accepted(cache: Callable[[str], JarCache], remote: str, published: Path) -> None:
    published.write_bytes(b"another engine")
    with pytest.raises(StackProblem) as problem:
        cache(remote).class_path()
    assert "engine-1.0.jar" in problem.value.what
    assert "Do not trust" in problem.value.what_to_do
    assert not list((cache(remote).repository).rglob("*.jar"))


def test_a_repository_that_cannot_be_reached_is_named(cache: Callable[[str], JarCache]) -> None:
    nobody = f"http://{LOCALHOST}:{free_ports(1)[0]}"
    with pytest.raises(StackProblem) as problem:
        cache(nobody).class_path()
    assert f"could not be downloaded from {nobody}" in problem.value.what
    assert "HTTPS_PROXY" in problem.value.what_to_do


# jgo leaves the connection of a refused answer open; collected here, so that no later test is blamed for it.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_repository_without_the_jar_is_named(cache: Callable[[str], JarCache], remote: str, published: Path) -> None:
    published.unlink()
    with pytest.raises(StackProblem, match=f"could not be downloaded from {remote}"):
        cache(remote).class_path()
    gc.collect()


def test_several_starting_at_once_do_not_clash(cache: Callable[[str], JarCache], remote: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        paths = list(pool.map(lambda _: cache(remote).class_path(), range(6)))
    assert len(set(paths)) == 1
    assert Path(paths[0]).read_bytes() == CONTENT


def test_the_committed_lock_names_kafka_with_its_own_client() -> None:
    names = {Path(jar.path).name for jar in locked_jars()}
    assert {"kafka_2.13-4.3.1.jar", "kafka-clients-4.3.1.jar", "log4j-slf4j-impl-2.25.4.jar"} <= names


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("PORTOLAN_CACHE", raising=False)
    assert default_cache() == tmp_path / "xdg" / "portolan"
    monkeypatch.setenv("PORTOLAN_CACHE", str(tmp_path / "mine"))
    assert default_cache() == tmp_path / "mine"
