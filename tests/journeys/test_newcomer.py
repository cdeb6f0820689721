"""A newcomer's first hour: everything the README and the command's help promise, on a stack of its own."""

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, sync_playwright

from portolan.names import SERVICES
from portolan.stack.ports import free_ports
from tests import plain_http
from tests.harness import wait_until
from tests.patience import patient

PORTOLAN = Path(sys.prefix) / "bin" / "portolan"
PORTS = ("people", "portfolio", "finance", "reporting", "postgres", "kafka", "kafka_controller")
CHROMIUM = "/usr/bin/chromium"
CHECKOUT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: (?P<name>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Newcomer:
    """Somebody with a shell: an environment, and what `portolan up` told them."""

    env: Mapping[str, str]
    told: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    def says(self, *words: str) -> str:
        """Run the command and return all it says, whether or not all is well."""
        done = subprocess.run([PORTOLAN, *words], env=dict(self.env), capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def types(self, *words: str, fails: bool = False, folder: Path = CHECKOUT) -> str:
        """Run the command and return all it says."""
        done = subprocess.run(
            [PORTOLAN, *words], cwd=folder, env=dict(self.env), capture_output=True, text=True, check=False
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, said
        assert "Traceback" not in said
        return said

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.env[f'PORTOLAN_{service.upper()}_PORT']}"

    def get(self, service: str, path: str, role: str = "executive") -> Any:
        if role not in self.tokens:
            self.tokens[role] = self.types("token", role).strip()
        headers = {"authorization": f"Bearer {self.tokens[role]}"}
        answer = plain_http.get(self.url(service) + path, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()


def environment(folder: Path) -> dict[str, str]:
    ports = {
        f"PORTOLAN_{name.upper()}_PORT": str(port) for name, port in zip(PORTS, free_ports(len(PORTS)), strict=True)
    }
    return {**os.environ, **ports, "PORTOLAN_STATE": str(folder / "state"), "COLUMNS": "200"}


@pytest.fixture(scope="module")
def newcomer(new_folder: Callable[[], Path]) -> Iterator[Newcomer]:
    someone = Newcomer(environment(new_folder()))
    try:
        yield Newcomer(someone.env, someone.types("up"))
    finally:
        someone.types("clean")
    assert not Path(someone.env["PORTOLAN_STATE"]).exists()


def processes(newcomer: Newcomer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(newcomer.types("status", "--json"))
    return found


def test_up_says_where_to_look_and_the_demo_company_is_there(newcomer: Newcomer) -> None:
    assert f"{newcomer.url('reporting')}/sign-in#" in newcomer.told
    for service in SERVICES:
        assert f"{newcomer.url(service)}/docs" in newcomer.told
        assert plain_http.get(f"{newcomer.url(service)}/docs", timeout=30).status_code == 200
    assert "portolan token ROLE" in newcomer.told
    scorecard = newcomer.get("reporting", "/divisions/scorecard")
    assert len(scorecard["divisions"]) >= 8
    assert sum(division["projects"] for division in scorecard["divisions"]) >= 25


def test_up_again_finds_everything_running_and_changes_nothing(newcomer: Newcomer) -> None:
    before = processes(newcomer)
    newcomer.types("up")
    after = processes(newcomer)
    pids = [{name: each["pid"] for name, each in found["processes"].items()} for found in (before, after)]
    assert pids[0] == pids[1]
    for service in ("people", "portfolio", "finance"):
        assert after["services"][service]["parked"] == 0


def test_everything_listens_on_this_machine_only(newcomer: Newcomer) -> None:
    for name, process in processes(newcomer)["processes"].items():
        family = [psutil.Process(process["pid"]), *psutil.Process(process["pid"]).children(recursive=True)]
        listening = [c for p in family for c in p.net_connections("inet") if c.status == psutil.CONN_LISTEN]
        assert all(c.laddr.ip in ("127.0.0.1", "::ffff:127.0.0.1") for c in listening), name


def test_logs_are_lines_of_json_without_names_of_persons(newcomer: Newcomer) -> None:
    persons = newcomer.get("people", "/persons?page_size=500", role="hr")["items"]
    names = {person["name"] for person in persons}
    assert len(names) > 40
    for log in (Path(newcomer.env["PORTOLAN_STATE"]) / "logs").glob("*-*.log"):
        text = log.read_text()
        assert not [name for name in names if name in text], log.name
        for line in text.splitlines():
            assert json.loads(line)["service"], line


def test_status_says_what_is_wrong_and_what_to_do(newcomer: Newcomer) -> None:
    wait_until(lambda: "No problems." in newcomer.says("status"), "nothing is wrong")
    psutil.Process(processes(newcomer)["processes"]["reporting-worker"]["pid"]).kill()
    wait_until(lambda: "no worker is running" in newcomer.says("status"), "the worker is missed")
    said = newcomer.types("status", fails=True)
    assert "Not running: reporting-worker. Start with `make up`." in said
    assert "reporting applies no events: no worker is running" in said
    page = plain_http.get(f"{newcomer.url('reporting')}/operations", timeout=30).text
    assert "reporting applies no events: no worker is running" in page
    assert f'href="{newcomer.url("people")}/operations"' in page
    newcomer.types("up")
    wait_until(lambda: "No problems." in newcomer.says("status"), "nothing is wrong any more")


def test_documents_are_printed(newcomer: Newcomer) -> None:
    for service in SERVICES:
        assert json.loads(newcomer.types("openapi", service))["openapi"].startswith("3.1")
        assert json.loads(newcomer.types("asyncapi", service))["asyncapi"] == "3.0.0"
    assert "Choose one of" in newcomer.types("openapi", "payroll", fails=True)
    assert "Choose one of" in newcomer.types("token", "emperor", fails=True)


def test_a_portfolio_file_is_loaded_once_however_often_it_is_loaded(newcomer: Newcomer, tmp_path: Path) -> None:
    blocks = {block["name"] or block["kind"]: block["text"] for block in BLOCK.finditer(page("docs/import.md"))}
    for name in ("harbour.csv", "harbour.yaml"):
        (tmp_path / name).write_text(blocks[name])
    command = [*blocks["sh"].replace(".venv/bin/portolan", "").split(), "--json"]
    first = json.loads(only_json(newcomer.types(*command, folder=tmp_path, fails=True)))
    recorded = {service: found["recorded"] for service, found in processes(newcomer)["services"].items()}
    second = json.loads(only_json(newcomer.types(*command, folder=tmp_path, fails=True)))
    assert recorded == {service: found["recorded"] for service, found in processes(newcomer)["services"].items()}
    assert first["equal"] is second["equal"] is True
    divisions = newcomer.get("reporting", "/divisions/scorecard")["divisions"]
    (harbour,) = [division for division in divisions if division["name"] == "Harbour Authority"]
    (money,) = harbour["money"]
    assert (Decimal(money["planned"]), Decimal(money["outlook"])) == (Decimal(432_050), Decimal(520_641))
    assert (harbour["head"], harbour["stand_ins"]) == ("Ingrid Aune", 0)
    answering = newcomer.get("reporting", "/accountability")["items"]
    assert [each["projects"] for each in answering if each["name"] == "Tomas Lind"] == [2]
    rejects = (tmp_path / "harbour.csv.rejects.csv").read_text()
    assert "Rosters" in rejects


def test_persons_are_loaded_as_the_page_says_and_rejects_after_their_correction(
    newcomer: Newcomer, tmp_path: Path
) -> None:
    blocks = {block["name"] or block["kind"]: block["text"] for block in BLOCK.finditer(page("docs/import.md"))}
    for name in ("crew.csv", "crew-experience.csv", "crew.yaml"):
        (tmp_path / name).write_text(blocks[name])
    first, again = (blocks[name].replace(".venv/bin/portolan", "").split() for name in ("crew", "crew-again"))
    report = json.loads(only_json(newcomer.types(*first, "--json", folder=tmp_path, fails=True)))
    assert report["counts"]["persons"] == {"created": 5, "hired but not appointed": 1}
    assert "hired but not appointed" in newcomer.types(*first, folder=tmp_path, fails=True)
    assert (tmp_path / "crew.csv.rejects.csv").read_text().splitlines()[1].startswith("C-15,Maren Dahl,")
    assert not (tmp_path / "crew-experience.csv.rejects.csv").exists()
    experience = tmp_path / "crew-experience.csv"
    experience.write_text(experience.read_text().replace(",,no", ",,yes"))
    corrected = json.loads(only_json(newcomer.types(*again, "--json", folder=tmp_path)))
    assert corrected["counts"]["persons"] == {"changed": 1}
    assert corrected["counts"]["experiences"] == {"changed": 1, "unchanged": 4}
    assert corrected["rejected"] == 0
    assert "nowhere.csv cannot be read" in newcomer.types("import-people", "nowhere.csv", fails=True)


def page(name: str) -> str:
    return (CHECKOUT / name).read_text()


def test_the_commands_of_the_readme_work_as_written(newcomer: Newcomer, tmp_path: Path) -> None:
    tried_elsewhere = {"make up", "make test", "make secrets", "docker compose up"}  # by CI, and in tests/deploy
    (tmp_path / "docs").symlink_to(CHECKOUT / "docs")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    scripts = [block["text"] for block in BLOCK.finditer(page("README.md")) if block["kind"] == "sh"]
    assert len(scripts) == 4
    for script in scripts:
        if set(script.splitlines()) <= tried_elsewhere:
            continue
        own = script.replace("http://127.0.0.1:8404", newcomer.url("reporting"))
        done = subprocess.run(
            ["sh", "-euc", own], cwd=tmp_path, env=dict(newcomer.env), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"


def only_json(said: str) -> str:
    return said[said.index("{") : said.rindex("}") + 1]


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    someone = Newcomer(environment(tmp_path))
    with socket.socket() as taken:
        port = int(someone.env["PORTOLAN_POSTGRES_PORT"])
        taken.bind(("127.0.0.1", port))
        taken.listen()
        said = someone.types("up", fails=True)
    assert str(port) in said
    assert "PORTOLAN_POSTGRES_PORT" in said
    someone.types("clean")


def test_a_stack_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    someone = Newcomer(environment(tmp_path))
    assert "make up" in someone.types("openapi", "people", fails=True)
    assert "make up" in someone.types("token", "staff", fails=True)
    assert "Nothing is running" in someone.types("down")
    assert "not running" in someone.types("status", fails=True)


@contextmanager
def browsing(newcomer: Newcomer, path: str) -> Iterator[tuple[Page, list[str]]]:
    """A page of the dashboard in a real browser, with the addresses it asked for."""
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": 1360, "height": 1000})
        page.set_default_timeout(patient(30) * 1000)
        problems: list[str] = []
        page.on("request", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        link = re.search(r"http://\S+/sign-in#\S+", newcomer.told)
        assert link is not None
        page.goto(link[0])
        page.wait_for_url(newcomer.url("reporting") + "/")
        page.goto(newcomer.url("reporting") + path)
        try:
            yield page, asked
            assert problems == []
        finally:
            browser.close()


def test_an_operator_finds_nothing_parked_and_rebuilds_every_read_model(newcomer: Newcomer) -> None:
    operations = [b["text"] for b in BLOCK.finditer(page("docs/operations.md")) if b["kind"] == "sh"]
    commands = [line.removeprefix(".venv/bin/portolan ") for block in operations for line in block.splitlines()]
    assert {"parked", "redrive"} <= set(commands)
    assert "Nothing is parked." in newcomer.types("parked")
    newcomer.types("redrive")
    before = newcomer.get("reporting", "/divisions/scorecard")
    assert "reporting picture: done" in newcomer.types("rebuild", "reporting")
    assert "portfolio reference: done" in newcomer.types("rebuild", "portfolio", "reference")
    assert newcomer.get("reporting", "/divisions/scorecard") == before
    assert "Nothing is being rebuilt." in newcomer.types("rebuild", "finance", "--cancel")
    assert "names no message" in newcomer.types("discard", "finance", "reference", "x", "--because", "?", fails=True)
    nowhere = ("discard", "finance", "reference", "portolan.finance/0/0", "--because", "?")
    assert "It does not exist" in newcomer.types(*nowhere, fails=True)
    assert "There is no service x" in newcomer.types("rebuild", "x", fails=True)


@pytest.mark.browser
def test_the_dashboard_shows_the_divisions_with_charts_and_a_table_under_each(newcomer: Newcomer) -> None:
    with browsing(newcomer, "/") as (page, asked):
        page.wait_for_selector(".chart .main-svg")
        sections = [element.get_attribute("id") for element in page.query_selector_all("main section")]
        steering = ["summary", "health", "attention", "earned_value", "risks", "changes"]
        assert sections == [*steering, "cost", "spend", "accountability", "freshness"]
        for chart in page.query_selector_all(".chart"):
            assert chart.query_selector("g.trace"), chart.get_attribute("aria-label")
            assert chart.evaluate("element => element.nextElementSibling.querySelector('table') !== null")
        assert len(page.query_selector_all("#health tbody tr")) >= 8
        assert all(address.startswith((newcomer.url("reporting"), "data:")) for address in asked)


@pytest.mark.browser
def test_the_dashboard_is_usable_by_keyboard_and_by_those_who_cannot_see_it(newcomer: Newcomer) -> None:
    with browsing(newcomer, "/") as (page, _):
        page.wait_for_selector(".chart .main-svg")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id || location.hash") in ("main", "#main")
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["help"]) for each in found] == []
        page.locator("#health tbody a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/division/*")
        assert page.locator("h2").all_inner_texts() == ["Money", "Projects, worst first"]
        assert [each["id"] for each in Axe().run(page).response["violations"]] == []


@pytest.mark.browser
def test_every_figure_of_a_budget_opens_the_events_that_add_up_to_it(newcomer: Newcomer) -> None:
    with browsing(newcomer, "/money") as (page, _):
        page.locator("tbody a", has_text="Infrastructure & Operations").click()
        budget, opened = page.url, 0
        for row in range(page.locator(".figures tbody tr").count()):
            page.goto(budget)
            shown = page.locator(".figures tbody tr").nth(row)
            figure, link = shown.locator("td.n").inner_text(), shown.get_by_role("link", name="events")
            if not link.count():
                continue
            link.click()
            assert page.locator("h2").inner_text().startswith(f"{figure} EUR from "), page.url
            amounts = [Decimal(text.replace(",", "")) for text in page.locator("tbody td.n").all_inner_texts()]
            assert sum(amounts) == Decimal(figure.replace(",", "")), page.url
            assert [each["id"] for each in Axe().run(page).response["violations"]] == []
            opened += bool(amounts)
        assert opened >= 4


@pytest.mark.browser
def test_no_page_scrolls_sideways_on_a_narrow_screen(newcomer: Newcomer) -> None:
    with browsing(newcomer, "/") as (page, _):
        page.set_viewport_size({"width": 320, "height": 640})
        page.wait_for_selector(".chart .main-svg")
        division = str(page.locator("#health tbody a").first.get_attribute("href"))
        page.goto(newcomer.url("reporting") + "/money")
        budget = str(page.locator("tbody a").first.get_attribute("href"))
        for path in ("/", division, "/money", budget, f"{budget}/current"):
            page.goto(newcomer.url("reporting") + path)
            assert page.evaluate("document.documentElement.scrollWidth") == 320, path


@pytest.mark.browser
def test_the_dashboard_updates_by_itself_when_events_arrive(newcomer: Newcomer) -> None:
    token = newcomer.types("token", "hr").strip()
    people = plain_http.client(
        base_url=newcomer.url("people"), headers={"authorization": f"Bearer {token}"}, timeout=30
    )
    with people, browsing(newcomer, "/") as (page, _):
        page.wait_for_selector(".chart .main-svg")
        body = {"name": "Division of a later hour", "kind": "business"}
        assert people.post("/divisions", json=body).status_code == 201
        page.wait_for_selector("text=Division of a later hour", timeout=patient(20) * 1000)


@pytest.mark.browser
def test_who_is_not_signed_in_sees_nothing(newcomer: Newcomer) -> None:
    with plain_http.client(base_url=newcomer.url("reporting"), timeout=30) as stranger:
        assert stranger.get("/").headers["location"] == "/sign-in"
        assert stranger.get("/dashboard/sections").status_code == 401
        assert stranger.get("/dashboard/changes").status_code == 401
        assert stranger.post("/session", json={"token": "nonsense"}).status_code == 401
        staff = newcomer.types("token", "staff").strip()
        assert stranger.post("/session", json={"token": staff}).status_code == 403


def test_down_leaves_no_process_and_up_brings_everything_back(newcomer: Newcomer) -> None:
    before = newcomer.get("reporting", "/divisions/scorecard")
    pids = [each["pid"] for each in processes(newcomer)["processes"].values()]
    assert len(pids) == 10
    newcomer.types("down")
    try:
        wait_until(lambda: not any(map(psutil.pid_exists, pids)), "every process is gone")
    finally:
        newcomer.types("up")
    assert processes(newcomer)["missing"] == []
    assert newcomer.get("reporting", "/divisions/scorecard") == before
