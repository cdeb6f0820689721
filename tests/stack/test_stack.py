"""The whole stack in one folder, as `portolan up`, `down` and `clean` use it."""

import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from portolan.names import SERVICES
from portolan.stack.errors import StackProblem
from portolan.stack.ports import LOCALHOST, free_ports
from portolan.stack.processes import ProcessSpec
from portolan.stack.stack import Stack, StackSettings, default_state_folder, settings_from_environment


@pytest.fixture
def settings() -> StackSettings:
    names = [*(f"{service}_port" for service in SERVICES), "postgres_port", "kafka_port", "kafka_controller_port"]
    return StackSettings.model_validate(dict(zip(names, free_ports(len(names)), strict=True)))


@pytest.fixture
def stack(folder: Path, settings: StackSettings) -> Iterator[Stack]:
    stack = Stack(folder, settings, durable=False)
    yield stack
    stack.clean()


def test_up_twice_down_and_clean(stack: Stack) -> None:
    seen: list[tuple[str, str]] = []
    stack.infrastructure_up(lambda name, state: seen.append((name, state)))
    assert Counter(seen) == Counter(
        (name, state) for name in ("postgres", "kafka") for state in ("starting", "started")
    )
    first = stack.running()
    assert [part.name for part in first] == ["postgres", "kafka"]
    for service in SERVICES:
        environment = stack.environment(service)
        assert environment["PORTOLAN_KAFKA_BOOTSTRAP"] == f"{LOCALHOST}:{stack.settings.kafka_port}"
        for kind in ("DATABASE", "MIGRATION"):
            url = environment[f"PORTOLAN_{service.upper()}_{kind}_URL"]
            assert url.startswith("postgresql+psycopg://")
            psycopg.connect(url.replace("+psycopg", "")).close()

    seen.clear()
    stack.infrastructure_up(lambda name, state: seen.append((name, state)))
    assert {state for _, state in seen} == {"starting", "unchanged"}
    assert [part.pid for part in stack.running()] == [part.pid for part in first]

    log = stack.logs / "people-worker.log"
    worker = ProcessSpec("people-worker", [sys.executable, "-c", "import time; time.sleep(600)"], log, lambda: True)
    stack.processes.start_all([worker])
    assert [part.name for part in stack.running()] == ["postgres", "kafka", "people-worker"]

    environment = stack.environment("people")
    stack.infrastructure_down()
    stack.infrastructure_down()
    assert stack.running() == []
    assert stack.environment("people") == environment

    stack.clean()
    stack.clean()
    assert not stack.folder.exists()


def test_a_second_command_waits_until_the_first_has_finished(stack: Stack) -> None:
    other = f"""
from pathlib import Path
from portolan.stack.stack import Stack
print("waiting", flush=True)
with Stack(Path({str(stack.folder)!r})).locked():
    print("the first has", Path({str(stack.folder / "first")!r}).read_text())
"""
    with stack.locked():
        waiting = subprocess.Popen([sys.executable, "-c", other], stdout=subprocess.PIPE, text=True)
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == "waiting\n"
        time.sleep(0.3)
        stack.folder.joinpath("first").write_text("finished")
    with waiting:
        assert waiting.stdout.read() == "the first has finished\n"


def test_a_taken_port_ends_up_with_a_sentence(stack: Stack) -> None:
    sentence = pytest.raises(StackProblem, match=f"for PostgreSQL is taken by .*pid {os.getpid()}")
    with socket.create_server((LOCALHOST, stack.settings.postgres_port)), sentence:
        stack.infrastructure_up()


def test_the_ports_are_the_documented_ones_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in StackSettings.model_fields:
        monkeypatch.delenv(f"PORTOLAN_{name.upper()}", raising=False)
    assert list(settings_from_environment().model_dump().values()) == [8401, 8402, 8403, 8404, 8432, 8492, 8493]
    monkeypatch.setenv("PORTOLAN_FINANCE_PORT", "9403")
    assert settings_from_environment().port("finance") == 9403


def test_a_port_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTOLAN_FINANCE_PORT", "many")
    monkeypatch.setenv("PORTOLAN_KAFKA_PORT", "70000")
    with pytest.raises(StackProblem, match="PORTOLAN_FINANCE_PORT, PORTOLAN_KAFKA_PORT"):
        settings_from_environment()


def test_the_state_is_in_the_checkout_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PORTOLAN_STATE", raising=False)
    assert default_state_folder() == Path(__file__).parents[2] / ".portolan"
    monkeypatch.setenv("PORTOLAN_STATE", str(tmp_path / "state"))
    assert default_state_folder() == tmp_path / "state"
