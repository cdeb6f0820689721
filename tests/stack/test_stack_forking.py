"""Programs that share their imports: each is a process of its own, with its own settings, log and name."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from portolan.stack.errors import StackProblem
from portolan.stack.forking import Forks
from portolan.stack.processes import PidFile, last_lines, stop, wait_until_gone

PROGRAM = """
import os, sys, time

print(os.environ.get("GREETING"), "PATH" in os.environ, sys.argv[1:], os.getcwd(), __name__, flush=True)
if sys.argv[1] == "wait":
    time.sleep(600)
if sys.argv[1] == "fail":
    raise ValueError("no such table: person")
sys.exit(len(sys.argv[1]))
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program that Python finds, here and in the processes started from here."""
    (tmp_path / "greeter.py").write_text(f"if __name__ == '__main__':\n{PROGRAM.replace(chr(10), chr(10) + '    ')}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "greeter"


def program(module: str, role: str) -> list[str]:
    return [sys.executable, "-m", module, role]


def test_each_one_has_its_own_settings_log_and_exit_code(module: str, tmp_path: Path) -> None:
    with Forks([module], tmp_path / "forking.log") as forks:
        one = forks.start(program(module, "one"), env={"GREETING": "hello"}, log=tmp_path / "one.log")
        three = forks.start(program(module, "three"), env={}, log=tmp_path / "three.log")
        failing = forks.start(program(module, "fail"), env={}, log=tmp_path / "fail.log")
        assert [forks.wait(pid) for pid in (failing, three, one)] == [1, 5, 3]
    assert (tmp_path / "one.log").read_text() == "hello False ['one'] / __main__\n"
    assert (tmp_path / "three.log").read_text() == "None False ['three'] / __main__\n"
    assert last_lines(tmp_path / "fail.log", 1) == "ValueError: no such table: person"
    assert (tmp_path / "forking.log").read_text() == ""


def test_what_was_started_goes_on_by_its_own_name_when_nobody_asks_any_more(module: str, tmp_path: Path) -> None:
    with Forks([module], tmp_path / "forking.log") as forks:
        pid_file, log = PidFile(tmp_path / "greeter.pid"), tmp_path / "greeter.log"
        process = forks.launch(program(module, "wait"), env=dict(os.environ), log=log, pid_file=pid_file)
        server = process.ppid()
    assert not psutil.pid_exists(server)
    assert pid_file.process() == process
    assert os.getsid(process.pid) == process.pid
    assert " ".join(process.cmdline()).rstrip() == f"{sys.executable} -m {module} wait"
    stop([process], grace=10)
    assert wait_until_gone([process], 10) == []


def test_a_program_that_cannot_be_imported_is_a_problem_that_says_why(tmp_path: Path) -> None:
    with Forks(["no_such_program"], tmp_path / "forking.log") as forks, pytest.raises(StackProblem) as found:
        forks.start(program("no_such_program", "one"), env={}, log=tmp_path / "one.log")
    assert "No module named 'no_such_program'" in str(found.value)


def test_where_nothing_is_to_be_started_there_is_no_process(tmp_path: Path) -> None:
    with Forks([], tmp_path / "forking.log"):
        assert not (tmp_path / "forking.log").exists()
