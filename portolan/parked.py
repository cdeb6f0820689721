"""The operator's commands for parked messages: list, redrive, discard; over HTTP only."""

import time
from collections.abc import Sequence
from typing import Any

from rich.table import Table

from contracts.roles import Role
from portolan.client import Client, Unreachable, problem_of
from portolan.display import console
from portolan.local import Local
from portolan.names import SERVICES, check_name, check_service
from portolan.stack.errors import StackProblem
from portolan.stack.stack import Stack

PATIENCE = 60
DEADLINES = "deadlines"
"""Reads no topic, and parks due work all the same."""


class Operator:
    """Speaks to one service as an administrator."""

    def __init__(self, local: Local, service: str) -> None:
        self.service = service
        token = local.token("local:operator", [str(Role.ADMINISTRATOR)])
        self._headers = {"authorization": f"Bearer {token}"}
        self._client = Client(local.url(service), patience=0, timeout=30, trust_env=False)

    def get(self, path: str, **parameters: Any) -> Any:
        return self._answer("GET", path, params={name: value for name, value in parameters.items() if value})

    def post(self, path: str, body: Any) -> Any:
        return self._answer("POST", path, json=body)

    def delete(self, path: str) -> Any:
        return self._answer("DELETE", path)

    def _answer(self, method: str, path: str, **how: Any) -> Any:
        try:
            answer = self._client.request(method, path, headers=self._headers, **how)
        except Unreachable as error:
            raise StackProblem(f"{self.service} does not respond.", "Start the stack with `make up`.") from error
        if answer.is_error:
            problem = problem_of(answer)
            said = problem.get("detail") or f"status {answer.status_code}"
            raise StackProblem(f"{self.service}: {said}", problem.get("remedy") or problem.get("title") or "")
        return answer.json()


def operators(service: str | None, reader: str | None = None) -> list[Operator]:
    """The services asked for, of which one must have the reader, if any is named."""
    if service is not None:
        check_service(service)
    local = Local(Stack())
    found = [Operator(local, name) for name in ([service] if service else SERVICES)]
    if reader is not None:
        known = {each["reader"] for operator in found for each in operator.get("/status")["readers"]}
        check_name("reader", reader, [*sorted(known), DEADLINES])
    return found


def show_parked(service: str | None, reader: str | None, stream: str | None) -> None:
    """List parked messages, their readers and reasons, and how many messages wait behind them."""
    found = [
        (operator.service, item)
        for operator in operators(service, reader)
        for item in everything(operator, reader, stream)
    ]
    console.print(table_of(found) if found else "Nothing is parked.")


def everything(operator: Operator, reader: str | None, stream: str | None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    token: str | None = None
    while True:
        page = operator.get("/parked", reader=reader, stream=stream, page_size=500, page_token=token)
        items += page["items"]
        token = page["next_page_token"]
        if token is None:
            return items


def table_of(found: Sequence[tuple[str, dict[str, Any]]]) -> Table:
    """One line for each message; where it lies is written as `portolan discard` takes it."""
    table = Table("service", "reader", "stream", "number", "message", "since", "waiting", "reason")
    for service, item in found:
        message = f"{item['topic']}/{item['partition']}/{item['offset']}" if item["topic"] else "-"
        number = "-" if item["number"] is None else str(item["number"])
        since = item["since"][:19].replace("T", " ")
        table.add_row(
            service, item["reader"], item["stream"] or "-", number, message, since, str(item["waiting"]), item["reason"]
        )
    return table


def redrive_all(service: str | None, reader: str | None, stream: str | None) -> bool:
    """Redrive parked messages, each stream in order; return whether none is parked any more."""
    asked, left = False, list[tuple[str, dict[str, Any]]]()
    for operator in operators(service, reader):
        answer = carried_out(operator, operator.post("/parked/redrive", {"reader": reader, "stream": stream}))
        if answer["steps"]:
            asked = True
            console.print(f"{operator.service}: {answer['taken_in']} applied, {len(answer['left'])} still parked")
        left += [(operator.service, item) for item in answer["left"]]
    if not asked:
        console.print("Nothing is parked, so there was nothing to redrive.")
    if left:
        console.print(table_of(left))
    return not left


def discard_message(service: str, reader: str, message: str, because: str) -> None:
    """Discard a message that cannot be fixed."""
    topic, partition, offset = place_of(message)
    (operator,) = operators(service, reader)
    body = {"reader": reader, "topic": topic, "partition": partition, "offset": offset, "why": because}
    answer = carried_out(operator, operator.post("/parked/discard", body))
    outcome = answer["steps"][0]["outcome"]
    if outcome != "discarded":
        raise StackProblem(f"{message} was not discarded: {outcome}.", "List parked messages with `portolan parked`.")
    console.print(f"{message} is discarded; {answer['taken_in']} messages behind it were applied.")


def place_of(message: str) -> tuple[str, int, int]:
    """Topic, partition and offset."""
    topic, _, rest = message.rpartition("/")
    topic, _, partition = topic.rpartition("/")
    if not (topic and partition.isdigit() and rest.isdigit()):
        raise StackProblem(
            f"{message} names no message.", "Write TOPIC/PARTITION/OFFSET, as listed by `portolan parked`."
        )
    return topic, int(partition), int(rest)


def carried_out(operator: Operator, asked: dict[str, Any]) -> dict[str, Any]:
    """Wait for the workers to carry out a request; return its outcome."""
    until = time.monotonic() + PATIENCE
    taken = -1
    while not asked["done"]:
        if asked["taken_in"] != taken:
            taken, until = asked["taken_in"], time.monotonic() + PATIENCE
        elif time.monotonic() > until:
            waits = ", ".join(step["reader"] for step in asked["steps"] if step["outcome"] is None)
            raise StackProblem(
                f"No worker of {operator.service} has started on it: {waits}.",
                "Check with `portolan status` that its worker is running; it carries the request out when it does.",
            )
        time.sleep(0.1)
        asked = operator.get(f"/parked/interventions/{asked['id']}")
    return asked
