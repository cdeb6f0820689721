"""The Docker engine of this machine: whether it answers, has the images, and which compose command there is."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache

POSTGRES = os.environ.get("POSTGRES_IMAGE", "postgres:18")
KAFKA = os.environ.get("KAFKA_IMAGE", "apache/kafka:4.3.1")
PYTHON = os.environ.get("PYTHON_IMAGE", "python:3.11-slim-bookworm")
MIRRORS = "PYTHON_IMAGE, POSTGRES_IMAGE and KAFKA_IMAGE name images elsewhere"


def works(*command: str) -> bool:
    """Whether a program is there and does what it is told."""
    if shutil.which(command[0]) is None:
        return False
    return subprocess.run(command, capture_output=True, check=False, timeout=600).returncode == 0


@cache
def compose_command() -> Sequence[str]:
    """``docker compose``, else the older ``docker-compose``; empty where there is neither."""
    if works("docker", "compose", "version"):
        return ("docker", "compose")
    return ("docker-compose",) if works("docker-compose", "version") else ()


@cache
def has_buildkit() -> bool:
    """Whether the newer builder is installed."""
    return works("docker", "buildx", "version")


@cache
def what_is_missing() -> str | None:
    """Why containers cannot be tested here, and what helps; None where they can."""
    if not works("docker", "info"):
        return "no Docker engine answers; on Debian: apt-get install docker.io docker-compose, then start dockerd"
    if not compose_command():
        return "neither docker compose nor docker-compose is installed; on Debian: apt-get install docker-compose"
    for image in (PYTHON, POSTGRES, KAFKA):
        if not works("docker", "image", "inspect", image) and not works("docker", "pull", "--quiet", image):
            return f"the image {image} can be neither found nor pulled; {MIRRORS}"
    return None
