"""A service as the importer sees it: bulk commands over HTTP, sent in batches, again where that may help."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay

from portolan.importer.plan import Command
from portolan.importer.problem import ImportProblem

MOST_ROWS = 150
MOST_BYTES = 900_000
LONGEST_HEADER = 3_900
REASON = "Taken over by portolan import."
PATIENCE = 60.0
START_PATIENCE = 5.0
HEARSAY_SECONDS = 15.0
MOST_FAILURES = 10
AWAY = frozenset({429, 502, 503, 504})


class Away(Exception):
    """The service cannot answer now; ``wait`` is after how many seconds it may."""

    def __init__(self, why: str, wait: float) -> None:
        super().__init__(why)
        self.wait = wait


@dataclass(frozen=True)
class Outcome:
    """What became of a command."""

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
        """Whether it was not carried out."""
        return self.status >= 400

    @property
    def may_pass_later(self) -> bool:
        """Whether the same command may succeed in a moment."""
        return self.status in AWAY or (self.refused and self.rule.endswith("-not-known-yet"))

    @property
    def reason(self) -> str:
        """Why it was refused, in the service's words."""
        problem = self.problem or {}
        errors = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}." for item in problem.get("errors", [])]
        said = [problem.get("detail") or problem.get("title"), *errors, problem.get("remedy")]
        return " ".join(str(part) for part in said if part) or f"The service answered {self.status}."

    @property
    def places(self) -> list[str]:
        """The parts of the body that are wrong."""
        return [str(item["loc"][0]) for item in (self.problem or {}).get("errors", []) if item["loc"]]


class Service:
    """One service's public HTTP interface."""

    def __init__(
        self, name: str, url: str, token: Callable[[], str], reason: str = "", patience: float = PATIENCE
    ) -> None:
        self.name, self.url = name, url
        self._token, self._patience = token, patience
        self._headers = {"portolan-reason": reason} if reason else {}
        self._client = httpx.Client(base_url=url, timeout=60)
        self._failures = 0

    def __enter__(self) -> "Service":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def check(self) -> None:
        """See that the service is there, before anything is loaded; it need not be waited for as long as later."""
        patience, self._patience = self._patience, min(self._patience, START_PATIENCE)
        self.request("GET", "/health/ready")
        self._patience = patience

    def send(self, commands: Sequence[Command]) -> list[Outcome]:
        """Carry out commands, those on one id in the order given; one outcome each."""
        outcomes: list[Outcome] = []
        for batch in batches(commands):
            outcomes += self._insist(batch)
        return outcomes

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
        content = encoded({"commands": [command.wire() for command in batch]})
        response = self.request("POST", "/commands", content=content)
        if response.status_code == 200:
            return [read_outcome(item) for item in response.json()["outcomes"]]
        if len(batch) > 1:
            middle = len(batch) // 2
            return self._post(batch[:middle]) + self._post(batch[middle:])
        self._failures += 1
        if self._failures >= MOST_FAILURES:
            raise ImportProblem(
                f"{self.name} failed {self._failures} times, the last time with status {response.status_code}.",
                "Look into its log; then load the file again: what was loaded already will not change.",
            )
        return [Outcome(response.status_code, problem=problem_of(response))]

    def read(self, path: str) -> dict[str, Any] | None:
        """A resource, or None where there is none."""
        response = self.request("GET", path)
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise self._unexpected(response)
        found: dict[str, Any] = response.json()
        return found

    def wait_for(self, streams: Mapping[str, int]) -> None:
        """Wait until the service has heard these streams up to these numbers."""
        items = [f"{stream}={number}" for stream, number in streams.items() if number]
        while items:
            fitting = max(1, LONGEST_HEADER // (max(map(len, items)) + 2))
            response = self.request("GET", "/status", headers={"portolan-after": ", ".join(items[:fitting])})
            if response.status_code != 200:
                raise self._unexpected(response)
            del items[:fitting]

    def request(
        self, method: str, path: str, *, content: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """A request, repeated while the service is away, for a bounded time."""
        sent = {"content-type": "application/json", **self._headers, **(headers or {})}
        retrying = Retrying(
            retry=retry_if_exception_type(Away), stop=stop_after_delay(self._patience), wait=pause, reraise=True
        )
        try:
            response = retrying(self._once, method, path, content, sent)
        except Away as error:
            raise ImportProblem(
                f"{self.name} does not answer at {self.url}: {error}.",
                "See that it runs (`portolan up`), then load the file again: what was loaded already will not change.",
            ) from error
        if response.status_code in (401, 403):
            raise self._unexpected(response)
        return response

    def _once(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> httpx.Response:
        try:
            authorised = {**headers, "authorization": f"Bearer {self._token()}"}
            response = self._client.request(method, path, content=content, headers=authorised)
        except httpx.TransportError as error:
            raise Away(str(error) or type(error).__name__, 0.5) from error
        if response.status_code in AWAY:
            after = response.headers.get("retry-after", "1")
            why = problem_of(response).get("title") or f"status {response.status_code}"
            raise Away(str(why).rstrip("."), float(after) if after.isdigit() else 1.0)
        return response

    def _unexpected(self, response: httpx.Response) -> ImportProblem:
        problem = problem_of(response)
        said = problem.get("detail") or problem.get("title") or "no reason given"
        if response.status_code in (401, 403):
            return ImportProblem(
                f"{self.name} does not accept the token: {said}", "Use a token with the role administrator."
            )
        return ImportProblem(f"{self.name} answered {response.status_code}: {said}", "Look into its log.")


def pause(state: RetryCallState) -> float:
    """As long as the service asks for, and longer each time, at most five seconds."""
    error = state.outcome.exception() if state.outcome else None
    least = error.wait if isinstance(error, Away) else 0.5
    return float(min(5.0, max(least, 0.1 * 2**state.attempt_number)))


def batches(commands: Sequence[Command]) -> Iterator[Sequence[Command]]:
    """Commands in requests that are neither too many rows nor too many bytes."""
    batch: list[Command] = []
    size = 0
    for command in commands:
        length = len(encoded(command.wire())) + 1
        if batch and (len(batch) >= MOST_ROWS or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(command)
        size += length
    if batch:
        yield batch


def encoded(body: Any) -> bytes:
    """JSON as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def read_outcome(item: Mapping[str, Any]) -> Outcome:
    """An outcome of a bulk answer."""
    return Outcome(
        status=item["status"],
        changed=item["changed"],
        version=item["version"] or 0,
        stream=item["stream"],
        published=item["published_number"] or 0,
        problem=item["problem"],
    )


def problem_of(response: httpx.Response) -> dict[str, Any]:
    """A response's problem document, empty where it has none."""
    try:
        found = response.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
