"""The guide is true: every page is carried out as written, on a copy of the checkout."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(?P<kind>python|diff|sh)(?: (?P<path>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = sorted((CHECKOUT / "docs" / "guide").glob("add-*.md"))


def copy_of_the_checkout(folder: Path) -> Path:
    """The files git knows of or does not ignore, as they are now, with the same environment."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        source, target = CHECKOUT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(source.read_bytes())
    (folder / ".venv").symlink_to(Path(sys.prefix))
    if (known := CHECKOUT / ".mypy_cache").exists():
        # What mypy knows of the files it knows again by their contents: it checks what the page changes.
        shutil.copytree(known, folder / known.name)
    return folder


def run(command: list[str], folder: Path, text: str | None = None) -> None:
    done = subprocess.run(
        command, cwd=folder, input=text, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_recipe_works_as_written(page: Path, tmp_path: Path) -> None:
    folder = copy_of_the_checkout(tmp_path)
    blocks = list(BLOCK.finditer(page.read_text()))
    assert {block["kind"] for block in blocks} >= {"diff", "sh"}
    for block in blocks:
        match block["kind"]:
            case "python":
                target = folder / block["path"]
                assert not target.exists(), f"{page.name} would overwrite {block['path']}"
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block["text"])
            case "diff":
                run(["git", "apply", "--verbose", "-"], folder, block["text"])
            case "sh":
                for line in block["text"].splitlines():
                    run(["sh", "-c", line], folder)


def test_there_are_three_recipes() -> None:
    assert [page.stem for page in PAGES] == ["add-a-command", "add-a-read-model", "add-an-aggregate"]


def test_a_new_aggregate_touches_few_files_beside_its_tests_and_contracts() -> None:
    (page,) = (page for page in PAGES if page.stem == "add-an-aggregate")
    text = page.read_text()
    written = {block["path"] for block in BLOCK.finditer(text) if block["kind"] == "python"}
    changed = set(re.findall(r"^\+\+\+ b/(\S+)$", text, re.MULTILINE))
    places = {path for path in written | changed if not path.startswith(("tests/", "contracts/"))}
    assert places == {
        "services/people/organisation/domain/site.py",
        "services/people/organisation/commands.py",
        "services/people/app.py",
    }
