"""Every decision says when it was made and whether it still holds, the index agrees, and links lead somewhere."""

import re
import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "docs" / "decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text()
LATER = r"\[\d{4}\]\(\d{4}-[a-z-]+\.md\)"
STATUS = rf"Accepted|Accepted; [a-z ]+ amended by {LATER}|Superseded by {LATER}"
HEAD = re.compile(rf"# (?P<title>.+)\n\nDate: (?P<date>20\d\d-\d\d-\d\d)\. Status: (?P<status>{STATUS})\.\n\n")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s#]+)(?:#[^)\s]*)?\)")


def documents() -> list[Path]:
    """Every page in the checkout that git knows or does not ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.split()
    return [CHECKOUT / name for name in listed if (CHECKOUT / name).exists()]


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [page.name[:4] for page in PAGES] == [f"{number:04}" for number in range(1, len(PAGES) + 1)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_has_a_date_and_a_status_and_stands_in_the_index(page: Path) -> None:
    head = HEAD.match(page.read_text())
    assert head is not None, "under the title: Date: YYYY-MM-DD. Status: Accepted."
    row = f"| {page.name[:4]} | [{head['title']}]({page.name}) | {head['date']} | {head['status']} |\n"
    assert row in INDEX, row


def test_the_index_lists_nothing_else() -> None:
    assert re.findall(r"^\| (\d{4}) ", INDEX, re.MULTILINE) == [page.name[:4] for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_is_changed_only_by_a_later_one(page: Path) -> None:
    head = HEAD.match(page.read_text())
    assert head is not None
    for later in LINK.findall(head["status"]):
        assert later > page.name
        assert f"[{later[:4]}]({later})" in head["status"]
        assert page.name in (FOLDER / later).read_text(), f"{later} does not say what it changes"


def test_every_link_between_documents_leads_to_a_file() -> None:
    broken = [
        f"{page.relative_to(CHECKOUT)}: {target}"
        for page in documents()
        for target in LINK.findall(page.read_text())
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []
