"""A service as the importer sees it: bulk commands over HTTP, sent in batches, again where that may help."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import httpx

from portolan.client import PATIENCE, UNAVAILABLE, Client, UnexpectedResponse, Unreachable, problem_of
from portolan.importer.problem import ImportProblem

T = TypeVar("T")

MOST_ROWS = 200
MOST_IDS = 100
PAGE = 500
MOST_BYTES = 900_000
REASON = "Taken over by portolan import."
START_PATIENCE = 5.0
ANSWER_SECONDS = 300.0
"""A request of many commands may take a busy service long; given up and sent again it would take longer."""
HEARSAY_SECONDS = 15.0
MOST_FAILURES = 10


@dataclass(frozen=True)
class Command:
    """A row of a bulk request. ``fields`` says which field of ours each part of its body came from.

    ``first_version`` is the aggregate's version after the command if the command began it; 0 if it begins nothing.
    """

    operation: str
    id: UUID
    body: dict[str, Any]
    fields: Mapping[str, str] = field(default_factory=dict)
    first_version: int = 0

    def wire(self) -> dict[str, Any]:
        return {"command": self.operation, "id": str(self.id), "body": self.body}

    @cached_property
    def encoded(self) -> bytes:
        return json.dumps(self.wire(), ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Outcome:
    status: int
    changed: bool = False
    version: int = 0
    stream: str | None = None
    published: int = 0
    problem: Mapping[str, Any] | None = None

    @property
    def rule(self) -> str:
        """The rule that refused, or the kind of problem."""
        problem = self.problem or {}
        return str(problem.get("rule") or str(problem.get("type", "")).rsplit("/", 1)[-1])

    @property
    def refused(self) -> bool:
        return self.status >= 400

    @property
    def may_pass_later(self) -> bool:
        return self.status in UNAVAILABLE or (self.refused and self.rule.endswith("-not-known-yet"))

    @property
    def reason(self) -> str:
        problem = self.problem or {}
        errors = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}." for item in problem.get("errors", [])]
        said = [problem.get("detail") or problem.get("title"), *errors, problem.get("remedy")]
        return " ".join(str(part) for part in said if part) or f"The service answered {self.status}."

    @property
    def places(self) -> list[str]:
        """The parts of the body that are wrong."""
        return [str(item["loc"][0]) for item in (self.problem or {}).get("errors", []) if item["loc"]]


class Rehearsal:
    """What a dry run would begin: nothing is stored, so what follows on that is not asked but foreseen."""

    def __init__(self) -> None:
        self._begun: set[str] = set()

    def foreseen(self, command: Command) -> Outcome | None:
        """The outcome of a command on, or referring to, what would be begun; None for the others."""
        named = {str(command.id), *(value for value in command.body.values() if isinstance(value, str))}
        if self._begun.isdisjoint(named):
            return None
        return self.heed(command, Outcome(200, changed=True, version=command.first_version))

    def heed(self, command: Command, outcome: Outcome) -> Outcome:
        """Remember what a command would begin."""
        if outcome.changed and command.first_version and outcome.version == command.first_version:
            self._begun.add(str(command.id))
        return outcome


class Service:
    """A service; with a ``rehearsal`` nothing is stored. Threads may share it."""

    def __init__(
        self,
        name: str,
        url: str,
        token: Callable[[], str],
        reason: str = "",
        patience: float = PATIENCE,
        rehearsal: Rehearsal | None = None,
    ) -> None:
        self.name, self.url, self.rehearsal = name, url, rehearsal
        self._token = token
        self._headers = {"portolan-reason": reason} if reason else {}
        self._client = Client(url, patience=patience, timeout=ANSWER_SECONDS)
        self._failures, self._counting = 0, threading.Lock()

    def __enter__(self) -> "Service":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def check(self) -> None:
        """See that the service is there, before anything is loaded; it need not be waited for as long as later."""
        self.request("GET", "/health/ready", patience=min(self._client.patience, START_PATIENCE))

    def send(self, commands: Sequence[Command]) -> list[Outcome]:
        """Carry out commands, those on one id in the order given; one outcome each."""
        if self.rehearsal:
            return self._rehearse(commands, self.rehearsal)
        outcomes: list[Outcome] = []
        for batch in batches(commands):
            outcomes += self._insist(batch)
        return outcomes

    def _rehearse(self, commands: Sequence[Command], rehearsal: Rehearsal) -> list[Outcome]:
        """The first command on each id is asked, then those that follow unless the first would begin it."""
        outcomes: dict[int, Outcome] = {}
        left = list(enumerate(commands))
        while left:
            asked: dict[UUID, tuple[int, Command]] = {}
            after = []
            for index, command in left:
                if foreseen := rehearsal.foreseen(command):
                    outcomes[index] = foreseen
                elif command.id in asked:
                    after.append((index, command))
                else:
                    asked[command.id] = (index, command)
            answers = [each for batch in batches([each for _, each in asked.values()]) for each in self._post(batch)]
            for (index, command), outcome in zip(asked.values(), answers, strict=True):
                outcomes[index] = rehearsal.heed(command, outcome)
            left = after
        return [outcomes[index] for index in range(len(commands))]

    def _insist(self, batch: Sequence[Command]) -> list[Outcome]:
        """Send again what may pass in a moment, together with the later commands on the same id."""
        outcomes = self._post(batch)
        until, pause = time.monotonic() + HEARSAY_SECONDS, 0.1
        while time.monotonic() < until:
            ids = {command.id for command, outcome in zip(batch, outcomes, strict=True) if outcome.may_pass_later}
            again = [index for index, command in enumerate(batch) if command.id in ids]
            if not again:
                break
            time.sleep(pause)
            pause = min(pause * 2, 2.0)
            for index, outcome in zip(again, self._post([batch[index] for index in again]), strict=True):
                # What the first attempt changed stays changed, though the second finds nothing to do.
                if not (outcomes[index].changed and not outcome.refused):
                    outcomes[index] = outcome
        return outcomes

    def _post(self, batch: Sequence[Command]) -> list[Outcome]:
        """One request; where the service fails on it as a whole, its rows are sent apart."""
        content = b'{"commands":[%b]}' % b",".join(command.encoded for command in batch)
        response = self.request("POST", "/commands", content=content)
        if response.status_code == 200:
            return [read_outcome(item) for item in response.json()["outcomes"]]
        if len(batch) > 1:
            middle = len(batch) // 2
            return self._post(batch[:middle]) + self._post(batch[middle:])
        with self._counting:
            self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise ImportProblem(
                f"{self.name} failed {self._failures} times, the last time with status {response.status_code}.",
                "Check its log, then import the file again: imported rows will not change.",
            )
        return [Outcome(response.status_code, problem=problem_of(response))]

    def read(self, path: str) -> dict[str, Any] | None:
        """A resource, or None where there is none."""
        with self._in_words():
            return self._client.read(path, self._sent())

    def read_many(self, collection: str, ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
        """Those records of a collection that there are, by id."""
        found: dict[UUID, dict[str, Any]] = {}
        for some in several(ids, MOST_IDS):
            query = urlencode([("page_size", len(some)), *(("id", str(id)) for id in some)])
            page = self.read(f"/{collection}?{query}") or {"items": []}
            found |= {UUID(item["id"]): item for item in page["items"]}
        return found

    def read_all(self, collection: str, **asked: Sequence[str]) -> Iterator[dict[str, Any]]:
        """All records of a collection, or those that it filters."""
        query: dict[str, str | int | Sequence[str]] = {"page_size": PAGE, **asked}
        while True:
            page = self.read(f"/{collection}?{urlencode(query, doseq=True)}") or {}
            yield from page.get("items", ())
            if not page.get("next_page_token"):
                return
            query["page_token"] = page["next_page_token"]

    def wait_for(self, streams: Mapping[str, int]) -> None:
        """Wait until the service has applied these streams up to these numbers."""
        with self._in_words():
            self._client.wait_for(streams, self._sent())

    def request(
        self, method: str, path: str, *, content: bytes | None = None, patience: float | None = None
    ) -> httpx.Response:
        """A request, repeated while the service is away, for a bounded time."""
        with self._in_words():
            response = self._client.request(method, path, headers=self._sent(), patience=patience, content=content)
            if response.status_code in (401, 403) or response.status_code in UNAVAILABLE:
                raise UnexpectedResponse(response)
            return response

    def _sent(self) -> dict[str, str]:
        dry = {"prefer": "dry-run"} if self.rehearsal else {}
        token = {"authorization": f"Bearer {self._token()}"}
        return {"content-type": "application/json", **self._headers, **dry, **token}

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        """Say what keeps the service from answering as an ``ImportProblem``."""
        try:
            yield
        except Unreachable as error:
            raise self._away(str(error)) from error
        except UnexpectedResponse as error:
            raise self._unexpected(error.response) from error

    def _away(self, why: str) -> ImportProblem:
        return ImportProblem(
            f"{self.name} does not respond at {self.url}: {why}.",
            "Check that it is running (`portolan up`), then import the file again: imported rows will not change.",
        )

    def _unexpected(self, response: httpx.Response) -> ImportProblem:
        problem = problem_of(response)
        if response.status_code in UNAVAILABLE:
            return self._away(str(problem.get("title") or f"status {response.status_code}").rstrip("."))
        said = problem.get("detail") or problem.get("title") or "no reason given"
        if response.status_code in (401, 403):
            return ImportProblem(
                f"{self.name} does not accept the token: {said}", "Use a token with the role administrator."
            )
        return ImportProblem(f"{self.name} answered {response.status_code}: {said}", "Check its log.")


def several(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """Items, so many at a time."""
    left = iter(items)
    while some := list(islice(left, most)):
        yield some


def batches(commands: Sequence[Command]) -> Iterator[Sequence[Command]]:
    """Commands in requests that are neither too many rows nor too many bytes."""
    batch: list[Command] = []
    size = 0
    for command in commands:
        length = len(command.encoded) + 1
        if batch and (len(batch) >= MOST_ROWS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(command)
        size += length
    if batch:
        yield batch


def read_outcome(item: Mapping[str, Any]) -> Outcome:
    return Outcome(
        status=item["status"],
        changed=item["changed"],
        version=item["version"] or 0,
        stream=item["stream"],
        published=item["published_number"] or 0,
        problem=item["problem"],
    )
