"""The shared servers of a test run end with it, however it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from portolan.stack.ports import is_open
from portolan.stack.postgres import ServiceDatabase
from portolan.stack.processes import PidFile
from tests.harness import wait_until
from tests.infrastructure import Infrastructure, end_orphaned_runs
from tests.patience import patient

CHECKOUT = Path(__file__).parents[2]
BEGIN = """
import sys, time
from pathlib import Path
from tests.infrastructure import begin_test_run, shared_infrastructure
run = begin_test_run(Path(sys.argv[1]))
"""
KILLED = (
    BEGIN
    + """
from portolan.stack.processes import PidFile, launch
stack, sleeps = run.run / "stack", [sys.executable, "-c", "import time; time.sleep(600)"]
launch(sleeps, env={}, log=stack / "log", pid_file=PidFile(stack / "a.pid"))
print(shared_infrastructure().postgres.process().pid, flush=True)
time.sleep(600)
"""
)
INTERRUPTED = (
    BEGIN
    + """
try:
    print(shared_infrastructure().postgres.process().pid, flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    run.end()
"""
)


def begin(program: str, runs: Path) -> tuple[subprocess.Popen[str], psutil.Process]:
    """A run in another process, and the PostgreSQL server it has started."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    run = subprocess.Popen([sys.executable, "-c", program, runs], stdout=subprocess.PIPE, text=True, env=environment)
    assert run.stdout is not None
    return run, psutil.Process(int(run.stdout.readline()))


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def noted(folder: Path, name: str) -> psutil.Process:
    """A living process that has a pid file in the run's folder."""
    (file,) = folder.glob(f"run-*/{name}")
    process = PidFile(file).process()
    assert process is not None
    return process


def test_a_killed_run_takes_along_its_servers_and_the_stacks_of_its_tests(folder: Path) -> None:
    run, server = begin(KILLED, folder)
    with run:
        left = [server, noted(folder, "stack/a.pid"), noted(folder, "watchman.pid")]
        run.kill()
        run.wait()
        wait_until(lambda: all(is_gone(process) for process in left), "nothing of it runs")
    assert list(folder.glob("run-*")) == []


def test_what_was_left_by_a_run_killed_with_its_watchman_is_ended_by_the_next_one(folder: Path) -> None:
    run, server = begin(KILLED, folder)
    with run:
        end_orphaned_runs(folder)
        assert not is_gone(server), "a run that lives is nobody's orphan"
        other = noted(folder, "stack/a.pid")
        noted(folder, "watchman.pid").kill()
        run.kill()
        run.wait()
        assert not is_gone(server)
    end_orphaned_runs(folder)
    assert is_gone(server)
    assert is_gone(other)
    assert list(folder.glob("run-*")) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_its_servers(folder: Path, how: signal.Signals) -> None:
    run, server = begin(INTERRUPTED, folder)
    with run:
        run.send_signal(how)
        assert run.wait(patient(60)) == 0
    assert is_gone(server)
    assert list(folder.glob("run-*")) == []


def test_a_run_that_asks_for_nothing_starts_nothing(folder: Path) -> None:
    program = BEGIN + "print(*(path.name for path in run.run.iterdir()))"
    done = subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "owner.pid\n"


def test_all_workers_share_the_servers(infrastructure: Infrastructure) -> None:
    other = Infrastructure(infrastructure.run)
    assert other.postgres.process() == infrastructure.postgres.process()
    assert other.broker == infrastructure.broker
    assert is_open(int(infrastructure.broker.bootstrap.rpartition(":")[2]))


def test_every_database_is_new(fresh_database: Callable[[], ServiceDatabase]) -> None:
    assert fresh_database().database != fresh_database().database


def test_every_prefix_is_new(topic_prefix: str) -> None:
    assert topic_prefix.startswith("test-")
    assert os.environ["PORTOLAN_TEST_RUN"]
