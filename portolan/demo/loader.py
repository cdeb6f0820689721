"""Loads the demo company over HTTP: bulk commands, each under its own key, so that loading can be repeated."""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import Any

import httpx

from portolan.client import PATIENCE, UNAVAILABLE, Client, UnexpectedResponse, Unreachable, problem_of
from portolan.demo.company import MEMBERS, person_id
from portolan.demo.people import FIRST, FIRST_HIRED, PERSONNEL
from portolan.demo.problem import DemoProblem
from portolan.demo.scenes import DemoCommand, Json, Scene, Wait
from portolan.demo.story import story

MOST_ROWS = 200
SIDE_BY_SIDE = 4
PASSING = ("-not-known-yet", "/capacity-not-known", "idempotency-key-in-flight")
"""Refusals of what a service has not heard yet; the hours of persons come on a topic of their own."""

Token = Callable[[str, Sequence[str]], str]
Progress = Callable[[int, int, str], None]


def load(urls: Mapping[str, str], token: Token, today: date, progress: Progress) -> None:
    """Load the demo company into the services at these addresses, by name: people, portfolio, finance, reporting.

    ``token(subject, roles)`` mints a token; ``progress(done, all, what)`` is told how many commands are done. After an
    interruption the same call with the same ``today`` goes on, and changes nothing where all is done.
    Raises ``DemoProblem`` for the first command that is refused.
    """
    scenes = story(today)
    with ExitStack() as stack:
        stage = DemoServices(urls, token, stack)
        done, whole = 0, sum(len(scene.orders) for scene in scenes)
        for scene in scenes:
            progress(done, whole, scene.title)
            for sent in stage.play(scene):
                done += sent
                progress(done, whole, scene.title)
        if "reporting" in urls:
            progress(done, whole, "reporting applies the events")
            stage.hear("reporting", tuple(stage.published))
        progress(done, whole, "done")


def begun_on(urls: Mapping[str, str], token: Token) -> date | None:
    """The ``today`` with which a load was begun here earlier; None where none was."""
    with ExitStack() as stack:
        first = DemoServices(urls, token, stack).read("people", f"/persons/{person_id(FIRST)}")
    return date.fromisoformat(first["hired_on"]) + timedelta(days=FIRST_HIRED) if first else None


class DemoServices:
    """The services, and how many events of which stream they have published so far."""

    def __init__(self, urls: Mapping[str, str], token: Token, stack: ExitStack) -> None:
        self._clients = {name: Client(url, timeout=30) for name, url in urls.items()}
        for client in self._clients.values():
            stack.callback(client.close)
        self._token, self._tokens = token, dict[str, str]()
        self.published: dict[str, dict[str, int]] = defaultdict(dict)

    def play(self, scene: Scene) -> Iterator[int]:
        """Carry out a scene; yields how many commands were done with each request."""
        self.hear(scene.service, scene.hears)
        turns = by_actor(scene.orders)
        pool = ThreadPoolExecutor(SIDE_BY_SIDE)
        try:
            for outcomes in pool.map(lambda actor: self._carry_out(scene.service, actor, turns[actor]), turns):
                for outcome in outcomes:
                    if outcome["published_number"]:
                        self.published[scene.service][outcome["stream"]] = outcome["published_number"]
                yield len(outcomes)
        finally:
            pool.shutdown(cancel_futures=True)
        self._wait(scene.waits)

    def hear(self, service: str, others: Sequence[str]) -> None:
        """Wait until a service has heard everything so far done at others."""
        streams = {stream: number for other in others for stream, number in self.published[other].items()}
        with in_words(service, f"does not know {', '.join(others)}"):
            self._clients[service].wait_for(streams, self._authorisation(PERSONNEL))

    def read(self, service: str, path: str) -> Mapping[str, Any] | None:
        """A resource, or None where there is none yet."""
        with in_words(service, f"does not show {path}"):
            return self._clients[service].read(path, self._authorisation(PERSONNEL))

    def _carry_out(self, service: str, actor: str, orders: Sequence[DemoCommand]) -> Sequence[Json]:
        """One person's commands, in as many requests as they need; what became of each."""
        batches = [orders[start : start + MOST_ROWS] for start in range(0, len(orders), MOST_ROWS)]
        return [outcome for batch in batches for outcome in self._send(service, actor, batch)]

    def _send(self, service: str, actor: str, orders: Sequence[DemoCommand]) -> Sequence[Json]:
        """Send one person's commands, again while the services say that this helps; keys keep them from doubling."""
        until, pause = time.monotonic() + PATIENCE, 0.1
        body = json.dumps({"commands": [row(order) for order in orders]})
        headers = self._authorisation(actor) | {"content-type": "application/json"}
        while True:
            with in_words(service, f"refused the commands of {MEMBERS[actor].name}"):
                response = self._clients[service].request("POST", "/commands", headers=headers, content=body)
                if response.status_code != 200:
                    raise UnexpectedResponse(response)
            outcomes: list[Json] = response.json()["outcomes"]
            failed = [pair for pair in zip(orders, outcomes, strict=True) if pair[1]["status"] >= 400]
            if not failed:
                return outcomes
            # What follows a command that may pass later on the same thing fails with it.
            passing = {order.id for order, outcome in failed if may_pass(outcome)}
            lasting = [pair for pair in failed if pair[0].id not in passing]
            if lasting or time.monotonic() > until:
                raise refusal(service, *(lasting or failed)[0])
            time.sleep(pause)
            pause = min(2 * pause, 2.0)

    def _wait(self, waits: Sequence[Wait]) -> None:
        """Wait until what follows has come, a bounded time in all."""
        until, pause, pending = time.monotonic() + PATIENCE, 0.02, list(waits)
        while pending := [wait for wait in pending if not self._holds(wait)]:
            if time.monotonic() > until:
                wait = pending[0]
                raise DemoProblem(f"Waited {PATIENCE:.0f} seconds at {wait.service} for: {wait.what}.")
            time.sleep(pause)
            pause = min(1.5 * pause, 0.5)

    def _holds(self, wait: Wait) -> bool:
        found = self.read(wait.service, wait.path)
        return found is not None and wait.holds(found)

    def _authorisation(self, actor: str) -> dict[str, str]:
        if actor not in self._tokens:
            member = MEMBERS[actor]
            self._tokens[actor] = self._token(str(member.id), [str(role) for role in member.roles])
        return {"authorization": f"Bearer {self._tokens[actor]}"}


def by_actor(orders: Sequence[DemoCommand]) -> Mapping[str, list[DemoCommand]]:
    found: dict[str, list[DemoCommand]] = defaultdict(list)
    for order in orders:
        found[order.actor].append(order)
    return found


def row(order: DemoCommand) -> Json:
    return {"command": order.command, "id": str(order.id), "body": order.body, "idempotency_key": order.key}


def may_pass(outcome: Json) -> bool:
    kind = str((outcome["problem"] or {}).get("type", ""))
    return outcome["status"] in UNAVAILABLE or kind.endswith(PASSING)


def refusal(service: str, order: DemoCommand, outcome: Json) -> DemoProblem:
    """A refused command in a sentence; the same key with another body comes from a load begun on another day."""
    problem = outcome["problem"] or {}
    who = MEMBERS[order.actor].name
    sentence = f"{service} refused {order.command} of {order.about} by {who}: {told(problem, outcome['status'])}"
    if str(problem.get("type", "")).endswith("idempotency-key-reused"):
        sentence += " A load begun with another 'today' was here before; go on with that one."
    return DemoProblem(sentence)


@contextmanager
def in_words(service: str, otherwise: str) -> Iterator[None]:
    """Say what keeps a service from answering as expected as a ``DemoProblem``."""
    try:
        yield
    except Unreachable as error:
        raise DemoProblem(f"{service} does not answer: {error}") from error
    except UnexpectedResponse as error:
        raise DemoProblem(f"{service} {otherwise}: {said(error.response)}") from error


def said(response: httpx.Response) -> str:
    return told(problem_of(response), response.status_code)


def told(problem: Mapping[str, Any], status: int) -> str:
    errors = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}." for error in problem.get("errors", [])]
    parts = [str(status), problem.get("rule"), problem.get("detail") or problem.get("title"), *errors]
    return " ".join(str(part) for part in [*parts, problem.get("remedy")] if part)
