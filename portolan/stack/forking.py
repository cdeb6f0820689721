"""Python programs that share their imports: one process imports once, and each program is a fork of it.

``python -m portolan.stack.forking MODULE...`` is that process: it imports the modules, starts what it is asked for,
a line of JSON each, and ends when nobody asks any more; what it started goes on.
"""

import gc
import json
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, TextIO

import psutil
from setproctitle import setproctitle

from portolan.stack.errors import explained
from portolan.stack.processes import PidFile, died, keep_previous


class Forks(AbstractContextManager["Forks"]):
    """Starts ``python -m MODULE ROLE`` as forks of one process; without modules it starts nothing.

    What the modules import is imported once, while other things go on, and kept in memory once for all.
    """

    def __init__(self, modules: Sequence[str], log: Path) -> None:
        self._modules, self._log = modules, log
        self._asked = Lock()
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Forks":
        if self._modules:
            with explained(f"Starting {Path(sys.executable).name}"):
                self._log.parent.mkdir(parents=True, exist_ok=True)
                with self._log.open("wb") as errors:
                    self._server = subprocess.Popen(
                        [sys.executable, "-m", __name__, *self._modules],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=errors,
                        cwd="/",
                        text=True,
                        start_new_session=True,
                    )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server:
            self._server.communicate()

    def launch(self, argv: Sequence[str], *, env: Mapping[str, str], log: Path, pid_file: PidFile) -> psutil.Process:
        """As ``portolan.stack.processes.launch``: starts it and notes its pid."""
        with explained(f"Starting {' '.join(argv[2:])}"):
            pid_file.path.parent.mkdir(parents=True, exist_ok=True)
            process = psutil.Process(self.start(argv, env=env, log=log))
            pid_file.write(process)
        return process

    def start(self, argv: Sequence[str], *, env: Mapping[str, str], log: Path) -> int:
        """Starts ``PYTHON -m MODULE ROLE``, with no file of ours but its log, and returns its pid."""
        log.parent.mkdir(parents=True, exist_ok=True)
        keep_previous(log)
        return int(self._ask({"program": argv[2:], "env": dict(env), "log": str(log)}))

    def wait(self, pid: int) -> int:
        """Waits for the end of what was started, and returns its exit code."""
        return int(self._ask({"wait": pid}))

    def _ask(self, request: Mapping[str, Any]) -> str:
        assert self._server, "the modules of what is started are named beforehand"
        assert self._server.stdin
        assert self._server.stdout
        with self._asked:
            try:
                self._server.stdin.write(json.dumps(request) + "\n")
                self._server.stdin.flush()
                answer = self._server.stdout.readline()
            except BrokenPipeError:
                answer = ""
        if not answer:
            raise died("Python", self._log)
        return answer


def serve(requests: TextIO, answers: TextIO) -> None:
    """Start a program for each request and answer with its pid, or its exit code where that is asked for."""
    for line in requests:
        request = json.loads(line)
        if "wait" in request:
            answer = os.waitstatus_to_exitcode(os.waitpid(request["wait"], 0)[1])
        else:
            answer = os.fork()
            if not answer:
                become(request["program"], request["env"], request["log"])
        answers.write(f"{answer}\n")
        answers.flush()


def become(program: Sequence[str], env: Mapping[str, str], log: str) -> None:
    """Be ``python -m MODULE ROLE`` from now on, to the end."""
    os.setsid()
    setproctitle(" ".join([sys.executable, "-m", *program]))  # finds its place by the environment at the start
    for descriptor, (path, how) in enumerate(
        [(os.devnull, os.O_RDONLY), (log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)]
    ):
        opened = os.open(path, how, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.dup2(1, 2)
    os.environ.clear()
    os.environ.update(env)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = list(program)
    del sys.modules[program[0]]
    runpy.run_module(program[0], run_name="__main__", alter_sys=True)
    sys.exit()


def main(modules: Sequence[str]) -> None:
    for module in modules:
        import_module(module)
    gc.collect()
    gc.freeze()
    serve(sys.stdin, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
