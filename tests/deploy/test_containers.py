"""The containers of a test run end with it, however it ends, and are reached from this machine alone."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from portolan.stack.processes import PidFile
from tests.containers import docker, labelled, remove_orphans
from tests.harness import wait_until
from tests.infrastructure import end_orphaned_runs
from tests.patience import patient

pytestmark = pytest.mark.containers
CHECKOUT = Path(__file__).parents[2]
RUN = """
import sys, time
from pathlib import Path
from tests.infrastructure import begin_test_run
from tests.containers import ContainerInfrastructure
run = ContainerInfrastructure(begin_test_run(Path(sys.argv[1])).run)
try:
    with run.postgres._connection("postgres") as connection:
        print(connection.execute("SELECT 'answers'").fetchone()[0], run.broker.bootstrap, flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    run.end()
"""


def begin(runs: Path) -> subprocess.Popen[str]:
    """A run in another process, whose servers have answered."""
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    run = subprocess.Popen([sys.executable, "-c", RUN, runs], stdout=subprocess.PIPE, text=True, env=environment)
    assert run.stdout is not None
    assert run.stdout.readline().startswith("answers 127.0.0.1:")
    return run


def containers(runs: Path) -> list[str]:
    """The containers of the runs in a folder."""
    return [container for container, run in labelled() if Path(run).parent == runs]


def test_an_interrupted_run_takes_its_containers_away(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        found = containers(tmp_path)
        assert len(found) == 2
        for container in json.loads(docker("inspect", *found)):
            bound = [one["HostIp"] for ports in container["HostConfig"]["PortBindings"].values() for one in ports]
            assert bound == ["127.0.0.1"]
        run.send_signal(signal.SIGINT)
        assert run.wait(patient(60)) == 0
    assert containers(tmp_path) == []
    assert list(tmp_path.glob("run-*")) == []


def test_a_killed_run_takes_its_containers_along(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        run.kill()
        run.wait()
        wait_until(lambda: not list(tmp_path.glob("run-*")), "its watchman has ended it")
    assert containers(tmp_path) == []


def test_what_was_left_by_a_run_killed_with_its_watchman_is_taken_away_by_the_next_one(tmp_path: Path) -> None:
    with begin(tmp_path) as run:
        remove_orphans()
        assert len(containers(tmp_path)) == 2, "a run that lives is nobody's orphan"
        (noted,) = tmp_path.glob("run-*/watchman.pid")
        watchman = PidFile(noted).process()
        assert watchman is not None
        watchman.kill()
        run.kill()
        run.wait()
    assert len(containers(tmp_path)) == 2
    end_orphaned_runs(tmp_path)
    remove_orphans()
    assert containers(tmp_path) == []
