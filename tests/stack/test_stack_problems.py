"""What the machine refuses is said in sentences."""

import errno
import os
import shutil
import sys
from pathlib import Path

import pytest

from portolan.stack.errors import StackProblem, check_free_space, check_platform, explained
from portolan.stack.locks import FileLock


@pytest.mark.parametrize(
    ("code", "what", "what_to_do"),
    [
        (errno.EACCES, "Writing failed: Permission denied (/there).", "as the user that owns"),
        (errno.ENOSPC, "Writing failed: the disk is full.", "Free some space"),
        (errno.EROFS, "Writing failed: Read-only file system (/there).", "Check the file or folder"),
    ],
)
def test_a_refusal_of_the_operating_system(code: int, what: str, what_to_do: str) -> None:
    with pytest.raises(StackProblem) as problem, explained("Writing"):
        raise OSError(code, os.strerror(code), "/there")
    assert problem.value.what == what
    assert what_to_do in problem.value.what_to_do


def test_a_nearly_full_disk_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=499 * 1024**2))
    with pytest.raises(StackProblem, match="Only 499 MB are free"):
        check_free_space(tmp_path / "not" / "yet")
    monkeypatch.undo()
    check_free_space(tmp_path / "not" / "yet")


def test_a_platform_without_the_parts_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_platform()
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(StackProblem, match="runs on Linux and macOS"):
        check_platform()


def test_a_python_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 1))
    with pytest.raises(StackProblem, match=r"needs Python 3\.11 or newer"):
        check_platform()


def test_a_lock_is_waited_for_and_its_holder_named(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    sentence = pytest.raises(StackProblem, match=f"pid {os.getpid()}")
    with FileLock(path).held(), sentence, FileLock(path, timeout=0.2).held():
        pytest.fail("two hold one lock")
    with FileLock(path, timeout=0.2).held():
        assert path.exists()


def test_a_lock_may_be_taken_again_by_its_holder_and_deleted_under_it(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "state" / "lock", timeout=0.2)
    with lock.held(), lock.held():
        shutil.rmtree(tmp_path / "state")
    with lock.held():
        assert (tmp_path / "state" / "lock").exists()
