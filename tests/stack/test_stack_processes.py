"""Background processes: small Python programs in place of the services."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from portolan.stack.errors import StackProblem
from portolan.stack.ports import LOCALHOST, free_ports
from portolan.stack.processes import PidFile, Processes, ProcessSpec
from tests.patience import patient

SLEEPS = "import time; print('hello', flush=True); time.sleep(600)"
STUBBORN = (
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal, time;"
    " signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)']);"
    "print(child.pid, flush=True); time.sleep(600)"
)


@pytest.fixture
def processes(folder: Path) -> Processes:
    return Processes(folder / "processes")


@pytest.fixture
def spec(folder: Path) -> Callable[..., ProcessSpec]:
    def make(name: str = "sleeper", program: str = SLEEPS, *, port: int | None = None) -> ProcessSpec:
        log = folder / f"{name}.log"
        return ProcessSpec(
            name,
            [sys.executable, "-c", program],
            log,
            lambda: log.exists() and bool(log.read_text()),
            {"GREETING": "hello"},
            port,
            "PORTOLAN_SLEEPER_PORT",
        )

    return make


def test_started_together_seen_and_stopped(processes: Processes, spec: Callable[..., ProcessSpec]) -> None:
    seen: list[tuple[str, str]] = []
    processes.start_all([spec("one"), spec("two")], lambda name, state: seen.append((name, state)))
    running = processes.running()
    assert [process.name for process in running] == ["one", "two"]
    assert all(process.memory > 0 and process.since <= time.time() + 2 for process in running)
    assert seen == [("one", "starting"), ("two", "starting"), ("one", "started"), ("two", "started")]
    processes.stop_all()
    assert processes.running() == []
    assert not any(psutil.pid_exists(process.pid) for process in running)


def test_a_second_start_changes_nothing(processes: Processes, spec: Callable[..., ProcessSpec]) -> None:
    processes.start_all([spec()])
    before = processes.running()[0].pid
    seen: list[tuple[str, str]] = []
    processes.start_all([spec()], lambda name, state: seen.append((name, state)))
    assert processes.running()[0].pid == before
    assert seen == [("sleeper", "unchanged")]
    processes.stop_all()


def test_its_environment_is_ours_and_its_own(processes: Processes, spec: Callable[..., ProcessSpec]) -> None:
    processes.start_all([spec(program="import os, time; print(os.environ['GREETING'], flush=True); time.sleep(600)")])
    assert spec().log.read_text() == "hello\n"
    processes.stop_all()


def test_no_file_or_session_of_ours_reaches_it(processes: Processes, spec: Callable[..., ProcessSpec]) -> None:
    with socket.create_server((LOCALHOST, 0)) as listener:
        os.set_inheritable(listener.fileno(), True)
        processes.start_all([spec()])
    process = processes.find("sleeper")
    assert process is not None
    assert process.net_connections() == []
    assert {Path(file.path) for file in process.open_files()} <= {spec().log}
    assert os.getsid(process.pid) == process.pid
    processes.stop_all()


def test_one_that_dies_while_starting_is_quoted_and_forgotten(
    processes: Processes, spec: Callable[..., ProcessSpec]
) -> None:
    with pytest.raises(StackProblem, match=r"(?s)broken ended while starting.*no such table: person"):
        processes.start_all([_never_ready(spec("broken", "raise SystemExit('no such table: person')"))])
    assert processes.names() == []


def test_a_full_disk_is_recognised_in_what_it_wrote(processes: Processes, spec: Callable[..., ProcessSpec]) -> None:
    program = "import os, errno; raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))"
    with pytest.raises(StackProblem, match="the disk is full"):
        processes.start_all([_never_ready(spec("writer", program))])


def test_one_that_never_gets_ready_is_stopped(processes: Processes, spec: Callable[..., ProcessSpec]) -> None:
    with pytest.raises(StackProblem, match=r"(?s)sleeper was not ready in time.*hello"):
        processes.start_all([_never_ready(spec())], timeout=2)
    assert processes.running() == []


def _never_ready(spec: ProcessSpec) -> ProcessSpec:
    return ProcessSpec(spec.name, spec.argv, spec.log, lambda: False)


def test_who_ignores_the_request_to_stop_is_killed_with_its_children(
    processes: Processes, spec: Callable[..., ProcessSpec]
) -> None:
    processes.start_all([spec("stubborn", STUBBORN), spec("willing")])
    child = psutil.Process(int(spec("stubborn").log.read_text()))
    processes.stop(["stubborn", "willing"], grace=0.5)
    assert processes.running() == []
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_the_pid_file_of_a_dead_process_is_cleaned_up(processes: Processes, spec: Callable[..., ProcessSpec]) -> None:
    processes.start_all([spec()])
    process = processes.find("sleeper")
    assert process is not None
    process.kill()
    process.wait(patient(10))
    assert processes.running() == []
    assert processes.names() == []


def test_a_recycled_pid_is_neither_taken_for_it_nor_stopped(processes: Processes, folder: Path) -> None:
    pid_file = folder / "processes" / "sleeper.pid"
    pid_file.parent.mkdir()
    pid_file.write_text(json.dumps({"pid": os.getpid(), "started": 1.0}))
    processes.stop_all()
    assert not pid_file.exists()


@pytest.mark.parametrize("text", ["", "{", "{}", '{"pid": 1}'])
def test_a_pid_file_cut_short_names_nobody(folder: Path, text: str) -> None:
    (folder / "cut.pid").write_text(text)
    assert PidFile(folder / "cut.pid").process() is None


def test_a_taken_port_is_reported_before_anything_starts(
    processes: Processes, spec: Callable[..., ProcessSpec]
) -> None:
    (port,) = free_ports(1)
    with socket.create_server((LOCALHOST, port)), pytest.raises(StackProblem) as problem:
        processes.start_all([spec("first"), spec(port=port)])
    assert f"Port {port} for sleeper is taken by " in problem.value.what
    assert f"(pid {os.getpid()})" in problem.value.what
    assert "PORTOLAN_SLEEPER_PORT" in problem.value.what_to_do
    assert processes.running() == []


@pytest.mark.parametrize(("status", "ready"), [(200, True), (503, False)])
def test_a_url_is_ready_when_it_answers_well(status: int, ready: bool, tmp_path: Path) -> None:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer((LOCALHOST, 0), Health) as server:
        threading.Thread(target=server.handle_request).start()
        url = f"http://{LOCALHOST}:{server.server_port}/ready"
        assert ProcessSpec("service", [], tmp_path / "log", url).is_ready() is ready


def test_a_url_where_nobody_listens_is_not_ready(tmp_path: Path) -> None:
    url = f"http://{LOCALHOST}:{free_ports(1)[0]}/ready"
    assert not ProcessSpec("service", [], tmp_path / "log", url).is_ready()
