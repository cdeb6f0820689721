"""Who may do and see what, by role and by relation to the person concerned: every operation, asked for all."""

from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from contracts.roles import Role
from tests import authority, plain_http
from tests.people.cast import Cast
from tests.today import TODAY

TABLE = Path(__file__).with_name("authority.csv")
OUT_OF_WORK = ("suspend", "reinstate", "record-leaving", "erase")


def callers(cast: Cast) -> dict[str, Mapping[str, str]]:
    """The headers of each caller; the person concerned is the junior manager, whom the member reports to."""
    related = {
        "themself": "junior",
        "line manager": "manager",
        "above": "senior",
        "top": "director",
        "report": "member",
        "beside": "peer",
        "another line": "stranger",
    }
    found: dict[str, Mapping[str, str]] = {}
    found |= {relation: headers(cast, cast.persons[name], Role.STAFF) for relation, name in related.items()}
    for name, stand_in in {"manager": "peer", "junior": "stranger"}.items():
        standing = {"stand_in_id": cast.persons[stand_in], "starts_on": str(TODAY), "ends_on": str(TODAY)}
        cast.post(cast.hr, f"/persons/{cast.persons[name]}/name-stand-in", **standing)
    for whose, name, stand_in in (("manager's", "manager", "peer"), ("their own", "junior", "stranger")):
        in_place = {"portolan-for": cast.persons[name]}
        found[f"{whose} stand-in"] = headers(cast, cast.persons[stand_in], Role.STAFF) | in_place
    out_of_office(cast)
    found |= {f"{name} above": headers(cast, cast.persons[name], Role.STAFF) for name in ("suspended", "left")}
    roles = (Role.HR, Role.EXECUTIVE, Role.ADMINISTRATOR, Role.MANAGER, Role.PORTFOLIO_OFFICE, Role.FINANCE_CONTROLLER)
    return found | {f"role {role}": headers(cast, str(uuid4()), role) for role in roles}


def out_of_office(cast: Cast) -> None:
    """Above the director there is somebody suspended, and above them somebody who has left."""
    for name, below in (("suspended", "director"), ("left", "suspended")):
        cast.join(name, "executive", None)
        body = {"line_manager_id": cast.persons[name], "effective_on": str(TODAY)}
        cast.post(cast.hr, f"/persons/{cast.persons[below]}/change-line-manager", **body)
    cast.post(cast.hr, f"/persons/{cast.persons['suspended']}/suspend", effective_on=str(TODAY))
    cast.post(cast.hr, f"/persons/{cast.persons['left']}/record-leaving", effective_on=str(TODAY))


def headers(cast: Cast, subject: str, role: Role) -> dict[str, str]:
    """What a caller sends."""
    return authority.headers(cast.people.issuer, subject, role)


def answers(cast: Cast, seeded: Mapping[str, str]) -> list[list[str]]:
    """A row for each operation with what came for each caller; ``seeded`` has the id of one in each collection."""
    with plain_http.client(base_url=cast.people.url, timeout=30) as client:
        asked = sorted(authority.operations(client), key=lambda operation: when(operation.path))
        known = callers(cast)
        rows = [
            [each.id, *(authority.answer(client, each, seeded, sent, each.example) for sent in known.values())]
            for each in asked
            if each.collection in {*seeded, "desk", "figures", "qualification-forecast"}
        ]
        return [["operation", *known], *sorted(rows)]


def when(path: str) -> int:
    """Nothing is asked about somebody who left, but what makes them leave, nor about a tool that is nobody's."""
    _, _, command = path.rpartition("/")
    if path == "/tools/{id}/decline":
        return -2
    return OUT_OF_WORK.index(command) if path.startswith("/persons/") and command in OUT_OF_WORK else -1
