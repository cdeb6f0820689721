"""The command line: help at once and in groups, names checked, sentences where there is nothing to do."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from portolan import parked, rebuilding
from portolan.commands import GROUPS, app
from portolan.display import console
from portolan.importer.access import Printed, token_of, urls_of
from portolan.importer.problem import ImportProblem
from portolan.local import Local
from portolan.names import check_name
from portolan.stack.errors import StackProblem
from portolan.stack.ports import free_ports
from portolan.stack.stack import Stack, StackSettings

SLOW = ("httpx", "pydantic", "rich.markdown", "jwt", "cryptography", "psycopg", "tenacity", "openpyxl", "yaml")


def ask(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_help_loads_nothing_that_takes_time() -> None:
    looked = f"import sys, portolan.commands; print([name for name in {SLOW} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_every_command_in_its_group_and_begins_with_up() -> None:
    shown = ask("--help")
    named = [name for names in GROUPS.values() for name in names]
    registered = [each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands]
    assert sorted(named) == sorted(registered)
    places = [shown.index(f"\n  {name} ") for name in named]
    assert (named[0], places) == ("up", sorted(places))


def test_the_version_is_shown_and_completion_offered() -> None:
    assert ask("--version").startswith("portolan ")
    assert "--install-completion" in ask("--help")


def test_a_misspelt_name_is_refused_with_the_one_it_may_be() -> None:
    with pytest.raises(StackProblem, match=r"There is no reader projets. Did you mean projects\?"):
        check_name("reader", "projets", ["projects", "persons"])
    with pytest.raises(StackProblem, match=r"There is no service finanse. Did you mean finance\?"):
        parked.show_parked("finanse", None, None)


class Answers:
    """An operator whose service has two readers and nothing parked."""

    service = "reporting"

    def get(self, path: str, **_: object) -> dict[str, object]:
        readers = {"/status": [{"reader": "projects"}], "/rebuilds": ["projects"]}
        return {"readers": readers[path], "items": []}

    def post(self, path: str, body: object) -> dict[str, object]:
        return {"done": True, "steps": [], "left": [], "taken_in": 0}


def test_where_there_is_nothing_to_do_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parked, "Operator", lambda local, name: Answers())
    monkeypatch.setattr(rebuilding, "operators", lambda service: [Answers()])
    with console.capture() as shown:
        assert parked.redrive_all("reporting", None, None)
        assert rebuilding.rebuild_all("reporting", None, cancel=True)
    assert "Nothing is parked, so there was nothing to redrive." in shown.get()
    assert "Nothing is being rebuilt." in shown.get()
    with pytest.raises(StackProblem, match=r"There is no reader projets. Did you mean projects\?"):
        parked.redrive_all("reporting", "projets", None)
    with pytest.raises(StackProblem, match="There is no reader with tables persons"):
        rebuilding.rebuild_all("reporting", "persons", cancel=False)


def test_a_taken_port_is_found_before_anything_starts(tmp_path: Path) -> None:
    names = [name for name in StackSettings.model_fields if name.endswith("_port")]
    settings = StackSettings.model_validate(dict(zip(names, free_ports(len(names)), strict=True)))
    local, started = Local(Stack(tmp_path, settings)), list[str]()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", settings.finance_port))
        taken.listen()
        with pytest.raises(StackProblem, match=f"Port {settings.finance_port} for the API of finance is taken"):
            local.up(lambda step, _: started.append(step))
    assert started == []


def test_a_file_may_be_loaded_into_services_elsewhere_with_any_token(tmp_path: Path) -> None:
    local = Local(Stack(tmp_path / "none"))
    urls = urls_of(local, ["people=https://people.example.org/", "finance=http://10.0.0.1:80"])
    assert (urls["people"], urls["finance"]) == ("https://people.example.org", "http://10.0.0.1:80")
    assert urls["portfolio"] == local.url("portfolio")
    with pytest.raises(StackProblem, match=r"There is no service peple. Did you mean people\?"):
        urls_of(local, ["peple=https://people.example.org"])
    with pytest.raises(ImportProblem, match="is no address of people"):
        urls_of(local, ["people=people.example.org"])
    assert token_of(local, "given", None)() == "given"
    assert token_of(local, None, f"{sys.executable} -c 'print(1234)'")() == "1234"
    if "PORTOLAN_ISSUER_KEY" not in os.environ:
        with pytest.raises(ImportProblem, match="no token was given"):
            token_of(local, None, None)


@pytest.mark.parametrize("command", ["false", "true", "/nonexistent", ""])
def test_a_command_that_gives_no_token_is_told(command: str) -> None:
    with pytest.raises(ImportProblem, match="command for a token"):
        Printed(command)()
