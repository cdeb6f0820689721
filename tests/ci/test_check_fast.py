"""`make check-fast` chooses the tests of what changed; `make hook` lets git run it before every commit."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.fast import CHECKOUT, changed, commands, covering

DOMAINS = sorted(path.relative_to(CHECKOUT) for path in CHECKOUT.glob("services/*/*/domain") if path.is_dir())
# What its services know of each other is told in the tests of the subjects that use it.
WITHOUT_TESTS = {f"services/reporting/{subject}" for subject in ("organisation", "risks", "changes")}
BARE = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


@pytest.mark.parametrize(
    ("path", "tests"),
    [
        ("services/people/development/domain/mentorship.py", "tests/people/development"),
        ("services/people/app.py", None),
        ("chassis/store/relations.py", "tests/chassis"),
        ("contracts/people.py", "tests/contracts"),
        ("portolan/importer/people/rows.py", "tests/importer"),
        ("portolan/stack/ports.py", "tests/stack"),
        ("portolan/cli.py", "tests/stack"),
        ("deploy/Dockerfile", "tests/deploy"),
        ("docs/decisions/0001-group-commit.md", "tests/docs"),
        ("README.md", "tests/docs"),
        ("Makefile", None),
        ("tests/people/pay/test_pay.py", "tests/people/pay/test_pay.py"),
        ("tests/people/cast.py", "tests/people"),
        ("tests/people/pay/test_gone.py", None),
        ("bench/plain.py", None),
    ],
)
def test_a_changed_file_is_tested_by_the_tests_of_its_subject(path: str, tests: str | None) -> None:
    assert covering(path) == tests


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_every_subject_with_rules_has_tests_of_its_own(domain: Path) -> None:
    found = covering((domain / "any.py").as_posix())
    assert (found is None) == (domain.parent.as_posix() in WITHOUT_TESTS)


def test_schemas_are_compared_where_the_contracts_changed() -> None:
    assert "schemas" in commands(["contracts/people.py"])
    assert "schemas" not in commands(["chassis/store/store.py"])
    assert "tests" not in commands(["Makefile"])


def git(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    who = ["-c", "user.name=Tester", "-c", "user.email=tester@portolan.invalid"]
    return subprocess.run(["git", *who, *words], cwd=folder, env=BARE, capture_output=True, text=True, check=False)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with this Makefile and one commit."""
    git(tmp_path, "init", "--initial-branch=main")
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    (tmp_path / "one.md").write_text("One.\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--message=one")
    monkeypatch.setattr("tests.fast.CHECKOUT", tmp_path)
    return tmp_path


def test_what_changed_is_what_differs_from_the_commit_staged_or_not_and_what_is_new(repository: Path) -> None:
    assert changed("HEAD") == []
    (repository / "Makefile").write_text("")
    (repository / "two.md").write_text("")
    (repository / "three.md").write_text("")
    git(repository, "add", "two.md")
    assert changed("HEAD") == ["Makefile", "three.md", "two.md"]


def test_against_a_branch_it_is_what_this_branch_changed(repository: Path) -> None:
    git(repository, "switch", "--create", "mine")
    (repository / "mine.md").write_text("")
    git(repository, "add", ".")
    git(repository, "commit", "--message=mine")
    git(repository, "switch", "main")
    (repository / "theirs.md").write_text("")
    git(repository, "add", ".")
    git(repository, "commit", "--message=theirs")
    git(repository, "switch", "mine")
    assert changed("HEAD") == []
    assert changed("main") == ["mine.md"]


def hook(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "hook"], cwd=folder, env=BARE, capture_output=True, text=True, check=False)


def test_the_hook_keeps_back_a_commit_that_fails_and_lets_another_pass(repository: Path) -> None:
    assert "before every commit" in hook(repository).stdout
    for answer, commits in (("false", 1), ("true", 2)):
        (repository / "Makefile").write_text(f"check-fast:\n\t@{answer}\n")
        git(repository, "commit", "--all", f"--message={answer}")
        assert git(repository, "rev-list", "--count", "HEAD").stdout.strip() == str(commits)


def test_a_hook_that_is_there_is_not_overwritten(repository: Path) -> None:
    assert hook(repository).returncode == 0
    assert hook(repository).returncode == 0, "its own it may write again"
    there = repository / ".git" / "hooks" / "pre-commit"
    there.write_text("#!/bin/sh\n# somebody's own\n")
    refused = hook(repository)
    assert refused.returncode != 0
    assert "somebody's own" in there.read_text()
    assert "pre-commit" in refused.stderr
