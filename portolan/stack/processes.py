"""Background processes that outlive the command that started them, recognised by pid and start time."""

import atexit
import json
import os
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from portolan.stack.errors import DISK_FULL, StackProblem, disk_full, explained
from portolan.stack.ports import require_free

Progress = Callable[[str, str], None]
"""Told the name of a step and its state: `starting`, `started`, `unchanged`, `stopping`, `stopped`."""

_POLL_SECONDS = 0.05
# Two readings of one start time may differ by the second to which the kernel rounds the time of boot.
_SAME_START_SECONDS = 1.5
# Reading those of the world would cost 47 ms of a processor each time somebody is asked whether it is ready.
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Popen objects of our own children: kept so that the dead are reaped and not reported as forgotten.
_children: dict[int, subprocess.Popen[bytes]] = {}


@atexit.register
def _let_go() -> None:
    """Children are meant to outlive this process; without this Python would report them as forgotten."""
    for child in _children.values():
        if child.poll() is None:
            child.returncode = 0


def silent(_step: str, _state: str) -> None:
    """The progress of a caller that wants to see none."""


@dataclass(frozen=True)
class PidFile:
    """Names one process for later commands; a recycled pid is never taken for it."""

    path: Path

    def write(self, process: psutil.Process) -> None:
        text = json.dumps({"pid": process.pid, "started": _seconds_since_boot(process)})
        new = self.path.with_suffix(".new")
        new.write_text(text)
        new.replace(self.path)

    def process(self) -> psutil.Process | None:
        """The living process; the file of a dead one is removed."""
        try:
            noted = json.loads(self.path.read_text())
            process = psutil.Process(noted["pid"])
            same = abs(_seconds_since_boot(process) - noted["started"]) < _SAME_START_SECONDS
            if same and is_alive(process):
                return process
        except FileNotFoundError:
            return None
        except (psutil.NoSuchProcess, ValueError, KeyError):
            pass  # dead, or a file cut short by a crash: removed below
        self.path.unlink(missing_ok=True)
        return None


def _seconds_since_boot(process: psutil.Process) -> float:
    # Not the time of day: that of a running process moves whenever the clock is corrected.
    return process.create_time() - psutil.boot_time()


def is_alive(process: psutil.Process) -> bool:
    """Return whether it still runs; a dead process whose parent has not asked for its exit code does not."""
    if child := _children.get(process.pid):
        if child.poll() is None:
            return True
        del _children[process.pid]
        return False
    try:
        # While a program with threads ends, its first thread is a zombie before the others have let go of the ports.
        return process.is_running() and (process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
    except psutil.NoSuchProcess:
        return False


def launch(argv: Sequence[str], *, env: Mapping[str, str], log: Path, pid_file: PidFile) -> psutil.Process:
    """Starts a process in its own session, with no file of ours but its log, and notes its pid."""
    with explained(f"Starting {Path(argv[0]).name}"):
        log.parent.mkdir(parents=True, exist_ok=True)
        pid_file.path.parent.mkdir(parents=True, exist_ok=True)
        keep_previous(log)
        with log.open("ab") as output:
            child = subprocess.Popen(
                argv, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/", start_new_session=True
            )
        _children[child.pid] = child
        process = psutil.Process(child.pid)
        pid_file.write(process)
    return process


def keep_previous(log: Path) -> None:
    """Every run begins its own log; the one before it stays beside it."""
    if log.exists():
        log.replace(log.with_name(f"{log.name}.previous"))


def last_lines(log: Path, count: int = 15) -> str:
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def died(name: str, *logs: Path) -> StackProblem:
    """The problem of a process that ended while it should have started, quoting what it last wrote."""
    quoted = "\n".join(filter(None, (last_lines(log) for log in logs)))
    if DISK_FULL in quoted:
        return disk_full(f"Starting {name}")
    return StackProblem(f"{name} ended while starting. The end of its log:\n{quoted}", f"Full log: {logs[-1]}.")


def stop(processes: Iterable[psutil.Process], *, grace: float) -> None:
    """SIGTERM to all at once, and after `grace` seconds SIGKILL to who is left and to all of their children."""
    leaders = [process for process in processes if is_alive(process)]
    families = [*leaders, *(child for leader in leaders for child in _children_of(leader))]
    for leader in leaders:
        _signal(leader.terminate)
    wait_until_gone(leaders, grace)
    left = wait_until_gone(families, 0)
    for process in left:
        _signal(process.kill)
    immortal = wait_until_gone(left, 10)
    if immortal:
        raise StackProblem(
            f"These processes did not end even when killed: {', '.join(str(p.pid) for p in immortal)}.",
            "They wait for the operating system, most likely for a disk; inspect them with `ps`.",
        )


def _children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except psutil.NoSuchProcess:
        return  # it ended by itself meanwhile, which is what was wanted
    except psutil.AccessDenied as error:
        raise StackProblem(
            f"This user may not stop process {error.pid}.", "Run the command as the user that started the stack."
        ) from error


def wait_until_gone(processes: Sequence[psutil.Process], timeout: float) -> list[psutil.Process]:
    """Waits, and returns those that still live."""
    deadline = time.monotonic() + timeout
    left = [process for process in processes if is_alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        left = [process for process in left if is_alive(process)]
    return left


@dataclass(frozen=True)
class ProcessSpec:
    """One process to run: `env` is laid over this process's own, `ready` is a URL that answers 2xx or a question."""

    name: str
    argv: Sequence[str]
    log: Path
    ready: str | Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    port_variable: str = ""

    def is_ready(self) -> bool:
        return _answers(self.ready) if isinstance(self.ready, str) else self.ready()


def _answers(url: str) -> bool:
    try:
        # A proxy from the environment knows nothing of this machine's own addresses.
        return httpx.get(url, timeout=2, trust_env=False, verify=_NO_CERTIFICATES).is_success
    except httpx.HTTPError:
        return False


@dataclass(frozen=True)
class Running:
    """A living process, for display: resident memory in bytes, `since` in seconds since the epoch."""

    name: str
    pid: int
    since: float
    memory: int


def described(name: str, process: psutil.Process | None) -> Running | None:
    if process is None:
        return None
    try:
        return Running(name, process.pid, process.create_time(), process.memory_info().rss)
    except psutil.NoSuchProcess:
        return None


class Processes:
    """The named processes of one state folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _pid_file(self, name: str) -> PidFile:
        return PidFile(self._folder / f"{name}.pid")

    def names(self) -> list[str]:
        return sorted(path.stem for path in self._folder.glob("*.pid"))

    def find(self, name: str) -> psutil.Process | None:
        return self._pid_file(name).process()

    def running(self) -> list[Running]:
        found = (described(name, self.find(name)) for name in self.names())
        return [running for running in found if running is not None]

    def start_all(
        self,
        specs: Sequence[ProcessSpec],
        progress: Progress = silent,
        *,
        timeout: float = 90,
        launch: Callable[..., psutil.Process] = launch,
    ) -> None:
        """Starts together those that do not run yet and waits until each is ready."""
        missing = [spec for spec in specs if self.find(spec.name) is None]
        for spec in missing:
            if spec.port is not None:
                require_free(spec.port, spec.name, spec.port_variable)
        for spec in specs:
            progress(spec.name, "starting" if spec in missing else "unchanged")
        launched = {
            spec.name: launch(
                spec.argv, env={**os.environ, **spec.env}, log=spec.log, pid_file=self._pid_file(spec.name)
            )
            for spec in missing
        }
        deadline = time.monotonic() + timeout
        for spec in missing:
            self._await_ready(spec, launched[spec.name], deadline)
            progress(spec.name, "started")

    def _await_ready(self, spec: ProcessSpec, process: psutil.Process, deadline: float) -> None:
        while not spec.is_ready():
            if not is_alive(process):
                self._pid_file(spec.name).path.unlink(missing_ok=True)
                raise died(spec.name, spec.log)
            if time.monotonic() > deadline:
                self.stop([spec.name], grace=5)
                raise StackProblem(
                    f"{spec.name} was not ready in time. The end of its log:\n{last_lines(spec.log)}",
                    f"Full log: {spec.log}.",
                )
            time.sleep(_POLL_SECONDS)

    def stop(self, names: Sequence[str], *, grace: float = 15) -> None:
        """Stops the named ones, all at the same time; those that do not run are no obstacle."""
        stop([process for name in names if (process := self.find(name))], grace=grace)
        for name in names:
            self._pid_file(name).path.unlink(missing_ok=True)

    def stop_all(self, progress: Progress = silent, *, grace: float = 15) -> None:
        names = self.names()
        for name in names:
            progress(name, "stopping")
        self.stop(names, grace=grace)
        for name in names:
            progress(name, "stopped")
