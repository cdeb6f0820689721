"""The machine the figures were measured on, in words."""

import os
import platform
import re
import subprocess
from pathlib import Path

import psutil

from bench.ground import Ground


def describe(ground: Ground) -> list[str]:
    """Processor, memory, system, versions, and how long the disk takes to be sure."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = psutil.virtual_memory().total / 2**30
    return [
        f"{os.cpu_count()} cores ({model[1] if model else platform.machine()}), {memory:.0f} GiB",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, PostgreSQL 18, Kafka 4.3.1",
        f"fsync on; {fsync(ground)}",
    ]


def fsync(ground: Ground) -> str:
    """Return the result of pg_test_fsync for the method that PostgreSQL uses here."""
    file = ground.folder / "fsync"
    file.touch()
    done = subprocess.run(
        [str(ground.program("pg_test_fsync")), "-s", "1", "-f", str(file)], capture_output=True, text=True, check=True
    )
    found = re.search(r"fdatasync\s+([\d.]+ ops/sec\s+\d+ usecs/op)", done.stdout)
    return f"fdatasync of 8 KiB: {re.sub(r' +', ' ', found[1]) if found else 'not measured'}"
